"""`github-tracker roster`: check a roster file, put it in force, show the one in force and those before it, edit it."""

import sys
from datetime import datetime
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console

from github_tracker.application.check_roster import CheckRoster
from github_tracker.application.roster_history import RosterHistory
from github_tracker.application.sync_roster import NoRosterError, SyncRoster
from github_tracker.domain.membership import Membership
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown, shown_name
from github_tracker.entrypoints.cli import roster_edit
from github_tracker.entrypoints.cli.collect import sync_configured, wanted_policy
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.hygiene_rendering import hygiene_json, print_hygiene
from github_tracker.entrypoints.cli.options import instant
from github_tracker.entrypoints.cli.progress import PlainProgress
from github_tracker.entrypoints.cli.roster_at import print_roster_at, roster_at_json
from github_tracker.entrypoints.cli.roster_history import history_json, print_history
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of, day_or_instant, exact
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.roster_file import RosterForm, format_roster, read_roster_file
from github_tracker.entrypoints.settings import Settings
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
  github-tracker roster check teams.toml --against-facts
  github-tracker roster sync teams.toml
  github-tracker roster show --at 2026-05-01
  github-tracker roster export teams.toml
  github-tracker roster join Checkout ada --from 2026-05-01 --dry-run"""


@click.group("roster", epilog=_EXAMPLES)
def command() -> None:
    """Work with rosters: who belonged to which team, when, and for how much."""


for edit in roster_edit.COMMANDS:
    command.add_command(edit)


@command.command("check", short_help="Check a roster file and list every fault.")
@_FILE
@click.option("--against-facts", "is_against_facts", is_flag=True, help="Compare it with the stored pull requests.")
@click.option("--json", "is_json", is_flag=True, help="Print what the comparison finds as JSON.")
@click.pass_obj
def check(is_demo: bool, file: Path | None, is_against_facts: bool, is_json: bool) -> int:
    """Check FILE, or the configured roster, and list every fault; touches no database by itself.

    FILE ends in .json or .toml. Without it, TEAM_CONFIG_FILE or TEAM_CONFIG_JSON is checked.

    --against-facts also reads the database, and changes nothing there: it lists authors that no team has, renamed and
    reused accounts with the line that tells the roster of them, people who opened nothing or are in no team, and
    windows that leave out what a person opened. The exit code is 3 where only a fault of the roster explains it: a
    rename that it does not know, a reused login, a probable misspelling. Without FILE or a configured roster, the one
    in force is compared.
    """
    if is_json and not is_against_facts:
        raise click.UsageError("--json goes with --against-facts.")
    settings = settings_for(is_demo)
    roster = settings.roster if file is None else read_roster_file(file)
    if is_against_facts:
        form = settings.roster_form if file is None else RosterForm(file.suffix.lower().removeprefix("."))
        return _check_against_facts(is_demo, evolve(settings, roster=roster, roster_form=form), is_json)
    if roster is None:
        raise BadInputError([Fault("FILE", "nothing", "a roster file, or one in TEAM_CONFIG_FILE or TEAM_CONFIG_JSON")])
    click.echo(f"The roster is sound: {_summary(roster)}.")
    return ExitCode.COMPLETE


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
    progress = PlainProgress(sys.stdout)
    with container_for(is_demo, settings, progress) as container:
        before = container.resolve(SyncRoster).in_force()
        sync_configured(container, settings)
        refresh_figures(container)
        after = container.resolve(SyncRoster).in_force()
    if before.version == after.version:
        click.echo(f"Nothing to do: roster version {after.version} says the same already.")


@command.command("show", short_help="Show the roster in force.")
@click.option(
    "--at", metavar="INSTANT", callback=instant, help="Who was where then, and for how much: with an offset, or a day."
)
@click.option("--json", "is_json", is_flag=True, help="Print it in the form of a roster file; with --at as plain JSON.")
@click.pass_obj
def show(is_demo: bool, at: datetime | None, is_json: bool) -> None:
    """Show the roster in force.

    --at INSTANT shows only the memberships that held then, by what is in force today, and each person's weights
    together. An instant is 2026-05-01T12:00:00+02:00, or a day, which is its 00:00 UTC.
    """
    with container_for(is_demo, settings_for(is_demo)) as container:
        in_force = container.resolve(SyncRoster).in_force()
    if at is not None and in_force.roster.teams:
        _show_at(in_force, at, is_json)
    elif is_json:
        click.echo(format_roster(in_force.roster).rstrip("\n"))
    else:
        _print(in_force, console())


@command.command("export", short_help="Write the roster in force as a roster file.")
@_FILE
@click.option(
    "--format", "form", type=click.Choice([form.value for form in RosterForm]), help="Default: json, or FILE's ending."
)
@click.option("--overwrite", "is_overwriting", is_flag=True, help="Replace FILE if there is one.")
@click.pass_obj
def export(is_demo: bool, file: Path | None, form: str | None, is_overwriting: bool) -> None:
    """Write the roster in force to FILE, or to the standard output.

    `roster sync` of what is written changes nothing. From then on the file can be the source of the roster: name it in
    TEAM_CONFIG_FILE.
    """
    chosen = _form_of_export(file, form)
    if file is not None and file.exists() and not is_overwriting:
        raise BadInputError([Fault(shown_name(str(file)), "a file that is there already", "a new one, or --overwrite")])
    with container_for(is_demo, settings_for(is_demo)) as container:
        in_force = container.resolve(SyncRoster).in_force()
    if not in_force.roster.teams:
        raise NoRosterError
    text = format_roster(in_force.roster, chosen)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(
            f"Roster version {in_force.version} is written to {shown_name(str(file))}: {_summary(in_force.roster)}."
        )


@command.command("history", short_help="Who changed the roster, what and when.")
@click.option("--json", "is_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def history(is_demo: bool, is_json: bool) -> None:
    """Show every version of the roster and the policy, the latest first: who changed what and when."""
    with container_for(is_demo, settings_for(is_demo)) as container:
        versions = container.resolve(RosterHistory)()
    if is_json:
        click.echo(history_json(versions))
    else:
        print_history(versions, console())


def _check_against_facts(is_demo: bool, settings: Settings, is_json: bool) -> int:
    with container_for(is_demo, settings) as container:
        checked = container.resolve(CheckRoster)(settings.roster, wanted_policy(settings))
    if is_json:
        click.echo(hygiene_json(checked.hygiene, settings.roster_form))
    else:
        click.echo(f"The roster is sound: {_summary(checked.roster)}.")
        print_hygiene(checked.hygiene, settings.roster_form, console())
    return ExitCode.PARTIAL if checked.hygiene.is_to_be_acted_upon else ExitCode.COMPLETE


def _form_of_export(file: Path | None, form: str | None) -> RosterForm:
    if file is None:
        return RosterForm(form or RosterForm.JSON)
    ending = file.suffix.lower().removeprefix(".")
    if ending not in set(RosterForm):
        raise BadInputError([Fault(shown_name(str(file)), f"the ending {shown(file.suffix)}", ".json or .toml")])
    if form not in (None, ending):
        raise click.UsageError(f"--format {form} does not go with the ending .{ending} of FILE.")
    return RosterForm(ending)


def _show_at(in_force: RosterInForce, at: datetime, is_json: bool) -> None:
    if is_json:
        click.echo(roster_at_json(in_force, at))
    else:
        print_roster_at(in_force, at, console())


def _summary(roster: Roster) -> str:
    teams, people = count_of(len(roster.teams), "team"), count_of(len(roster.people), "person")
    return f"{teams}, {people}, {count_of(len(roster.memberships), 'membership')}"


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
        exact(entry.weight),
        day_or_instant(entry.joined_at, "since ever"),
        day_or_instant(entry.left_at, "-"),
        ", ".join(entry.aliases),
    )
