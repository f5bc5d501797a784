"""Roster files as texts, and what comes of reading them."""

import pytest

from github_tracker.domain.membership import Membership
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster

MEMBER = "teams[0].members[0]"
"""The path of the only member."""
_TEAM = {"name": '"Platform"'}
_MEMBER = {"username": '"alice"'}


def with_member(**fields: str) -> str:
    """Return a roster of one team and member; the fields are JSON texts, so that numbers stay as written."""
    return with_team(members=f"[{_object_of({**_MEMBER, **fields})}]")


def with_team(**fields: str) -> str:
    """Return a roster of one team; the fields are JSON texts."""
    return f'{{"teams": [{_object_of({**_TEAM, **fields})}]}}'


def _object_of(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {text}' for name, text in fields.items()) + "}"


def faults_of(text: str, form: RosterForm = RosterForm.JSON) -> tuple[Fault, ...]:
    """Return what is wrong with the text."""
    with pytest.raises(BadInputError) as caught:
        parse_roster(text, form)
    return caught.value.faults


def faults_or_none(text: str, form: RosterForm = RosterForm.JSON) -> tuple[Fault, ...] | None:
    """Return what is wrong with the text, or None if it is a roster."""
    try:
        parse_roster(text, form)
    except BadInputError as exc:
        return exc.faults
    return None


def the_member(text: str, form: RosterForm = RosterForm.JSON) -> Membership:
    """Return the only membership of the roster."""
    (membership,) = parse_roster(text, form).memberships
    return membership


def toml_of(line: str) -> str:
    """Return a roster of one team and one member with that line in it."""
    return f'[[teams]]\nname = "Platform"\n[[teams.members]]\nusername = "alice"\n{line}\n'


OVER_ALLOCATED = """"teams": [
    {"name": "A", "members": [{"username": "alice", "allocation_weight": 0.6}]},
    {"name": "B", "members": [{"username": "alice", "allocation_weight": 0.5, "joined_at": "2024-01-01"}]}]}"""
