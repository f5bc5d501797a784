"""A roster as a TOML file: one line a member, and what goes without saying left out."""

import json
from collections.abc import Iterator
from datetime import datetime

from github_tracker.domain.instants import start_of_day
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster

_DELETE = "\x7f"


def toml_of(roster: Roster) -> str:
    """Return the roster as TOML; teams and members stand in the roster's own order."""
    lines = [f"over_allocation = {_text(roster.over_allocation.value)}"]
    for team in roster.teams:
        lines += ["", "[[teams]]", *_team_lines(team)]
        members = [_member(entry) for entry in roster.memberships if entry.team == team.name]
        lines += ["members = [", *(f"    {{ {', '.join(member)} }}," for member in members), "]"]
    return "\n".join(lines) + "\n"


def _team_lines(team: Team) -> Iterator[str]:
    yield f"name = {_text(team.name)}"
    if team.key is not None:
        yield f"key = {_text(team.key)}"
    if team.description:
        yield f"description = {_text(team.description)}"


def _member(entry: Membership) -> Iterator[str]:
    yield f"username = {_text(entry.login)}"
    if entry.aliases:
        yield f"aliases = [{', '.join(map(_text, entry.aliases))}]"
    if entry.github_id is not None:
        yield f"github_id = {entry.github_id}"
    yield f"allocation_weight = {entry.weight.normalize():f}"
    for name, instant in (("joined_at", entry.joined_at), ("left_at", entry.left_at)):
        if instant is not None:
            yield f"{name} = {_instant(instant)}"


def _instant(instant: datetime) -> str:
    """A bare date is its 00:00 UTC (R3)."""
    return str(instant.date()) if instant == start_of_day(instant.date()) else instant.isoformat()


def _text(text: str) -> str:
    """TOML's basic strings are JSON's, save that they also want the control character DEL spelt out."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
