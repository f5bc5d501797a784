"""`github-tracker demo`: the main job from end to end on a simulated organisation."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import click
import punq
from attrs import evolve
from rich.console import Console
from rich.table import Table

from github_tracker.adapters.loopback_github import LoopbackGitHub
from github_tracker.application.report import LeadTimeReport, ReportFigures, VelocityReport
from github_tracker.application.simulation.organisation import simulate
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.entrypoints.cli.collect import EXIT_CODES, collect
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.progress import progress_on
from github_tracker.entrypoints.cli.run_rendering import print_run
from github_tracker.entrypoints.cli.session import console, container_for, settings_for
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.secret_store import Secret

_DEFAULT = Scenario()
_LEVELS = "▁▂▃▄▅▆▇█"
_COUNT = click.IntRange(min=1)


@click.command("demo")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Another seed, another organisation.")
@click.option("--teams", type=_COUNT, default=_DEFAULT.teams, show_default=True)
@click.option("--members", type=_COUNT, default=_DEFAULT.members_per_team, show_default=True, help="Of each team.")
@click.option("--repositories", type=_COUNT, default=_DEFAULT.repositories, show_default=True)
@click.option("--pull-requests", type=_COUNT, default=_DEFAULT.pull_requests, show_default=True, help="In all.")
@click.pass_obj
def command(_is_demo: bool, seed: int, teams: int, members: int, repositories: int, pull_requests: int) -> int:
    """Collect a simulated organisation over real HTTP into the embedded database, and show its figures.

    Needs neither network nor token, and has a database of its own: `github-tracker --demo COMMAND` works on it.
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
    with demo_settings(settings_for(is_demo=True), scenario) as settings:
        _introduce(scenario, settings, out)
        with progress_on(Console(stderr=True)) as telemetry, container_for(True, settings, telemetry) as container:
            report = collect(container, settings)
            print_run(report, out)
            if EXIT_CODES[report.outcome] is ExitCode.COMPLETE:
                _show_figures(container, out)
    _say_what_next(out)
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
            attribution_rule=None,
            report_time_zone=None,
            bot_patterns=None,
        )


def _introduce(scenario: Scenario, settings: Settings, out: Console) -> None:
    people = len(settings.roster.people) if settings.roster else 0
    out.print(
        f"A simulated organisation of {scenario.teams} teams and {people} people, with {scenario.pull_requests} pull "
        f"requests in {scenario.repositories} repositories from {scenario.first_day} to {scenario.last_day}, "
        f"is served by a stand-in for GitHub at {settings.github_api_url}.\n",
        highlight=False,
        soft_wrap=True,
    )


def _show_figures(container: punq.Container, out: Console) -> None:
    figures = container.resolve(ReportFigures)
    velocity, lead_time = figures.velocity(ReportScope()), figures.lead_time(ReportScope())
    out.print("\n[bold]Velocity[/bold]: merged pull requests a week, by membership weight", highlight=False)
    out.print(_velocity_table(velocity))
    out.print("\n[bold]Lead time[/bold]: hours from created to merged, by month", highlight=False)
    out.print(_lead_time_table(lead_time))
    earned = sum((week.weighted_prs_merged for week in velocity.weeks), Decimal(0))
    lost = sum((week.weighted_prs_merged for week in velocity.unattributed), Decimal(0))
    out.print(
        f"\nThe sums add up: teams earned {earned.normalize():f}, {lost.normalize():f} belong to no team, "
        f"{(earned + lost).normalize():f} pull requests were merged (bots left out).",
        highlight=False,
        soft_wrap=True,
    )


def _velocity_table(report: VelocityReport) -> Table:
    weeks = sorted({week.week for week in report.weeks})
    by_team: defaultdict[str, dict[object, float]] = defaultdict(dict)
    for week in report.weeks:
        by_team[week.team][week.week] = float(week.weighted_prs_merged)
    most = max((figure for row in by_team.values() for figure in row.values()), default=0.0)
    table = Table(box=None, pad_edge=False)
    table.add_column("team")
    table.add_column(f"{weeks[0]} to {weeks[-1]}" if weeks else "")
    table.add_column("a week", justify="right")
    table.add_column("last 4", justify="right")
    for team, row in sorted(by_team.items()):
        series = [row.get(week, 0.0) for week in weeks]
        last = series[-4:]
        table.add_row(team, sparkline(series, most), f"{sum(series) / len(series):.1f}", f"{sum(last) / len(last):.1f}")
    return table


def _lead_time_table(report: LeadTimeReport) -> Table:
    months = sorted({month.month for month in report.months})
    cells = {(month.team, month.month): month for month in report.months}
    table = Table(box=None, pad_edge=False)
    table.add_column("team")
    for month in months:
        table.add_column(f"{month:%b %Y}", justify="right")
    for team in sorted({month.team for month in report.months}):
        row = []
        for month in months:
            cell = cells.get((team, month))
            is_known = cell is not None and cell.median_lead_time_hours is not None
            row.append(f"{float(cell.median_lead_time_hours):.0f}" if is_known and cell else "-")  # type: ignore[arg-type]  # is_known says so
            if is_known and cell and cell.p95_lead_time_hours is not None:
                row[-1] += f" [dim]({float(cell.p95_lead_time_hours):.0f})[/dim]"
        table.add_row(team, *row)
    table.caption = "median (95th percentile)"
    return table


def sparkline(series: list[float], most: float) -> str:
    """Return one character a figure, as high as its part of the most; a dot for none.

    >>> sparkline([0.0, 1.0, 8.0], 8.0)
    '·▁█'
    """
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[min(int(figure / most * top), top)] if figure else "·" for figure in series)


def _say_what_next(out: Console) -> None:
    out.print(
        "\n[bold]Look further[/bold]\n"
        "  github-tracker --demo report velocity --team TEAM\n"
        "  github-tracker --demo report lead-time --format csv\n"
        "  github-tracker --demo roster show\n"
        "\n[bold]On your own repositories[/bold] (nothing of the demo is mixed into it)\n"
        "  export GITHUB_PAT=...                 a token that may read them\n"
        "  export REPOSITORIES=owner/name,...\n"
        "  export TEAM_CONFIG_FILE=teams.toml    see the README for its form\n"
        "  github-tracker roster check && github-tracker collect && github-tracker report velocity",
        highlight=False,
        soft_wrap=True,
    )
