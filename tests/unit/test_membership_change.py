"""Which memberships came, went or changed, each told once."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given

from github_tracker.domain.membership import Membership
from github_tracker.domain.membership_change import MembershipChange, membership_changes
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_change import difference
from tests.strategies import over_allocated_rosters, rosters
from tests.unit.examples import at, roster_of

SPRING, SUMMER = at("2024-04-01"), at("2024-07-01")
FIRST = Membership("A", "alice", left_at=SPRING)
LATER = Membership("A", "alice", joined_at=SUMMER)


def changes(old: Roster, new: Roster) -> tuple[MembershipChange, ...]:
    """Return what the new one changes."""
    return membership_changes(difference(old, new))


@given(rosters() | over_allocated_rosters(), rosters() | over_allocated_rosters())
def test_every_entry_that_differs_stands_in_one_change(old: Roster, new: Roster) -> None:
    """Nothing is lost and nothing is told twice; both sides are of one team and one person."""
    found, wanted = changes(old, new), difference(old, new)
    befores = [change.before for change in found if change.before is not None]
    afters = [change.after for change in found if change.after is not None]
    assert sorted(befores, key=repr) == sorted(wanted.removed, key=repr)
    assert sorted(afters, key=repr) == sorted(wanted.added, key=repr)
    for change in found:
        sides = [side for side in (change.before, change.after) if side is not None]
        assert {side.team for side in sides} == {change.entry.team}
        assert all(side.login.lower() in change.entry.login_keys for side in sides)
        assert change.before != change.after


@given(rosters())
def test_roster_changes_nothing_about_itself(roster: Roster) -> None:
    """However its lists are ordered."""
    assert changes(roster, Roster(roster.teams[::-1], roster.memberships[::-1], roster.over_allocation)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FIRST, evolve(FIRST, weight=Decimal("0.5"))),
        (FIRST, evolve(FIRST, left_at=None)),
        (FIRST, evolve(FIRST, joined_at=at("2024-01-01"))),
        (FIRST, evolve(FIRST, login="ALICE", github_id=7)),
    ],
    ids=["weight", "leaving", "joining", "spelling and id"],
)
def test_entry_described_otherwise_is_one_change(old: Membership, new: Membership) -> None:
    """Not a leaving and a joining."""
    assert changes(roster_of(old), roster_of(new)) == (MembershipChange(old, new),)


def test_another_team_is_a_leaving_and_a_joining() -> None:
    """In order of the teams."""
    new = evolve(FIRST, team="B")
    assert changes(roster_of(FIRST), roster_of(new)) == (MembershipChange(FIRST, None), MembershipChange(None, new))


def test_entries_that_begin_together_belong_together() -> None:
    """A window that goes does not take the place of one that stays and changes."""
    changed = evolve(LATER, weight=Decimal("0.5"))
    assert changes(roster_of(FIRST, LATER), roster_of(changed)) == (
        MembershipChange(LATER, changed),
        MembershipChange(FIRST, None),
    )


def test_entry_of_a_change_is_the_latest_there_is() -> None:
    """As it is now, or as it was last."""
    assert MembershipChange(FIRST, LATER).entry is LATER
    assert MembershipChange(FIRST, None).entry is FIRST
    with pytest.raises(ValueError, match="without any"):
        _ = MembershipChange(None, None).entry


def test_renamed_entry_is_one_change() -> None:
    """The old login is an alias of the new one, team and window are the same; the other team's entry is no part."""
    old = roster_of(Membership("A", "alice"), Membership("B", "alice", Decimal(0)))
    new = roster_of(Membership("A", "alicia", aliases=("Alice",)), Membership("B", "carol"))
    (renamed, gone, come) = sorted(membership_changes(difference(old, new)), key=lambda change: change.entry.team)
    assert (renamed.before, renamed.after) == (old.memberships[0], new.memberships[0])
    assert {(gone.before, gone.after), (come.before, come.after)} == {
        (old.memberships[1], None),
        (None, new.memberships[1]),
    }
