"""The kinds of field in a roster file and their strict reading: no value is converted by guess.

Each kind has a type of its own, whose hook asks the domain whether the value can exist. So one bad field does not
hide the next, as it would if entries were only checked as a whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NewType

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import start_of_day, to_utc
from github_tracker.domain.membership import (
    WEIGHT_PLACES,
    Membership,
    Team,
    wanted_instead_of_github_id,
    wanted_instead_of_login,
)
from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.roster import OverAllocation
from github_tracker.entrypoints.strict_reading import RefusedError

TeamName = NewType("TeamName", str)
TeamKey = NewType("TeamKey", str)
Text = NewType("Text", str)
Login = NewType("Login", str)
GitHubId = NewType("GitHubId", int)
Weight = NewType("Weight", Decimal)
Instant = NewType("Instant", datetime)

WHOLE = Weight(Decimal(1))
"""The weight of a member whose entry says none."""

NO_TEXT = Text("")
"""The description of a team whose entry says none."""

_A_TEAM = "team"
_A_LOGIN = "somebody"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_INSTANT_WANTED = "a date such as 2024-01-31 (00:00 UTC) or an instant such as 2024-01-31T09:30:00+01:00"
_OFFSET_WANTED = "an offset from UTC at its end, such as Z or +01:00; without one it names no instant"
_WEIGHT_WANTED = f"a number from 0 to 1 with at most {WEIGHT_PLACES} decimal places"


def read_instant(raw: object) -> Instant:
    """Return the instant of a date (00:00 UTC) or of a datetime with an offset; a naive one is refused (R3)."""
    match raw:
        case datetime():
            return _in_utc(raw)
        case date():
            return Instant(start_of_day(raw))
        case str() if _DATE.fullmatch(raw):
            return Instant(start_of_day(_parsed(raw)))
        case str() if _DATETIME.fullmatch(raw):
            return _in_utc(_parsed(raw))
        case _:
            raise RefusedError(_INSTANT_WANTED)


def check_window(joined_at: datetime | None, left_at: datetime | None) -> None:
    """Refuse a window that ends before it has begun (R1)."""
    _ask_domain(lambda: Membership(_A_TEAM, _A_LOGIN, joined_at=joined_at, left_at=left_at))


def window_errors(raw: dict[str, object]) -> Iterator[RefusedError]:
    """Yield what is wrong between joined_at and left_at; where one cannot be read, that is reported instead (R1)."""
    if raw.get("joined_at") is None or raw.get("left_at") is None:
        return
    try:
        window = [read_instant(raw[name]) for name in ("joined_at", "left_at")]
    except RefusedError:
        return
    try:
        check_window(*window)
    except RefusedError as exc:
        yield exc.at_field("left_at")


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise RefusedError(f"{_INSTANT_WANTED}, one that the calendar knows") from exc


def _in_utc(instant: datetime) -> Instant:
    if instant.tzinfo is None:
        raise RefusedError(_OFFSET_WANTED)
    _ask_domain(lambda: to_utc(instant))
    return Instant(to_utc(instant))


def _read_team_name(raw: object) -> TeamName:
    name = _text(raw)
    _ask_domain(lambda: Team(name))
    return TeamName(name)


def _read_team_key(raw: object) -> TeamKey:
    key = _text(raw)
    if not key or key != key.strip() or not key.isprintable():
        raise RefusedError("a printable key without spaces around it, or null")
    return TeamKey(key)


def _read_text(raw: object) -> Text:
    text = _text(raw)
    if storable_text(text) != text:
        raise RefusedError("text without NUL and without halves of surrogate pairs, which no database stores")
    return Text(text)


def _read_login(raw: object) -> Login:
    login = _text(raw)
    if (wanted := wanted_instead_of_login(login)) is not None:
        raise RefusedError(wanted)
    return Login(login)


def _read_github_id(raw: object) -> GitHubId:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise RefusedError("a whole number, or null")
    if (wanted := wanted_instead_of_github_id(raw)) is not None:
        raise RefusedError(wanted)
    return GitHubId(raw)


def _read_weight(raw: object) -> Weight:
    """Return the exact decimal (R4). Files are decoded without floats, so none comes here."""
    if not isinstance(raw, int | Decimal) or isinstance(raw, bool):
        raise RefusedError(_WEIGHT_WANTED)
    weight = Decimal(raw)
    # Rounding finds the places also where a remainder would underflow to zero, as that of 1e-9999999999 does.
    if not weight.is_finite() or not 0 <= weight <= 1 or round(weight, WEIGHT_PLACES) != weight:
        raise RefusedError(_WEIGHT_WANTED)
    return Weight(weight)


def _read_over_allocation(raw: object) -> OverAllocation:
    if isinstance(raw, str) and raw in set(OverAllocation):
        return OverAllocation(raw)
    raise RefusedError(" or ".join(repr(policy.value) for policy in OverAllocation))


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise RefusedError("text")
    return raw


def _ask_domain(make: Callable[[], object]) -> None:
    """Let the domain judge a value that stands in an otherwise plain example."""
    try:
        make()
    except InvalidValueError as exc:
        raise RefusedError(exc.wanted) from exc


HOOKS: Mapping[object, Callable[[object, object], object]] = {
    TeamName: lambda raw, _: _read_team_name(raw),
    TeamKey: lambda raw, _: _read_team_key(raw),
    Text: lambda raw, _: _read_text(raw),
    Login: lambda raw, _: _read_login(raw),
    GitHubId: lambda raw, _: _read_github_id(raw),
    Weight: lambda raw, _: _read_weight(raw),
    Instant: lambda raw, _: read_instant(raw),
    OverAllocation: lambda raw, _: _read_over_allocation(raw),
}
"""What reads each kind of field."""
