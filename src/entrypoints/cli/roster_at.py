"""How the roster is written as it was at one instant: who was where, and for how much in all."""

import json
from datetime import datetime

from rich.console import Console

from github_tracker.domain.allocation import PersonAllocation, allocation_at, people_at
from github_tracker.domain.membership import Membership
from github_tracker.entrypoints.cli.roster_wording import SINCE_EVER, STILL_THERE
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of, day_or_instant, exact
from github_tracker.entrypoints.roster_change_document import membership_fields
from github_tracker.ports.roster_repository import RosterInForce

_COLUMNS = (
    Column("team"),
    Column("login"),
    Column("weight", is_figure=True),
    Column("joined"),
    Column("left"),
)
_PEOPLE_COLUMNS = (Column("person"), Column("allocated", is_figure=True), Column("in teams"))


def roster_at_json(in_force: RosterInForce, instant: datetime) -> str:
    """Return the memberships that held, the people, and the teams' sums as JSON; weights are exact, as text."""
    teams = allocation_at(in_force.roster, instant)
    document = {
        "at": instant.isoformat(),
        "roster_version": in_force.version,
        "memberships": [{"team": entry.team, **(membership_fields(entry) or {})} for entry in _held(in_force, instant)],
        "people": [_person_fields(person) for person in people_at(in_force.roster, instant)],
        "teams": [{"team": team, "allocated": exact(weight)} for team, weight in teams.items()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def print_roster_at(in_force: RosterInForce, instant: datetime, out: Console) -> None:
    """Print them as tables, with each team's sum below."""
    people, held = people_at(in_force.roster, instant), _held(in_force, instant)
    if held:
        print_columns(out, _COLUMNS, [_row(entry) for entry in held])
        out.print()
        print_columns(out, _PEOPLE_COLUMNS, [_person_row(person) for person in people])
        out.print()
    sums = (f"{team} {exact(weight)}" for team, weight in allocation_at(in_force.roster, instant).items())
    lines = (
        f"At {instant.isoformat()}, by roster version {in_force.version}: "
        f"{count_of(len(held), 'membership')} of {count_of(len(people), 'person')} held.",
        f"Full-time people in each team: {', '.join(sums)}.",
    )
    for line in lines:
        out.print(line, markup=False, highlight=False)


def _held(in_force: RosterInForce, instant: datetime) -> list[Membership]:
    return [entry for entry in in_force.roster.memberships if entry.holds_at(instant)]


def _row(entry: Membership) -> tuple[str, ...]:
    joined, left = day_or_instant(entry.joined_at, SINCE_EVER), day_or_instant(entry.left_at, STILL_THERE)
    return entry.team, entry.login, exact(entry.weight), joined, left


def _person_row(person: PersonAllocation) -> tuple[str, ...]:
    parts = (f"{entry.team} {exact(entry.weight)}" for entry in person.memberships)
    return person.login, exact(person.allocated), ", ".join(parts)


def _person_fields(person: PersonAllocation) -> dict[str, object]:
    parts = [{"team": entry.team, "allocation_weight": exact(entry.weight)} for entry in person.memberships]
    return {"username": person.login, "allocated": exact(person.allocated), "teams": parts}
