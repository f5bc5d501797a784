"""`github-tracker roster`: check a roster file, put it in force, show the one in force."""

from datetime import datetime
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console
from rich.table import Table

from github_tracker.application.sync_roster import NoRosterError, SyncRoster
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.cli.collect import sync_configured
from github_tracker.entrypoints.cli.progress import PlainProgress
from github_tracker.entrypoints.cli.session import console, container_for, settings_for
from github_tracker.entrypoints.roster_file import format_roster, read_roster_file
from github_tracker.ports.roster_repository import RosterInForce

_FILE = click.argument("file", type=click.Path(path_type=Path), required=False)


@click.group("roster")
def command() -> None:
    """Work with rosters: who belonged to which team, when, and for how much."""


@command.command("check")
@_FILE
@click.pass_obj
def check(is_demo: bool, file: Path | None) -> None:
    """Check FILE, or the configured roster, and list every fault; touches no database."""
    roster = _given(is_demo, file)
    if roster is None:
        raise NoRosterError
    click.echo(f"The roster is sound: {_summary(roster)}.")


@command.command("sync")
@_FILE
@click.pass_obj
def sync(is_demo: bool, file: Path | None) -> None:
    """Put FILE, or the configured roster, in force; stored pull requests follow it at once."""
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


@command.command("show")
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


def _given(is_demo: bool, file: Path | None) -> Roster | None:
    return settings_for(is_demo).roster if file is None else read_roster_file(file)


def _summary(roster: Roster) -> str:
    return f"{len(roster.teams)} teams, {len(roster.people)} people, {len(roster.memberships)} memberships"


def _instant(instant: datetime | None, otherwise: str) -> str:
    """Midnight is what a bare date in a roster file means, so it is shown as one."""
    if instant is None:
        return otherwise
    return f"{instant:%Y-%m-%d}" if instant == start_of_day(instant.date()) else instant.isoformat()


def _print(in_force: RosterInForce, out: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("team", "login", "weight", "joined", "left", "aliases"):
        table.add_column(heading, justify="right" if heading == "weight" else "left")
    for entry in in_force.roster.memberships:
        table.add_row(
            entry.team,
            entry.login,
            f"{entry.weight.normalize():f}",
            _instant(entry.joined_at, "since ever"),
            _instant(entry.left_at, "-"),
            ", ".join(entry.aliases),
        )
    out.print(table)
    policy = in_force.policy
    bots = ", ".join(policy.bot_patterns) or "GitHub's own only"
    out.print(
        f"Roster version {in_force.version}: {_summary(in_force.roster)}. Times are UTC; a membership ends just "
        f"before its leaving time. Rule {policy.rule}, time zone {policy.time_zone}, bots: {bots}.",
        highlight=False,
        soft_wrap=True,
    )
