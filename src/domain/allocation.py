"""How many full-time people a team has, and where a person is at one instant: sums of weights (R1, R4)."""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import login_key
from github_tracker.domain.roster import Roster


@frozen
class PersonAllocation:
    """One person's memberships at one instant."""

    login: str
    """As the first of the memberships spells it."""
    allocated: Decimal
    """Their sum; above 1 only where over-allocation is allowed."""
    memberships: tuple[Membership, ...]
    """At least one, ordered by team name."""


def allocation_at(roster: Roster, instant: datetime) -> dict[str, Decimal]:
    """Return the sum of weights of each listed team at the instant, by name; 0 for a team without members then."""
    sums = {team.name: Decimal(0) for team in roster.teams}
    for membership in roster.memberships:
        if membership.holds_at(instant):
            sums[membership.team] += membership.weight
    return sums


def people_at(roster: Roster, instant: datetime) -> tuple[PersonAllocation, ...]:
    """Return everybody who is in some team at the instant, ordered by login."""
    segments = (person.segment_at(instant) for person in roster.people)
    held = (
        PersonAllocation(segment.memberships[0].login, segment.allocated, segment.memberships)
        for segment in segments
        if segment.memberships
    )
    return tuple(sorted(held, key=lambda person: login_key(person.login)))
