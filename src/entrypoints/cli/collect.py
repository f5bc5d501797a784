"""`github-tracker collect`: the main job."""

import getpass
import os
from contextlib import ExitStack
from datetime import timedelta

import click
import punq
from rich.console import Console

from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.run_report import RunOutcome, RunReport
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.progress import progress_on
from github_tracker.entrypoints.cli.run_rendering import print_run, run_json
from github_tracker.entrypoints.cli.session import console, container_for, settings_for
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.clock import Clock

EXIT_CODES = {
    RunOutcome.COMPLETE: ExitCode.COMPLETE,
    RunOutcome.PARTIAL: ExitCode.PARTIAL,
    RunOutcome.FAILED: ExitCode.FAILED,
}


@click.command("collect")
@click.option("--json", "is_json", is_flag=True, help="Print the run report as JSON.")
@click.option("--full", "is_full", is_flag=True, help="Walk over every repository from the start.")
@click.option("--deadline", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop between pages before that.")
@click.pass_obj
def command(is_demo: bool, is_json: bool, is_full: bool, deadline: float | None) -> int:
    """Collect what is new in REPOSITORIES, attribute it by the roster and store it.

    The configured roster is put in force first; stored pull requests that it touches are attributed again.
    """
    with ExitStack() as stack:
        if is_demo:
            from github_tracker.entrypoints.cli.demo import demo_settings  # noqa: PLC0415  # simulates a whole world

            settings = stack.enter_context(demo_settings(settings_for(is_demo=True)))
        else:
            settings = settings_for(is_demo=False, read=read_collecting_settings)
        telemetry = stack.enter_context(progress_on(Console(stderr=True)))
        container = stack.enter_context(container_for(is_demo, settings, telemetry))
        report = collect(container, settings, is_full, deadline)
    if is_json:
        click.echo(run_json(report))
    else:
        print_run(report, console())
    return EXIT_CODES[report.outcome]


def collect(
    container: punq.Container, settings: Settings, is_full: bool = False, deadline_seconds: float | None = None
) -> RunReport:
    """Put the configured roster in force, collect, and return the run's report."""
    now = container.resolve(Clock).now()
    plan = CollectionPlan(
        repositories=settings.repositories,
        concurrency=settings.collect_concurrency,
        deadline=None if deadline_seconds is None else now + timedelta(seconds=deadline_seconds),
        is_full=is_full,
    )
    sync_configured(container, settings)
    report: RunReport = container.resolve(CollectPullRequests)(plan)
    return report


def sync_configured(container: punq.Container, settings: Settings) -> None:
    """Put the configured roster and policy in force; without a configured one, the stored roster stays."""
    policy = WantedPolicy(settings.attribution_rule, settings.report_time_zone, settings.bot_patterns)
    container.resolve(SyncRoster)(settings.roster, policy, who())


def who() -> str:
    """Return who changes the roster from this command line: the user's name on this machine, or its number."""
    try:
        return f"command line, {getpass.getuser()}"
    except (KeyError, OSError):
        return f"command line, user {os.geteuid()}"
