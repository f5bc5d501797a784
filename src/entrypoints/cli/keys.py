"""`github-tracker keys`: make keys of the metrics API, list them, revoke them."""

import json
import re
import secrets
from datetime import UTC, datetime, timedelta

import click

from github_tracker.application.manage_keys import KeyRequest, ListedKey, ManageKeys, NewKey, new_key
from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.options import read_instant
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import day_or_instant

_DAYS = re.compile(r"([1-9][0-9]{0,4})d", re.ASCII)

_COLUMNS = (
    Column("id"),
    Column("name"),
    Column("scopes", least_needed=2),
    Column("teams", least_needed=1),
    Column("created", least_needed=4),
    Column("expires", least_needed=3),
    Column("last used", least_needed=5),
    Column("state"),
)

_EXAMPLES = """\b
Examples:
  KEY=$(github-tracker keys create --name dashboard --expires 90d)
  github-tracker keys create --name platform-wall --team Platform --scope metrics:read
  github-tracker keys list
  github-tracker keys revoke Ed6pxkqc3XN"""


def _expiry(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | datetime | None:
    """Return a span from now on, or an instant; which instant that is depends on when the key is made."""
    if text is None:
        return None
    days = _DAYS.fullmatch(text)
    if days is not None:
        return timedelta(days=int(days[1]))
    instant = read_instant(text, "a number of days such as 90d")
    if instant <= datetime.now(UTC):
        raise click.BadParameter(f"{text} is over; the key would open nothing.")
    return instant


@click.group("keys", epilog=_EXAMPLES)
def command() -> None:
    """Work with the keys of the metrics API."""


@command.command("create", short_help="Make a key and print it, once.")
@click.option("--name", required=True, help="Whom or what it is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    help="What it is good for; several times for several. Default: metrics:read. admin is everything.",
)
@click.option("--team", "teams", metavar="NAME", multiple=True, help="Only this team; several times for several.")
@click.option("--expires", "expiry", metavar="90d|DATE", callback=_expiry, help="Until when. Default: until revoked.")
@click.option("--outside", "is_outside", is_flag=True, help="Keep it nowhere; print its entry for API_KEYS as well.")
@click.pass_obj
def create(
    is_demo: bool,
    name: str,
    scopes: tuple[str, ...],
    teams: tuple[str, ...],
    expiry: timedelta | datetime | None,
    is_outside: bool,
) -> None:
    """Make a key. It stands alone on standard output, once and never again: only its hash is kept.

    To replace a key, make a second one, hand it out, and revoke the first: both work meanwhile.
    """
    now = datetime.now(UTC)
    request = KeyRequest(
        name=name,
        scopes=tuple(map(Scope, scopes)) or (Scope.METRICS_READ,),
        teams=teams or None,
        expires_at=now + expiry if isinstance(expiry, timedelta) else expiry,
    )
    if is_outside:
        made = new_key(request, secrets.token_bytes, now)
        click.echo(f"This entry belongs into the JSON list in API_KEYS:\n{_entry(made.record)}", err=True)
    else:
        with container_for(is_demo, settings_for(is_demo)) as container:
            made = container.resolve(ManageKeys).create(request, secrets.token_bytes)
    _hand_over(made)


@command.command("list", short_help="List all keys, without what would open anything.")
@click.option("--json", "is_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def list_keys(is_demo: bool, is_json: bool) -> None:
    """List every key that was ever made here, the oldest first, and then those in API_KEYS, which are marked."""
    with container_for(is_demo, settings_for(is_demo)) as container:
        keys: tuple[ListedKey, ...] = container.resolve(ManageKeys).all_keys()
    if is_json:
        click.echo(json.dumps([_document(listed) for listed in keys], indent=2, ensure_ascii=False))
    elif keys:
        print_columns(console(), _COLUMNS, [_row(listed) for listed in keys])
    else:
        click.echo("No key was ever made; `github-tracker keys create --name NAME` makes one.")


@command.command("revoke", short_help="Revoke a key for good.")
@click.argument("public_id")
@click.pass_obj
def revoke(is_demo: bool, public_id: str) -> None:
    """Revoke the key with this PUBLIC_ID, the middle part of it. It opens nothing any more within a minute."""
    with container_for(is_demo, settings_for(is_demo)) as container:
        key: ApiKey = container.resolve(ManageKeys).revoke(public_id)
    click.echo(f"Key {key.public_id} ({key.name}) is revoked since {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC.")


def _hand_over(made: NewKey) -> None:
    key = made.record.key
    until = day_or_instant(key.expires_at, "it is revoked")
    teams = "all teams" if key.teams is None else ", ".join(key.teams)
    click.echo(f"Key {key.public_id} ({key.name}) for {', '.join(key.scopes)} of {teams}, until {until}.", err=True)
    click.echo("It is shown this once; only its hash is kept.", err=True)
    click.echo(made.key.reveal())


def _entry(record: KeyRecord) -> str:
    key = record.key
    return json.dumps(
        {
            "public_id": key.public_id,
            "sha256": record.digest,
            "name": key.name,
            "scopes": list(key.scopes),
            "teams": key.teams,
            "created_at": key.created_at.isoformat(),
            "expires_at": key.expires_at and key.expires_at.isoformat(),
        },
        ensure_ascii=False,
    )


def _row(listed: ListedKey) -> tuple[str, ...]:
    key = listed.key
    return (
        key.public_id,
        key.name,
        ", ".join(key.scopes),
        "all" if key.teams is None else ", ".join(key.teams) or "none",
        "unknown" if key.created_at == LEAST_INSTANT else f"{key.created_at:%Y-%m-%d}",
        "never" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}",
        _last_use(listed),
        f"{listed.state.value.replace('_', ' ')}{' (API_KEYS)' if listed.is_outside else ''}",
    )


def _last_use(listed: ListedKey) -> str:
    if listed.is_outside:
        return "not noted"
    return "never" if listed.key.last_used_on is None else listed.key.last_used_on.isoformat()


def _document(listed: ListedKey) -> dict[str, object]:
    key = listed.key
    return {
        "id": key.public_id,
        "name": key.name,
        "scopes": list(key.scopes),
        "teams": key.teams,
        "created_at": None if key.created_at == LEAST_INSTANT else key.created_at.isoformat(),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
        "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
        "last_used_on": key.last_used_on and key.last_used_on.isoformat(),
        "state": listed.state.value,
        "is_outside": listed.is_outside,
    }
