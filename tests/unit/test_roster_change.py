"""What differs between two rosters, and whose pull requests that touches (R7, R13)."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.roster_change import AffectedAuthors, changes_everyone, difference
from tests.strategies import over_allocated_rosters, policies, pull_request_lists, rosters
from tests.unit.examples import policy_of, roster_of

HALF = Decimal("0.5")
any_rosters = rosters() | over_allocated_rosters()


@settings(max_examples=100)
@given(any_rosters, any_rosters, policies(), pull_request_lists(max_size=12))
def test_only_affected_authors_need_attributing_again(
    old: Roster, new: Roster, policy: AttributionPolicy, pull_requests: list[PullRequest]
) -> None:
    """Attributing theirs again gives the same as attributing everything again, after any change of roster."""
    assert _again_where_affected(old, new, policy, pull_requests) == _attributed(new, policy, pull_requests)


@settings(max_examples=60)
@given(st.data(), any_rosters, policies(), pull_request_lists(max_size=12))
def test_only_affected_authors_need_attributing_again_after_a_small_change(
    data: st.DataObject, old: Roster, policy: AttributionPolicy, pull_requests: list[PullRequest]
) -> None:
    """The same where entries went, lost their aliases, or lost their numeric id: there most authors stay untouched."""
    kinds = data.draw(
        st.lists(st.sampled_from("kkkkgai"), min_size=len(old.memberships), max_size=len(old.memberships))
    )
    entries = []
    for kind, entry in zip(kinds, old.memberships, strict=True):
        changed = {"k": entry, "a": evolve(entry, aliases=()), "i": evolve(entry, github_id=None)}
        if kind in changed:
            entries.append(changed[kind])
    try:
        new = Roster(old.teams, tuple(entries), OverAllocation.ALLOW)
    except InvalidRosterError:
        reject()
    assert _again_where_affected(old, new, policy, pull_requests) == _attributed(new, policy, pull_requests)
    assert _again_where_affected(new, old, policy, pull_requests) == _attributed(old, policy, pull_requests)


@given(any_rosters, any_rosters)
def test_removing_and_adding_leads_from_old_to_new(old: Roster, new: Roster) -> None:
    """The old entries without the removed ones and with the added ones are the new ones; teams likewise."""
    change = difference(old, new)
    assert set(old.memberships) - set(change.removed) | set(change.added) == set(new.memberships)
    assert set(change.removed) <= set(old.memberships) - set(new.memberships)
    assert set(change.added) <= set(new.memberships) - set(old.memberships)
    assert set(old.teams) - set(change.removed_teams) | set(change.changed_teams) == set(new.teams)
    assert change.is_empty == (old == new)


@given(any_rosters)
def test_an_equal_roster_changes_nobody(roster: Roster) -> None:
    """A roster built anew from the same lists is no change."""
    anew = Roster(roster.teams[::-1], roster.memberships[::-1], roster.over_allocation)
    change = difference(roster, anew)
    assert change.is_empty
    assert change.affected_authors(roster, anew) == AffectedAuthors(frozenset(), frozenset())


def test_only_who_changed_is_affected() -> None:
    """Another weight for bob is nothing to alice."""
    alice = Membership("A", "alice", github_id=1)
    old = roster_of(alice, Membership("A", "bob", github_id=2))
    new = roster_of(alice, Membership("A", "bob", HALF, github_id=2))
    assert _affected(old, new) == AffectedAuthors(frozenset({"bob"}), frozenset({2}))


def test_all_logins_and_ids_of_a_changed_person_are_affected() -> None:
    """Their other entries did not change, but their pull requests come under any login and id."""
    stays = Membership("A", "alice", HALF, aliases=("al",), github_id=1)
    old = roster_of(stays, Membership("B", "al", HALF))
    assert _affected(old, roster_of(stays)) == AffectedAuthors(frozenset({"alice", "al"}), frozenset({1}))


def test_adding_only_is_a_change_and_so_is_removing_only() -> None:
    """A difference is empty only if nothing came and nothing went, whoever it is about."""
    one = roster_of(Membership("A", "alice"))
    two = roster_of(Membership("A", "alice"), Membership("A", "bob"))
    for old, new in ((one, two), (two, one)):
        assert not difference(old, new).is_empty
        assert _affected(old, new) == AffectedAuthors(frozenset({"bob"}), frozenset())


def test_an_alias_that_moves_affects_both_persons() -> None:
    """Who had it and who has it now, with every login and id."""
    old = roster_of(Membership("A", "alice", aliases=("al",), github_id=1), Membership("A", "bob", github_id=2))
    new = roster_of(Membership("A", "alice", github_id=1), Membership("A", "bob", aliases=("al",), github_id=2))
    assert _affected(old, new) == AffectedAuthors(frozenset({"alice", "al", "bob"}), frozenset({1, 2}))


def test_a_changed_numeric_id_affects_the_old_and_the_new_one() -> None:
    """Pull requests of both accounts may change hands."""
    old = roster_of(Membership("A", "alice", github_id=1))
    assert _affected(old, roster_of(Membership("A", "alice", github_id=2))).github_ids == {1, 2}


def test_joining_two_persons_affects_both() -> None:
    """A new entry with an alias makes one person of two whose own entries stay."""
    alice, bob = Membership("A", "alice", HALF, github_id=1), Membership("B", "bob", HALF)
    old = roster_of(alice, bob)
    new = roster_of(alice, bob, Membership("C", "alice", Decimal(0), aliases=("bob",)))
    assert _affected(old, new) == AffectedAuthors(frozenset({"alice", "bob"}), frozenset({1}))


def test_teams_described_otherwise_are_told() -> None:
    """A new key or description is a changed team and touches nobody's shares."""
    old = Roster((Team("A"), Team("B", "old"), Team("C")))
    new = Roster((Team("A", key="a"), Team("B", "new"), Team("D")))
    change = difference(old, new)
    assert change.changed_teams == (Team("A", key="a"), Team("B", "new"), Team("D"))
    assert change.removed_teams == (Team("A"), Team("B", "old"), Team("C"))
    assert not change.is_empty
    assert change.affected_authors(old, new) == AffectedAuthors(frozenset(), frozenset())


def test_another_over_allocation_is_a_change() -> None:
    """Nothing else differs."""
    change = difference(Roster(), Roster(over_allocation=OverAllocation.ALLOW))
    assert change.is_policy_changed
    assert not change.is_empty
    assert difference(Roster(), Roster()).is_empty


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (AttributionPolicy(), False),
        (AttributionPolicy(time_zone="Europe/Berlin"), False),
        (AttributionPolicy(rule=AttributionRule.MERGED), True),
        (policy_of("ci-*"), True),
    ],
)
def test_another_rule_or_other_bots_change_everyone(new: AttributionPolicy, expected: bool) -> None:
    """Another zone moves no share (R7, R10)."""
    assert changes_everyone(AttributionPolicy(), new) is expected
    assert changes_everyone(new, AttributionPolicy()) is expected


@given(rosters(), policies(), policies(), pull_request_lists())
def test_what_changes_not_everyone_changes_no_one(
    roster: Roster, old: AttributionPolicy, new: AttributionPolicy, pull_requests: list[PullRequest]
) -> None:
    """Where no attributing again is asked for, none is needed."""
    is_same = _attributed(roster, old, pull_requests) == _attributed(roster, new, pull_requests)
    assert is_same or changes_everyone(old, new)


def _attributed(roster: Roster, policy: AttributionPolicy, pull_requests: list[PullRequest]) -> list[Attribution]:
    return list(map(Attributor(roster, policy).attribute, pull_requests))


def _again_where_affected(
    old: Roster, new: Roster, policy: AttributionPolicy, pull_requests: list[PullRequest]
) -> list[Attribution]:
    affected = _affected(old, new)
    before, after = Attributor(old, policy), Attributor(new, policy)
    return [
        (after if _is_affected(pull_request, affected) else before).attribute(pull_request)
        for pull_request in pull_requests
    ]


def _is_affected(pull_request: PullRequest, affected: AffectedAuthors) -> bool:
    author = pull_request.author
    return author is not None and (author.login_key in affected.login_keys or author.id in affected.github_ids)


def _affected(old: Roster, new: Roster) -> AffectedAuthors:
    return difference(old, new).affected_authors(old, new)
