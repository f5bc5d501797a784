"""What a request says in its path and query: read strictly, every fault named, nothing found repeated."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from attrs import frozen

from github_tracker.application.team_figures import LONGEST_RANGE
from github_tracker.entrypoints.api.bounds import GREATEST_NUMBER
from github_tracker.entrypoints.api.gate import ApiRequest
from github_tracker.entrypoints.api.problems import FieldFault, bad_request
from github_tracker.ports.report_repository import ReportScope

T = TypeVar("T")

NAME_PATTERN: Final = "[A-Za-z0-9_.-]{1,100}"
"""An owner's name."""

REPOSITORY_PATTERN: Final = f"{NAME_PATTERN}(#[0-9]{{1,19}})?"
"""A repository's name; where another repository bears that name now, the older one's is followed by #ID."""

_MOST_PARAMETERS: Final = 20
_NUMBER: Final = re.compile("[1-9][0-9]{0,18}", re.ASCII)
_DIGITS: Final = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHOWN_NAME: Final = re.compile(r"(?!ght_)[A-Za-z][A-Za-z0-9_.-]{0,39}", re.ASCII)
"""Anything else might be a key that got into the wrong place."""


def read_number(request: ApiRequest, name: str) -> int:
    """Return a number of the path. Raises a problem for anything but 1 to 2^63 - 1."""
    text = str(request.path_params[name])
    if not _NUMBER.fullmatch(text) or int(text) > GREATEST_NUMBER:
        raise bad_request(FieldFault("path", name, f"wanted is a whole number from 1 to {GREATEST_NUMBER}"))
    return int(text)


def read_name(request: ApiRequest, name: str, pattern: str) -> str:
    """Return a name of the path. Raises a problem unless it matches the pattern."""
    text = str(request.path_params[name])
    if not re.fullmatch(pattern, text, re.ASCII):
        raise bad_request(FieldFault("path", name, f"wanted is a name that matches {pattern}"))
    return text


@frozen
class Parameter:
    """How one parameter of a query is read."""

    read: Callable[[str], object]
    """Returns None for what is wrong."""
    wanted: str
    """In words."""


@frozen
class Found:
    """The parameters that were given."""

    _values: Mapping[str, object]

    def get(self, name: str, kind: type[T]) -> T | None:
        """Return what the parameter's reader returned, which is of that kind; None if it was not given."""
        value = self._values.get(name)
        return value if isinstance(value, kind) else None


def whole_number(least: int, most: int) -> Parameter:
    """Return how a number in [least, most] is read."""

    def read(text: str) -> int | None:
        number = int(text) if _DIGITS.fullmatch(text) else -1
        return number if least <= number <= most else None

    return Parameter(read, f"wanted is a whole number from {least} to {most}")


def read_day(text: str) -> date | None:
    """Return the day that a text such as 2026-01-31 names; None for any other form and any other day."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def refuse_query(query: bytes) -> None:
    """Raise a problem if there is any parameter."""
    read_query(query, {})


def read_range(query: bytes) -> ReportScope:
    """Return the days of `from` and `to`, both of which may be missing. Raises a problem with every fault."""
    found = read_query(query, DAYS)
    since, until = found.get("from", date), found.get("to", date)
    if since is not None and until is not None:
        _check_range(since, until, LONGEST_RANGE)
    return ReportScope(since=since, until=until)


def read_days(found: Found, longest: timedelta) -> tuple[date, date]:
    """Return the days of `from` and `to`, both of which must be there. Raises a problem."""
    since, until = found.get("from", date), found.get("to", date)
    if since is None or until is None:
        missing = [name for name, day in (("from", since), ("to", until)) if day is None]
        raise bad_request(*(FieldFault("query", name, f"needed here; {DAYS[name].wanted}") for name in missing))
    _check_range(since, until, longest)
    return since, until


def read_query(query: bytes, parameters: Mapping[str, Parameter]) -> Found:
    """Return the parameters that were given. Raises a problem with every fault."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise bad_request(FieldFault("query", "(all)", f"at most {_MOST_PARAMETERS} parameters")) from None
    faults, values = [], {}
    for name, text in pairs:
        if name not in parameters:
            known = f"known are {', '.join(parameters)}" if parameters else "there is none here"
            faults.append(FieldFault("query", _shown(name), f"no such parameter; {known}"))
        elif name in values:
            faults.append(FieldFault("query", name, "given more than once"))
        elif (value := parameters[name].read(text)) is None:
            faults.append(FieldFault("query", name, parameters[name].wanted))
        else:
            values[name] = value
    if faults:
        raise bad_request(*dict.fromkeys(faults))
    return Found(values)


def _check_range(since: date, until: date, longest: timedelta) -> None:
    if until <= since:
        raise bad_request(FieldFault("query", "to", "wanted is a day after `from`; the day itself does not count"))
    if until - since > longest:
        raise bad_request(FieldFault("query", "to", f"wanted is a range of at most {longest.days} days"))


def _shown(name: str) -> str:
    return name if _SHOWN_NAME.fullmatch(name) else "(not shown)"


DAYS: Final = {name: Parameter(read_day, "wanted is a day such as 2026-01-31") for name in ("from", "to")}
"""Parameters of half-open ranges: `from` counts, `to` does not."""
