"""What a request says in its path and query: read strictly, every fault named, nothing found repeated."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from urllib.parse import parse_qsl

from github_tracker.application.team_figures import LONGEST_RANGE
from github_tracker.entrypoints.api.gate import ApiRequest
from github_tracker.entrypoints.api.problems import FieldFault, bad_request
from github_tracker.ports.report_repository import ReportScope

GREATEST_NUMBER: Final = 2**63 - 1
"""What the database can hold."""

NAME_PATTERN: Final = "[A-Za-z0-9_.-]{1,100}"
"""An owner's name."""

REPOSITORY_PATTERN: Final = f"{NAME_PATTERN}(#[0-9]{{1,19}})?"
"""A repository's name; where another repository bears that name now, the older one's is followed by #ID."""

_MOST_PARAMETERS: Final = 20
_NUMBER: Final = re.compile("[1-9][0-9]{0,18}", re.ASCII)
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


def refuse_query(query: bytes) -> None:
    """Raise a problem if there is any parameter."""
    _read_query(query, {})


def read_range(query: bytes) -> ReportScope:
    """Return the days of `from` and `to`, both of which may be missing. Raises a problem with every fault."""
    found = _read_query(query, {"from": _day, "to": _day})
    since, until = found.get("from"), found.get("to")
    if since is not None and until is not None:
        if until <= since:
            raise bad_request(FieldFault("query", "to", "wanted is a day after `from`; the day itself does not count"))
        if until - since > LONGEST_RANGE:
            raise bad_request(FieldFault("query", "to", f"wanted is a range of at most {LONGEST_RANGE.days} days"))
    return ReportScope(since=since, until=until)


def _read_query(query: bytes, readers: Mapping[str, Callable[[str], date | None]]) -> dict[str, date]:
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise bad_request(FieldFault("query", "(all)", f"at most {_MOST_PARAMETERS} parameters")) from None
    faults, values = [], {}
    for name, text in pairs:
        if name not in readers:
            known = f"known are {', '.join(readers)}" if readers else "there is none here"
            faults.append(FieldFault("query", _shown(name), f"no such parameter; {known}"))
        elif name in values:
            faults.append(FieldFault("query", name, "given more than once"))
        elif (value := readers[name](text)) is None:
            faults.append(FieldFault("query", name, "wanted is a day such as 2026-01-31"))
        else:
            values[name] = value
    if faults:
        raise bad_request(*dict.fromkeys(faults))
    return values


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _shown(name: str) -> str:
    return name if _SHOWN_NAME.fullmatch(name) else "(not shown)"
