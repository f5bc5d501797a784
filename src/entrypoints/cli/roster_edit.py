"""`github-tracker roster join`, `leave`, `reweigh` and `rename`: edits of the stored roster, without any file."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

import click

from github_tracker.application.edit_roster import EditRoster
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.membership import Membership
from github_tracker.domain.roster_edit import Join, Leave, Rename, Reweigh, RosterEdit
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.cli.collect import who
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.options import instant
from github_tracker.entrypoints.cli.reattribution_rendering import print_reattribution, reattribution_json
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.refreshing import refresh_figures

_CONFIGURED = "TEAM_CONFIG_FILE or TEAM_CONFIG_JSON"
_IN_ALL_EDITS = (
    click.option("--dry-run", "is_dry_run", is_flag=True, help="Only show what would change; write nothing."),
    click.option("--even-so", "is_forced", is_flag=True, help=f"Also where {_CONFIGURED} is set, till the next run."),
    click.option("--json", "is_json", is_flag=True, help="Print everything as JSON."),
)


def _weight(_context: click.Context, _parameter: click.Parameter, text: str) -> Decimal:
    """Return the exact weight (R4)."""
    try:
        return Membership("team", "somebody", Decimal(text)).weight
    except InvalidOperation:
        raise click.BadParameter(f"found {text!r}, wanted a number from 0 to 1.") from None
    except InvalidValueError as exc:
        raise click.BadParameter(f"found {text!r}, wanted {exc.wanted}.") from None


def _options_of_edits(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_IN_ALL_EDITS):
        command = option(command)
    return command


_TEAM = click.argument("team")
_LOGIN = click.argument("login")
_AT = click.option(
    "--at", metavar="INSTANT", required=True, callback=instant, help="2026-05-01T12:00:00+02:00, or a day (00:00 UTC)."
)

_JOIN_EXAMPLES = """\b
Examples:
  github-tracker roster join Checkout ada --from 2026-05-01 --weight 0.5 --dry-run
  github-tracker roster join Payments grace --from 2026-05-01 --new-team"""


@click.command("join", short_help="Somebody belongs to a team from then on.", epilog=_JOIN_EXAMPLES)
@_TEAM
@_LOGIN
@click.option("--weight", default="1", show_default=True, callback=_weight, help="How much counts for the team.")
@click.option("--from", "since", metavar="INSTANT", callback=instant, help="Since when. Default: since ever.")
@click.option("--until", metavar="INSTANT", callback=instant, help="When it ends. Default: still there.")
@click.option("--new-team", "makes_team", is_flag=True, help="Make the team if there is none of this name.")
@_options_of_edits
@click.pass_obj
def join(
    is_demo: bool,
    /,
    team: str,
    login: str,
    weight: Decimal,
    since: datetime | None,
    until: datetime | None,
    makes_team: bool,
    **how: bool,
) -> None:
    """Let LOGIN belong to TEAM from an instant on; stored pull requests follow at once.

    Instants are 2026-05-01T12:00:00+02:00, or a day, which is its 00:00 UTC. Whoever stands on the roster already
    keeps username, aliases and numeric id, whichever login is given.
    """
    _make(is_demo, Join(team, login, weight, since, until, makes_team), **how)


@click.command("leave", short_help="Somebody no longer belongs to a team from then on.")
@_TEAM
@_LOGIN
@_AT
@_options_of_edits
@click.pass_obj
def leave(is_demo: bool, /, team: str, login: str, at: datetime, **how: bool) -> None:
    """End LOGIN's stay in TEAM: pull requests opened at that instant or later earn the team nothing of it.

    Windows that follow without a gap, as after another weight, are part of the stay. Leaving at the very instant of
    joining takes the joining back.
    """
    _make(is_demo, Leave(team, login, at), **how)


@click.command("reweigh", short_help="Somebody counts for more or less from then on.")
@_TEAM
@_LOGIN
@click.argument("weight", callback=_weight)
@_AT
@_options_of_edits
@click.pass_obj
def reweigh(is_demo: bool, /, team: str, login: str, weight: Decimal, at: datetime, **how: bool) -> None:
    """Give LOGIN another WEIGHT in TEAM from an instant on: the window ends there, and another one begins.

    It lasts as long as the former window did; a later change that is known already stays. At the very beginning of a
    window, all of the window gets the weight.
    """
    _make(is_demo, Reweigh(team, login, weight, at), **how)


@click.command("rename", short_help="Somebody has another login on GitHub.")
@click.argument("old")
@click.argument("new")
@_options_of_edits
@click.pass_obj
def rename(is_demo: bool, /, old: str, new: str, **how: bool) -> None:
    """Note that the account OLD is called NEW on GitHub now; OLD becomes an alias, so that nothing is lost."""
    _make(is_demo, Rename(old, new), **how)


COMMANDS = (join, leave, reweigh, rename)
"""All edits, in the order in which they are listed."""


def _make(is_demo: bool, edit: RosterEdit, *, is_dry_run: bool, is_forced: bool, is_json: bool) -> None:
    settings = settings_for(is_demo)
    is_configured = settings.roster is not None
    if is_configured and not is_dry_run and not is_forced:
        found = "a roster, which is the whole truth: the next run would put it back in force"
        wanted = "the edit in there, and `github-tracker roster sync`; or the edit here with --even-so, till that run"
        raise BadInputError([Fault(_CONFIGURED, found, wanted)])
    with container_for(is_demo, settings) as container:
        edit_roster = container.resolve(EditRoster)
        if is_dry_run:
            reattribution = edit_roster.preview(edit)
        else:
            reattribution = edit_roster(edit, who())
            refresh_figures(container)
    if is_json:
        click.echo(reattribution_json(reattribution))
    else:
        print_reattribution(reattribution, console())
    if is_configured:
        click.echo(f"{_CONFIGURED} is set: the next collection puts that in force.", err=True)
