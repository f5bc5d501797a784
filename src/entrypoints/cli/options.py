"""Options that several commands share."""

from datetime import date, datetime
from pathlib import Path

import click

from github_tracker.domain.instants import start_of_day, to_utc
from github_tracker.domain.policy import AttributionRule

DAY = click.DateTime(formats=["%Y-%m-%d"])


def instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    """Return the instant in UTC; one without an offset names none and is refused (R3)."""
    return None if text is None else read_instant(text)


def read_instant(text: str, otherwise: str | None = None) -> datetime:
    """Return the instant that an option names, for a day its 00:00 UTC; `otherwise` is what else it may be."""
    try:
        return start_of_day(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        wanted = "an instant with its offset from UTC, such as 2026-05-01T12:00:00+02:00, or a day (its 00:00 UTC)"
        wanted = wanted if otherwise is None else f"{otherwise}, {wanted}"
        raise click.BadParameter(f"found {text!r}, wanted {wanted}.") from None


as_known_at = click.option(
    "--as-known-at",
    "known_at",
    metavar="INSTANT",
    callback=instant,
    help="By the roster, rule, zone and bots of then: 2026-05-01T12:00:00+02:00, or a day.",
)

rule = click.option(
    "--rule",
    type=click.Choice([rule.value for rule in AttributionRule]),
    help="Which time decides who earns: of opening, of merging, or the average between both.",
)

roster_file = click.option(
    "--roster", "file", type=click.Path(path_type=Path), metavar="FILE", help="A roster file, .json or .toml."
)


def check_days(since: datetime | None, until: datetime | None) -> None:
    """Refuse a stretch of days that holds none."""
    if since is not None and until is not None and since >= until:
        raise click.BadParameter(f"{since:%Y-%m-%d} is not before --to {until:%Y-%m-%d}.", param_hint="'--from'")
