"""The kinds of field in a scenario file and their strict reading, besides those it shares with rosters."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NewType
from zoneinfo import ZoneInfo

from github_tracker.adapters.memory import FaultKind
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import time_zone
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.entrypoints.roster_fields import HOOKS
from github_tracker.entrypoints.strict_reading import RefusedError

Day = NewType("Day", date)
LocalTime = NewType("LocalTime", time)
Zone = NewType("Zone", ZoneInfo)
RepositoryName = NewType("RepositoryName", str)
BotPattern = NewType("BotPattern", str)
WeeklyRate = NewType("WeeklyRate", Decimal)
CycleHours = NewType("CycleHours", Decimal)
Spread = NewType("Spread", Decimal)
Portion = NewType("Portion", Decimal)
Count = NewType("Count", int)
PageSize = NewType("PageSize", int)
Seed = NewType("Seed", int)
Minutes = NewType("Minutes", timedelta)
Seconds = NewType("Seconds", timedelta)
Interval = NewType("Interval", timedelta)

# What holds where a file says nothing.
DAILY: Final = Interval(timedelta(days=1))
FIRST_SEED: Final = Seed(1)
HALF_A_SECOND: Final = Seconds(timedelta(seconds=0.5))
LARGEST_PAGE: Final = PageSize(100)
ONCE: Final = Count(1)
ONE_MINUTE: Final = Seconds(timedelta(minutes=1))

EARLIEST_DAY: Final = date(1970, 1, 1)
LATEST_DAY: Final = date(2199, 12, 31)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+", re.ASCII)
_DAY_WANTED = f"a date such as 2026-01-31, from {EARLIEST_DAY} to {LATEST_DAY}"
_TIME_WANTED = "a time of day in whole seconds such as 09:00 or 17:30:00, without an offset"


def read_day(raw: object) -> Day:
    """Return the day of a date; an instant is refused."""
    try:
        day = date.fromisoformat(raw) if isinstance(raw, str) and _DATE.fullmatch(raw) else raw
    except ValueError as exc:
        raise RefusedError(f"{_DAY_WANTED}, one that the calendar knows") from exc
    # A datetime is a date to Python; here it would hide a time that nobody reads.
    if not isinstance(day, date) or isinstance(day, datetime) or not EARLIEST_DAY <= day <= LATEST_DAY:
        raise RefusedError(_DAY_WANTED)
    return Day(day)


def read_time(raw: object) -> LocalTime:
    """Return the time of day in whole seconds."""
    try:
        local = time.fromisoformat(raw) if isinstance(raw, str) and _TIME.fullmatch(raw) else raw
    except ValueError as exc:
        raise RefusedError(f"{_TIME_WANTED}, one that the clock knows") from exc
    if not isinstance(local, time) or local.tzinfo is not None or local.microsecond:
        raise RefusedError(_TIME_WANTED)
    return LocalTime(local)


def _read_zone(raw: object) -> Zone:
    try:
        return Zone(time_zone(_text(raw)))
    except InvalidValueError as exc:
        raise RefusedError(exc.wanted) from exc


def _read_repository(raw: object) -> RepositoryName:
    name = _text(raw)
    if not _REPOSITORY.fullmatch(name):
        raise RefusedError("owner/name of a repository")
    return RepositoryName(name)


def _read_pattern(raw: object) -> BotPattern:
    pattern = _text(raw)
    try:
        AttributionPolicy(bot_patterns=(pattern,))
    except InvalidValueError as exc:
        raise RefusedError(exc.wanted) from exc
    return BotPattern(pattern)


def _read_rule(raw: object) -> AttributionRule:
    if isinstance(raw, str) and raw in set(AttributionRule):
        return AttributionRule(raw)
    raise RefusedError(" or ".join(repr(rule.value) for rule in AttributionRule))


def _read_fault_kind(raw: object) -> FaultKind:
    if isinstance(raw, str) and raw in set(FaultKind):
        return FaultKind(raw)
    raise RefusedError(" or ".join(repr(kind.value) for kind in FaultKind))


def _decimal(raw: object, least: str, most: str, unit: str) -> Decimal:
    wanted = f"{unit} from {least} to {most}"
    if not isinstance(raw, int | Decimal) or isinstance(raw, bool):
        raise RefusedError(wanted)
    number = Decimal(raw)
    if not number.is_finite() or not Decimal(least) <= number <= Decimal(most):
        raise RefusedError(wanted)
    return number


def _whole(raw: object, least: int, most: int) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
        raise RefusedError(f"a whole number from {least} to {most}")
    return raw


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise RefusedError("text")
    return raw


SCENARIO_HOOKS: Mapping[object, Callable[[object, object], object]] = {
    **HOOKS,
    Day: lambda raw, _: read_day(raw),
    LocalTime: lambda raw, _: read_time(raw),
    Zone: lambda raw, _: _read_zone(raw),
    RepositoryName: lambda raw, _: _read_repository(raw),
    BotPattern: lambda raw, _: _read_pattern(raw),
    AttributionRule: lambda raw, _: _read_rule(raw),
    FaultKind: lambda raw, _: _read_fault_kind(raw),
    WeeklyRate: lambda raw, _: _decimal(raw, "0", "500", "a number of pull requests a week"),
    CycleHours: lambda raw, _: _decimal(raw, "0.01", "10000", "a number of hours"),
    Spread: lambda raw, _: _decimal(raw, "0", "3", "a number"),
    Portion: lambda raw, _: _decimal(raw, "0", "1", "a number"),
    Count: lambda raw, _: _whole(raw, 1, 1_000_000),
    PageSize: lambda raw, _: _whole(raw, 1, 100),
    Seed: lambda raw, _: _whole(raw, 0, 2**63 - 1),
    Minutes: lambda raw, _: timedelta(minutes=float(_decimal(raw, "0.01", "100000", "a number of minutes"))),
    Seconds: lambda raw, _: timedelta(seconds=float(_decimal(raw, "0", "100000", "a number of seconds"))),
    Interval: lambda raw, _: timedelta(hours=float(_decimal(raw, "0.25", "100000", "a number of hours"))),
}
"""What reads each kind of field."""
