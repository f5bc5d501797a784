"""`github-tracker demo`: the main job from end to end on a simulated organisation."""

import hashlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from attrs import evolve
from rich.console import Console

from github_tracker.adapters.loopback_github import LoopbackGitHub
from github_tracker.application.collect import CollectionPlan
from github_tracker.application.report import ReportFigures
from github_tracker.application.simulation.organisation import simulate
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.run_report import RunReport
from github_tracker.entrypoints.cli.collect import collect
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.overview import print_overview
from github_tracker.entrypoints.cli.progress import progress_on
from github_tracker.entrypoints.cli.report import write_page
from github_tracker.entrypoints.cli.run_ending import EXIT_CODES
from github_tracker.entrypoints.cli.run_rendering import print_run
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.database_address import DEMO_DATABASE
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.secret_store import Secret

PAGE = "demo.html"
"""The file that shows the organisation of the latest demonstration."""
if TYPE_CHECKING:
    import punq

_DEFAULT = Scenario()
_POLICY = AttributionPolicy()
_COUNT = click.IntRange(min=1)


_EXAMPLES = """\b
Examples:
  github-tracker demo
  github-tracker --demo report velocity
  github-tracker demo --teams 12 --pull-requests 5000"""


@click.command("demo", epilog=_EXAMPLES)
@click.option(
    "--seed",
    type=int,
    default=_DEFAULT.seed,
    show_default=True,
    metavar="N",
    help="Another one makes another organisation.",
)
@click.option("--teams", type=_COUNT, default=_DEFAULT.teams, show_default=True, metavar="N")
@click.option(
    "--members", type=_COUNT, default=_DEFAULT.members_per_team, show_default=True, metavar="N", help="Of each team."
)
@click.option("--repositories", type=_COUNT, default=_DEFAULT.repositories, show_default=True, metavar="N")
@click.option(
    "--pull-requests", type=_COUNT, default=_DEFAULT.pull_requests, show_default=True, metavar="N", help="In all."
)
@click.pass_obj
def command(_is_demo: bool, seed: int, teams: int, members: int, repositories: int, pull_requests: int) -> int:
    """Collect a simulated organisation over real HTTP into the embedded database, and show its figures.

    Needs neither network nor token, reads nothing that is set for real work, and has a database of its own. The
    second time, only what is new is asked for: nothing.
    """
    scenario = evolve(
        _DEFAULT,
        seed=seed,
        teams=teams,
        members_per_team=members,
        repositories=repositories,
        pull_requests=pull_requests,
    )
    out = console()
    report = _collect_and_show(scenario, out)
    _say_what_next(scenario, out)
    return EXIT_CODES[report.outcome]


@contextmanager
def demo_settings(settings: Settings, scenario: Scenario = _DEFAULT) -> Iterator[Settings]:
    """Give settings for the simulated organisation, whose GitHub is served on loopback while this lasts."""
    organisation = simulate(scenario)
    with LoopbackGitHub(organisation.repositories, organisation.pull_requests) as github:
        yield evolve(
            settings,
            github_token=Secret("any-token-does-on-loopback"),
            github_api_url=github.url,
            roster=organisation.roster,
            repositories=tuple(repository.full_name for repository in organisation.repositories),
            attribution_rule=_POLICY.rule,
            report_time_zone=_POLICY.time_zone,
            bot_patterns=_POLICY.bot_patterns,
        )


def _collect_and_show(scenario: Scenario, out: Console) -> RunReport:
    with demo_settings(settings_for(is_demo=True), scenario) as settings:
        _introduce(scenario, settings, out)
        with (
            progress_on(sys.stderr) as display,
            container_for(True, settings, display, _database_of(scenario)) as container,
        ):
            plan = CollectionPlan(settings.repositories, settings.collect_concurrency)
            report = collect(container, settings, plan, display)
            print_run(report, out)
            if EXIT_CODES[report.outcome] is ExitCode.COMPLETE:
                _show_figures(container, out)
                _write_page(container, settings, out)
    return report


def _database_of(scenario: Scenario) -> str:
    """Every organisation has a database of its own, else the figures of several would add up to nonsense."""
    if scenario == _DEFAULT:
        return DEMO_DATABASE
    return f"{DEMO_DATABASE}_{hashlib.sha256(repr(scenario).encode()).hexdigest()[:12]}"


def _introduce(scenario: Scenario, settings: Settings, out: Console) -> None:
    people = len(settings.roster.people) if settings.roster else 0
    out.print(
        f"A simulated organisation of {count_of(scenario.teams, 'team')} and {count_of(people, 'person')}, with "
        f"{count_of(scenario.pull_requests, 'pull request')} in {count_of(scenario.repositories, 'repository')} "
        f"from {scenario.first_day} to {scenario.last_day}, served by a stand-in for GitHub at "
        f"{settings.github_api_url}\n",
        highlight=False,
    )


def _show_figures(container: "punq.Container", out: Console) -> None:
    figures = container.resolve(ReportFigures)
    print_overview(figures.velocity(ReportScope()), figures.lead_time(ReportScope()), out)


def _write_page(container: "punq.Container", settings: Settings, out: Console) -> None:
    """Write over the one of the last time: it is the demonstration's own file, in the folder of its data."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    path = settings.data_folder.resolve() / PAGE
    write_page(container, path, is_forced=True)
    out.print(f"\nThe same as a page, in one file that a browser opens:\n  {path}", highlight=False, soft_wrap=True)


def _say_what_next(scenario: Scenario, out: Console) -> None:
    team = shlex.quote(simulate(_DEFAULT).roster.teams[0].name)
    whose = "" if scenario == _DEFAULT else " (of the organisation that `demo` shows without options)"
    program = _program()
    out.print(
        f"\n[bold]Look further[/bold]{whose}\n"
        f"  {program} --demo report velocity --team {team}\n"
        f"  {program} --demo report unattributed\n"
        f"  {program} --demo report lead-time --format csv\n"
        f"  {program} --demo roster show\n"
        f"  {program} --demo serve                the page, live: open the link that it prints\n"
        "\n[bold]On your own repositories[/bold] (nothing of the demo is mixed into it)\n"
        "  export GITHUB_PAT=...                 a token that may read them\n"
        "  export REPOSITORIES=owner/name,...\n"
        "  export TEAM_CONFIG_FILE=teams.toml    see the README for its form\n"
        f"  {program} roster check\n"
        f"  {program} collect\n"
        f"  {program} report velocity",
        highlight=False,
    )


def _program() -> str:
    """Return what to type for this program here: by make it is in .venv, which is on nobody's path."""
    name = "github-tracker"
    return name if shutil.which(name) else shlex.quote(os.path.relpath(sys.argv[0]))
