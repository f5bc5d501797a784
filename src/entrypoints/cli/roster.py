"""`github-tracker roster`: check a roster file, put it in force, show the one in force."""

from datetime import datetime
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console

from github_tracker.application.sync_roster import SyncRoster
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.membership import Membership
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.cli.collect import sync_configured
from github_tracker.entrypoints.cli.progress import PlainProgress
from github_tracker.entrypoints.cli.session import console, container_for, settings_for
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.roster_file import format_roster, read_roster_file
from github_tracker.ports.roster_repository import RosterInForce

_FILE = click.argument("file", type=click.Path(path_type=Path), required=False)

_COLUMNS = (
    Column("team"),
    Column("login"),
    Column("weight", is_figure=True),
    Column("joined"),
    Column("left"),
    Column("aliases", least_needed=1),
)


_EXAMPLES = """\b
Examples:
  github-tracker roster check teams.toml
  github-tracker roster sync teams.toml
  github-tracker roster show --json > teams.json"""


@click.group("roster", epilog=_EXAMPLES)
def command() -> None:
    """Work with rosters: who belonged to which team, when, and for how much."""


@command.command("check", short_help="Check a roster file and list every fault.")
@_FILE
@click.pass_obj
def check(is_demo: bool, file: Path | None) -> None:
    """Check FILE, or the configured roster, and list every fault; touches no database.

    FILE ends in .json or .toml. Without it, TEAM_CONFIG_FILE or TEAM_CONFIG_JSON is checked.
    """
    roster = settings_for(is_demo).roster if file is None else read_roster_file(file)
    if roster is None:
        raise BadInputError([Fault("FILE", "nothing", "a roster file, or one in TEAM_CONFIG_FILE or TEAM_CONFIG_JSON")])
    click.echo(f"The roster is sound: {_summary(roster)}.")


@command.command("sync", short_help="Put a roster file in force.")
@_FILE
@click.pass_obj
def sync(is_demo: bool, file: Path | None) -> None:
    """Put FILE, or the configured roster, in force; stored pull requests follow it at once.

    GitHub is not asked. The file is the whole truth: whoever left stays in it, with left_at.
    """
    settings = settings_for(is_demo)
    if file is not None:
        settings = evolve(settings, roster=read_roster_file(file))
    progress = PlainProgress(console())
    with container_for(is_demo, settings, progress) as container:
        before = container.resolve(SyncRoster).in_force()
        sync_configured(container, settings)
        after = container.resolve(SyncRoster).in_force()
    if before.version == after.version:
        click.echo(f"Nothing to do: roster version {after.version} says the same already.")


@command.command("show", short_help="Show the roster in force.")
@click.option("--json", "is_json", is_flag=True, help="Print it in the form of a roster file.")
@click.pass_obj
def show(is_demo: bool, is_json: bool) -> None:
    """Show the roster in force."""
    with container_for(is_demo, settings_for(is_demo)) as container:
        in_force = container.resolve(SyncRoster).in_force()
    if is_json:
        click.echo(format_roster(in_force.roster).rstrip("\n"))
    else:
        _print(in_force, console())


def _summary(roster: Roster) -> str:
    teams, people = count_of(len(roster.teams), "team"), count_of(len(roster.people), "person")
    return f"{teams}, {people}, {count_of(len(roster.memberships), 'membership')}"


def _instant(instant: datetime | None, otherwise: str) -> str:
    """Midnight is what a bare date in a roster file means, so it is shown as one."""
    if instant is None:
        return otherwise
    return f"{instant:%Y-%m-%d}" if instant == start_of_day(instant.date()) else instant.isoformat()


def _print(in_force: RosterInForce, out: Console) -> None:
    if not in_force.roster.teams:
        out.print("No roster is in force yet; `github-tracker roster sync FILE` or `github-tracker collect` puts one.")
        return
    print_columns(out, _COLUMNS, [_row(entry) for entry in in_force.roster.memberships])
    policy = in_force.policy
    bots = ", ".join(policy.bot_patterns) or "GitHub's own only"
    lines = (
        f"Roster version {in_force.version}: {_summary(in_force.roster)}.",
        "Times are UTC; a membership ends just before the time of leaving.",
        f"Rule {policy.rule}, time zone {policy.time_zone}, bots: {bots}.",
    )
    for line in lines:
        out.print(line, markup=False, highlight=False)


def _row(entry: Membership) -> tuple[str, ...]:
    return (
        entry.team,
        entry.login,
        f"{entry.weight.normalize():f}",
        _instant(entry.joined_at, "since ever"),
        _instant(entry.left_at, "-"),
        ", ".join(entry.aliases),
    )
