"""A roster as a whole: who is whom, and what it refuses (R2, R5)."""

from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import OverAllocation, Roster
from tests.strategies import LOGINS, instants, over_allocated_rosters, rosters, spellings
from tests.unit.examples import MICROSECOND, at, roster_of

FEBRUARY = at("2024-02-01")
MARCH = at("2024-03-01")


@given(st.data(), rosters() | over_allocated_rosters())
def test_order_is_of_no_account(data: st.DataObject, roster: Roster) -> None:
    """The same teams and memberships in another order are the same roster."""
    shuffled = Roster(
        tuple(data.draw(st.permutations(roster.teams))),
        tuple(data.draw(st.permutations(roster.memberships))),
        roster.over_allocation,
    )
    assert shuffled == roster
    assert [person.login_keys for person in shuffled.people] == [person.login_keys for person in roster.people]


@given(rosters() | over_allocated_rosters())
def test_every_membership_is_one_persons(roster: Roster) -> None:
    """The people have all entries between them, none twice, and no login in common."""
    held = [entry for person in roster.people for entry in person.memberships]
    assert sorted(map(repr, held)) == sorted(map(repr, roster.memberships))
    logins = [login for person in roster.people for login in person.login_keys]
    assert len(logins) == len(set(logins))


@given(st.sampled_from(LOGINS).flatmap(spellings), rosters())
def test_a_person_is_found_by_every_login(login: str, roster: Roster) -> None:
    """By any username or alias, in any letter case; by no other (R2)."""
    stands_on_roster = any(login.lower() in entry.login_keys for entry in roster.memberships)
    person = roster.person_of(Author(login))
    assert roster.has_login(login) == stands_on_roster
    assert (person is not None) == stands_on_roster
    assert person is None or login.lower() in person.login_keys


@given(rosters() | over_allocated_rosters(), instants())
def test_segments_are_the_whole_of_time(roster: Roster, instant: datetime) -> None:
    """A person's segments abut from ever to ever, and the one at an instant holds what holds then."""
    for person in roster.people:
        assert [part.ends_at for part in person.segments] == [*(part.starts_at for part in person.segments[1:]), None]
        assert person.segments[0].starts_at is None
        held = tuple(entry for entry in person.memberships if entry.holds_at(instant))
        assert person.segment_at(instant).memberships == held


@given(rosters(), st.lists(instants(), min_size=2, max_size=2, unique=True).map(sorted))
def test_segments_between_two_instants_are_those_with_a_part_there(roster: Roster, stretch: list[datetime]) -> None:
    """The first one holds the beginning and the last one the microsecond before the end; all between are there."""
    starts_at, ends_at = stretch
    for person in roster.people:
        places = [person.segments.index(person.segment_at(edge)) for edge in (starts_at, ends_at - MICROSECOND)]
        found = tuple(person.segments_between(starts_at, ends_at))
        assert found == person.segments[places[0] : places[1] + 1]


def test_the_numeric_id_decides_before_the_login() -> None:
    """Whoever carries the id is that person under any name, even under another one's (R2)."""
    roster = roster_of(Membership("A", "alice", github_id=1), Membership("B", "bob", github_id=2))
    assert _teams(roster, Author("alice-renamed", 1)) == ["A"]
    assert _teams(roster, Author("bob", 1)) == ["A"]


def test_a_freed_login_is_somebody_else() -> None:
    """A login that came back with another numeric id is nobody on the roster (R2)."""
    roster = roster_of(Membership("A", "alice", github_id=1))
    assert _teams(roster, Author("alice", 9)) is None
    assert _teams(roster, Author("alice")) == ["A"]


def test_a_login_decides_where_either_side_has_no_id() -> None:
    """Without a numeric id on the roster or with the fact, the login is all there is (R2)."""
    roster = roster_of(Membership("A", "alice"), Membership("B", "bob", github_id=2))
    assert _teams(roster, Author("ALICE", 7)) == ["A"]
    assert _teams(roster, Author("Bob")) == ["B"]
    assert _teams(roster, Author("carol", 7)) is None


def test_an_overlap_in_one_team_is_refused() -> None:
    """The refusal names login, team and the first instant at which both hold (R5)."""
    with pytest.raises(InvalidRosterError) as refusal:
        roster_of(
            Membership("Core", "alice", Decimal("0.1"), left_at=FEBRUARY + MICROSECOND),
            Membership("Core", "ALICE", Decimal("0.1"), joined_at=FEBRUARY),
            over_allocation=OverAllocation.ALLOW,
        )
    (fault,) = refusal.value.faults
    assert "'alice'" in fault.lower()
    assert "'Core'" in fault
    assert "2024-02-01 00:00:00+00:00" in fault


def test_an_overlap_begins_where_the_later_window_does() -> None:
    """Not where the first one begins, when nothing is wrong yet (R5)."""
    early, late = Membership("Core", "alice", joined_at=FEBRUARY), Membership("Core", "alice", joined_at=MARCH)
    with pytest.raises(InvalidRosterError, match="twice at 2024-03-01"):
        roster_of(early, late)


def test_a_login_of_two_persons_is_refused() -> None:
    """Grouping's faults are the roster's (R2)."""
    with pytest.raises(InvalidRosterError, match="'al' is an alias of two persons, alice and bob"):
        roster_of(Membership("A", "alice", aliases=("al",)), Membership("B", "bob", aliases=("al",)))


def test_aliases_do_not_hide_an_overlap() -> None:
    """Two logins of one person cannot be in one team twice at once (R2, R5)."""
    with pytest.raises(InvalidRosterError, match="overlap"):
        roster_of(Membership("Core", "alice", Decimal(0), aliases=("al",)), Membership("Core", "AL", Decimal(0)))


def test_windows_that_abut_are_allowed() -> None:
    """One ends where the other begins, in one team and with full weight (R1, R5)."""
    roster = roster_of(Membership("Core", "alice", left_at=FEBRUARY), Membership("Core", "alice", joined_at=FEBRUARY))
    assert [len(segment.memberships) for segment in roster.people[0].segments] == [1, 1]


def test_over_allocation_is_refused_with_login_teams_and_instant() -> None:
    """The refusal says who is where with how much from when on, and by how much it is too much (R5)."""
    memberships = (
        Membership("Core", "alice", Decimal("0.7"), left_at=MARCH),
        Membership("Data", "Alice", Decimal("0.300001"), joined_at=FEBRUARY),
    )
    with pytest.raises(InvalidRosterError) as refusal:
        roster_of(*memberships)
    (fault,) = refusal.value.faults
    for part in ("'alice'", "Core 0.7", "Data 0.300001", "1.000001", "2024-02-01 00:00:00+00:00"):
        assert part in fault
    allowed = roster_of(*memberships, over_allocation=OverAllocation.ALLOW)
    assert allowed.people[0].segment_at(FEBRUARY).allocated == Decimal("1.000001")
    assert allowed.people[0].segment_at(FEBRUARY).rest == 0


def test_over_allocation_across_aliases_is_refused() -> None:
    """The weights of all logins of one person count together (R2, R5)."""
    with pytest.raises(InvalidRosterError, match="more than 1"):
        roster_of(Membership("Core", "alice", aliases=("al",)), Membership("Data", "al", Decimal("0.000001")))


def test_weights_that_follow_each_other_do_not_add_up() -> None:
    """Full weight until an instant and full weight from it on is at no instant more than 1 (R5)."""
    roster = roster_of(Membership("A", "alice", left_at=FEBRUARY), Membership("B", "alice", joined_at=FEBRUARY))
    assert [segment.allocated for segment in roster.people[0].segments] == [1, 1]


@given(over_allocated_rosters())
def test_refusing_over_allocation_is_refusing_an_instant_above_one(roster: Roster) -> None:
    """A roster that may not over-allocate is accepted exactly if no window begins into too much (R5)."""
    edges = {entry.joined_at for entry in roster.memberships} - {None}
    instants_to_try = [at("0001-01-01"), *(edge for edge in edges if edge is not None)]
    is_above = any(
        sum(entry.weight for entry in person.memberships if entry.holds_at(instant)) > 1
        for person in roster.people
        for instant in instants_to_try
    )
    if is_above:
        with pytest.raises(InvalidRosterError, match="more than 1"):
            evolve(roster, over_allocation=OverAllocation.REFUSE)
    else:
        assert evolve(roster, over_allocation=OverAllocation.REFUSE).memberships == roster.memberships


@given(st.data(), rosters())
def test_the_same_window_twice_is_refused(data: st.DataObject, roster: Roster) -> None:
    """Listing any membership a second time is an overlap, whoever's it is (R5)."""
    assume(roster.memberships)
    again = data.draw(st.sampled_from(roster.memberships))
    with pytest.raises(InvalidRosterError, match="overlap"):
        Roster(roster.teams, (*roster.memberships, evolve(again, login=again.login.swapcase())), roster.over_allocation)


def test_teams_that_differ_in_letter_case_are_refused() -> None:
    """Core and CORE would be one team to a reader."""
    with pytest.raises(InvalidRosterError) as refusal:
        Roster((Team("Core"), Team("CORE"), Team("Data")))
    (fault,) = refusal.value.faults
    assert "CORE, Core" in fault


def test_a_shared_team_key_is_refused() -> None:
    """A key keeps one team's history together, so two teams cannot share it."""
    with pytest.raises(InvalidRosterError, match="'core' is shared by A, B"):
        Roster((Team("B", key="core"), Team("A", key="core"), Team("C", key="c"), Team("D"), Team("E")))


def test_a_membership_in_no_listed_team_is_refused() -> None:
    """A misspelt team would swallow shares."""
    with pytest.raises(InvalidRosterError, match="'Cor', which is not listed"):
        Roster((Team("Core"),), (Membership("Cor", "alice"),))


def test_every_fault_is_listed() -> None:
    """One refusal tells all that is wrong, so that a file is corrected once."""
    memberships = (Membership("A", "alice"), Membership("B", "alice"), Membership("A", "bob"), Membership("A", "bob"))
    with pytest.raises(InvalidRosterError) as refusal:
        Roster((Team("A"), Team("B"), Team("b")), memberships)
    assert [fault.split()[0] for fault in refusal.value.faults].count("team") == 1
    assert sum("'alice'" in fault for fault in refusal.value.faults) == 1
    assert sum("'bob'" in fault for fault in refusal.value.faults) == 2
    assert str(refusal.value) == "; ".join(refusal.value.faults)


def _teams(roster: Roster, author: Author) -> list[str] | None:
    person = roster.person_of(author)
    return None if person is None else [entry.team for entry in person.memberships]
