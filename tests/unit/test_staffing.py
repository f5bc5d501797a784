"""A team's size over time follows its members' windows (R1, R4)."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.allocation import allocation_at
from github_tracker.domain.membership import Membership
from github_tracker.domain.roster import Roster
from github_tracker.domain.staffing import Staffing, StaffingChange, StaffingKind, StaffingStep, staffing
from tests.strategies import instants, rosters
from tests.unit.examples import at, roster_of

HALF = Decimal("0.5")
SINCE, UNTIL = at("2024-01-01"), at("2025-01-01")


def staffed(*memberships: Membership) -> Staffing:
    """Return how large the team `apps` was in 2024."""
    return staffing(roster_of(*memberships, Membership("Platform", "zoe")), "apps", SINCE, UNTIL)


def test_whoever_joins_or_leaves_makes_a_step() -> None:
    """At the instant of joining the weight is there, at that of leaving it is gone."""
    alice = Membership("apps", "alice")
    bob = Membership("apps", "bob", HALF, at("2024-03-01"), at("2024-06-01"))
    assert staffed(alice, bob) == Staffing(
        (
            StaffingStep(SINCE, Decimal(1), 1),
            StaffingStep(at("2024-03-01"), Decimal("1.5"), 2),
            StaffingStep(at("2024-06-01"), Decimal(1), 1),
        ),
        (
            StaffingChange(at("2024-03-01"), StaffingKind.JOINED, "bob", None, HALF),
            StaffingChange(at("2024-06-01"), StaffingKind.LEFT, "bob", HALF, None),
        ),
    )


def test_another_weight_is_one_change() -> None:
    """Neither leaving nor joining; a window that goes on with the same weight is no change at all."""
    first = Membership("apps", "alice", HALF, None, at("2024-03-01"))
    second = Membership("apps", "Alice", Decimal(1), at("2024-03-01"), at("2024-06-01"))
    third = Membership("apps", "alice", Decimal(1), at("2024-06-01"))
    found = staffed(first, second, third)
    assert found.changes == (StaffingChange(at("2024-03-01"), StaffingKind.REWEIGHED, "Alice", HALF, Decimal(1)),)
    assert [(step.weight, step.members) for step in found.steps] == [(HALF, 1), (Decimal(1), 1)]


def test_two_who_trade_places_leave_the_size_as_it_is() -> None:
    """Both changes are told, and there is no step."""
    found = staffed(
        Membership("apps", "bob", left_at=at("2024-03-01")), Membership("apps", "alice", joined_at=at("2024-03-01"))
    )
    assert [(change.login, change.kind) for change in found.changes] == [
        ("alice", StaffingKind.JOINED),
        ("bob", StaffingKind.LEFT),
    ]
    assert found.steps == (StaffingStep(SINCE, Decimal(1), 1),)


def test_what_happens_at_the_ends_of_the_time_asked_for_is_no_change_in_it() -> None:
    """Who joins at its beginning is there from the first step on; its end no longer counts."""
    found = staffed(Membership("apps", "alice", joined_at=SINCE), Membership("apps", "bob", joined_at=UNTIL))
    assert found == Staffing((StaffingStep(SINCE, Decimal(1), 1),), ())


def test_member_without_credit_is_counted_without_weight() -> None:
    """Belonging with weight 0 is belonging (R4)."""
    assert staffed(Membership("apps", "alice", Decimal(0))).steps == (StaffingStep(SINCE, Decimal(0), 1),)


@settings(max_examples=60)
@given(rosters(), instants(), st.timedeltas(timedelta(microseconds=1), timedelta(days=900)), st.data())
def test_step_in_force_is_the_sum_of_the_weights(
    roster: Roster, since: datetime, length: timedelta, data: st.DataObject
) -> None:
    """At every instant of the time asked for, and of every team."""
    offset = data.draw(st.timedeltas(timedelta(0), length - timedelta(microseconds=1)))
    for team in roster.teams:
        steps = staffing(roster, team.name, since, since + length).steps
        (*_, in_force) = [step for step in steps if step.at <= since + offset]
        assert in_force.weight == allocation_at(roster, since + offset)[team.name]
