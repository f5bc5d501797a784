"""The door through which a roster enters: a JSON or TOML text becomes a Roster, or the list of all that is wrong."""

import json
from collections.abc import Iterable
from pathlib import Path

from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.document_text import DocumentForm, decoded, read_text
from github_tracker.entrypoints.roster_reading import read_document
from github_tracker.entrypoints.roster_toml import toml_of

RosterForm = DocumentForm
"""What a roster can be written in."""


def read_roster_file(path: Path) -> Roster:
    """Return the roster that stands in a .json or .toml file.

    Raises BadInputError; a fault of the file itself has the file as its path, one of its content the place in it.
    """
    return parse_roster(*read_text(path))


def parse_roster(text: str, form: RosterForm) -> Roster:
    """Return the roster that the text describes.

    JSON may also have the older form: a bare list of teams whose members call their weight `allocation`.
    Raises BadInputError with every fault at once, also those between the entries that are sound by themselves.
    """
    document, misfits = read_document(decoded(text, form, "roster"))
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


def format_roster(roster: Roster, form: RosterForm = RosterForm.JSON) -> str:
    """Return the roster as a file that `parse_roster` reads back as the same roster, to the last microsecond.

    Teams and members stand in the roster's own order. A roster without teams can be written, but not read back.
    """
    if form is RosterForm.TOML:
        return toml_of(roster)
    teams = (
        _team_text(team, (entry for entry in roster.memberships if entry.team == team.name)) for team in roster.teams
    )
    policy = _json_text(roster.over_allocation.value)
    return f'{{\n  "over_allocation": {policy},\n  "teams": {_lines(teams, 2)}\n}}\n'


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
