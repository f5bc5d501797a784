"""The door through which a roster enters: a JSON or TOML text becomes a Roster, or the list of all that is wrong."""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown, shown_name
from github_tracker.entrypoints.roster_reading import RepeatedField, read_document

_TOML_PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$")
_TOML_PLACE_OR_END = re.compile(r" \(at [^()]*\)$")

_INT_DIGITS = 100


class RosterForm(StrEnum):
    """What a roster can be written in."""

    JSON = "json"
    TOML = "toml"


def read_roster_file(path: Path) -> Roster:
    """Return the roster that stands in a .json or .toml file.

    Raises BadInputError; a fault of the file itself has the file as its path, one of its content the place in it.
    """
    try:
        form = RosterForm(path.suffix.lower().removeprefix("."))
    except ValueError:
        raise BadInputError(
            [Fault(shown_name(str(path)), f"the ending {shown(path.suffix)}", ".json or .toml")]
        ) from None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        found = f"byte 0x{exc.object[exc.start]:02x} at position {exc.start}"
        raise BadInputError([Fault(shown_name(str(path)), found, "text in UTF-8")]) from exc
    except (OSError, ValueError) as exc:
        found = getattr(exc, "strerror", None) or "an impossible path"
        raise BadInputError([Fault(shown_name(str(path)), found, "a readable .json or .toml file")]) from exc
    return parse_roster(text, form)


def parse_roster(text: str, form: RosterForm) -> Roster:
    """Return the roster that the text describes.

    JSON may also have the older form: a bare list of teams whose members call their weight `allocation`.
    Raises BadInputError with every fault at once, also those between the entries that are sound by themselves.
    """
    document, misfits = read_document(_decoded(text, form))
    faults = [misfit.fault for misfit in misfits]
    roster = Roster()
    try:
        roster = Roster(
            teams=tuple(entry.team for entry in document.teams),
            memberships=tuple(member.membership(entry.name) for entry in document.teams for member in entry.members),
            over_allocation=document.over_allocation,
        )
    except InvalidRosterError as exc:
        faults.extend(Fault("teams", sentence) for sentence in exc.faults)
    if faults:
        raise BadInputError(faults)
    return roster


def format_roster(roster: Roster) -> str:
    """Return the roster as a JSON file that `parse_roster` reads back as the same roster.

    Teams and members stand in the roster's own order. A roster without teams can be written, but not read back.
    """
    teams = (
        _team_text(team, (entry for entry in roster.memberships if entry.team == team.name)) for team in roster.teams
    )
    policy = _json_text(roster.over_allocation.value)
    return f'{{\n  "over_allocation": {policy},\n  "teams": {_lines(teams, 2)}\n}}\n'


def _decoded(text: str, form: RosterForm) -> object:
    """Decode without ever making a float of a number (R4)."""
    try:
        if form is RosterForm.TOML:
            return tomllib.loads(text, parse_float=_exact)
        return json.loads(
            text, parse_float=_exact, parse_int=_whole, parse_constant=_exact, object_pairs_hook=_object_of
        )
    except json.JSONDecodeError as exc:
        fault = Fault(f"line {exc.lineno}, column {exc.colno}", f"broken JSON ({exc.msg})", "valid JSON")
    except tomllib.TOMLDecodeError as exc:
        fault = _toml_fault(str(exc))
    except (ValueError, RecursionError):
        fault = Fault("roster", "a number or a nesting beyond all measure", f"a roster in {form.value.upper()}")
    raise BadInputError([fault])


def _toml_fault(message: str) -> Fault:
    """Take the place out of the message, where Python 3.11 keeps it."""
    place = _TOML_PLACE.search(message)
    path = f"line {place['line']}, column {place['column']}" if place else "end of the file"
    return Fault(path, f"broken TOML ({_TOML_PLACE_OR_END.sub('', message)})", "valid TOML")


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of 20 digits and the like
        return Decimal("NaN")


def _whole(text: str) -> int | Decimal:
    """Return an int where one is possible: Python refuses to make one of thousands of digits, which no field takes."""
    return int(text) if len(text) <= _INT_DIGITS else _exact(text)


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Keep every value of a field that is given several times, where JSON's readers silently take the last."""
    values: defaultdict[str, list[object]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return {name: given[0] if len(given) == 1 else RepeatedField(tuple(given)) for name, given in values.items()}


def _team_text(team: Team, members: Iterable[Membership]) -> str:
    head = (f"{json.dumps(name)}: {_json_text(getattr(team, name))}" for name in ("name", "key", "description"))
    indent = "\n      "
    return f'{{{indent}{f",{indent}".join(head)},{indent}"members": {_lines(map(_member_text, members), 6)}\n    }}'


def _member_text(member: Membership) -> str:
    """Return the member on one line, so that a changed member is one changed line."""
    values = {
        "username": _json_text(member.login),
        "aliases": _json_text(member.aliases),
        "github_id": _json_text(member.github_id),
        # By hand: the json module writes numbers as int or float only, and a weight is never a float (R4).
        "allocation_weight": f"{member.weight.normalize():f}",
        "joined_at": _json_text(member.joined_at and member.joined_at.isoformat()),
        "left_at": _json_text(member.left_at and member.left_at.isoformat()),
    }
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in values.items()) + "}"


def _lines(texts: Iterable[str], indent: int) -> str:
    inside = ",\n".join(f"{' ' * (indent + 2)}{text}" for text in texts)
    return f"[\n{inside}\n{' ' * indent}]" if inside else "[]"


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
