"""`github-tracker collect`: the main job."""

import getpass
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.collect_repository import stop_before
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.run_report import RunReport
from github_tracker.entrypoints.cli.progress import Display, progress_on
from github_tracker.entrypoints.cli.run_ending import EXIT_CODES, run_json
from github_tracker.entrypoints.cli.session import collecting_container_for, settings_for
from github_tracker.entrypoints.process_memory import share_one_arena
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.request_release import release_requests
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.clock import Clock

if TYPE_CHECKING:
    import punq

MOST_SECONDS = 7 * 24 * 60 * 60

_EXAMPLE = """\b
Example:
  export GITHUB_PAT=... REPOSITORIES=owner/name TEAM_CONFIG_FILE=teams.toml
  github-tracker collect"""


@click.command("collect", epilog=_EXAMPLE)
@click.option("--json", "is_json", is_flag=True, help="Print the run report as JSON.")
@click.option("--full", "is_full", is_flag=True, help="Walk over every repository from the start.")
@click.option(
    "--deadline",
    type=click.IntRange(0, MOST_SECONDS),
    metavar="SECONDS",
    help="Stop between pages, 10 seconds before that; the next run goes on.",
)
@click.pass_obj
def command(is_demo: bool, is_json: bool, is_full: bool, deadline: int | None) -> int:
    """Collect what is new in REPOSITORIES, attribute it by the roster and store it.

    The configured roster is put in force first; stored pull requests that it touches are attributed again. Without a
    configured roster, the stored one stays. It can be interrupted at any time: the next run goes on from there.
    """
    share_one_arena()
    with ExitStack() as stack:
        if is_demo:
            from github_tracker.entrypoints.cli.demo import demo_settings  # noqa: PLC0415  # simulates a whole world

            settings = stack.enter_context(demo_settings(settings_for(is_demo=True)))
        else:
            settings = settings_for(is_demo=False, read=read_collecting_settings)
        display = stack.enter_context(progress_on(sys.stderr))
        container = stack.enter_context(collecting_container_for(is_demo, settings, display))
        ends_at = None if deadline is None else container.resolve(Clock).now() + timedelta(seconds=deadline)
        plan = CollectionPlan(settings.repositories, settings.collect_concurrency, ends_at, is_full)
        report = collect(container, settings, plan, display)
    if is_json:
        click.echo(run_json(report))
    else:
        from github_tracker.entrypoints.cli.consoles import console  # noqa: PLC0415  # loads rich
        from github_tracker.entrypoints.cli.run_rendering import print_run  # noqa: PLC0415  # as above

        print_run(report, console())
    return EXIT_CODES[report.outcome]


def collect(container: "punq.Container", settings: Settings, plan: CollectionPlan, display: Display) -> RunReport:
    """Put the configured roster in force, collect, and return the run's report.

    Ctrl-C ends the waiting at once, and the display with it. The run itself would first wait for its threads, and
    they for GitHub; what they store is whole or nothing, so they can be left behind.
    """
    sync_configured(container, settings)
    run = container.resolve(CollectPullRequests)
    thread = ThreadPoolExecutor(1)
    is_left_behind = False
    try:
        report: RunReport = thread.submit(run, plan).result()
        release_requests(container)
    except KeyboardInterrupt:
        is_left_behind = True
        display.end()
        raise
    finally:
        # A thread that is about to end is waited for: one that is left makes the process end without its own cleaning.
        thread.shutdown(wait=not is_left_behind)
    refresh_figures(container, stop_before(plan.deadline))
    return report


def sync_configured(container: "punq.Container", settings: Settings) -> None:
    """Put the configured roster and policy in force; without a configured one, the stored roster stays."""
    container.resolve(SyncRoster)(settings.roster, wanted_policy(settings), who())


def wanted_policy(settings: Settings) -> WantedPolicy:
    """Return the policy that is configured, as far as one is."""
    return WantedPolicy(settings.attribution_rule, settings.report_time_zone, settings.bot_patterns)


def who() -> str:
    """Return who changes the roster from this command line: the user's name on this machine, or its number."""
    try:
        return f"command line, {getpass.getuser()}"
    except (KeyError, OSError):
        return f"command line, user {os.geteuid()}"
