"""Edits of a roster: laws that hold for every roster and every edit."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.application.edit_roster import EditRoster
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_edit import Join, Leave, Rename, Reweigh, RosterEdit, RosterEditError
from tests.contracts.edits import assert_edits_end_where_the_last_roster_leads
from tests.contracts.memory import memory_store
from tests.contracts.store import contents_of, put_roster
from tests.strategies import (
    LOGINS,
    instants,
    over_allocated_rosters,
    policies,
    pull_request_lists,
    roster_edits,
    rosters,
    weights,
)
from tests.unit.examples import MICROSECOND, at

any_rosters = rosters() | over_allocated_rosters()
ROSTERS_OF_ONE = st.builds(
    lambda edges, weight: Roster((Team("A"),), (Membership("A", "alice", weight, edges[0], edges[2]),)),
    st.lists(instants(), min_size=3, max_size=3, unique=True).map(sorted),
    weights(),
)


def outcome_of(edit: RosterEdit, roster: Roster) -> Roster | None:
    """Return the edited roster, or None where the edit is refused."""
    try:
        return edit(roster)
    except (RosterEditError, InvalidRosterError):
        return None


def weights_at(roster: Roster, login: str, instant: datetime) -> dict[str, Decimal]:
    """Return the person's weight in each team at the instant, by team names without case."""
    person = roster.person_of(Author(login))
    held = () if person is None else person.segment_at(instant).memberships
    return {entry.team.casefold(): entry.weight for entry in held}


def moments_of(*rosters: Roster) -> Iterator[datetime]:
    """Yield an instant in each stretch of time in which nothing changes, and those just beside the changes."""
    yield at("1990-01-01")
    for edge in {
        edge for roster in rosters for entry in roster.memberships for edge in (entry.joined_at, entry.left_at)
    }:
        if edge is not None:
            yield from (edge - MICROSECOND, edge, edge + MICROSECOND)


def expected_at(edit: RosterEdit, before: dict[str, Decimal], after: dict[str, Decimal], instant: datetime) -> bool:
    """Whether what a person is in at one instant has changed as the edit says, and in nothing else."""
    match edit:
        case Join():
            window = Membership("A", "a", edit.weight, edit.joined_at, edit.left_at)
            return after == {**before, **({edit.team.casefold(): edit.weight} if window.holds_at(instant) else {})}
        case Leave() if instant >= edit.left_at:
            team = edit.team.casefold()
            rest = {name: weight for name, weight in before.items() if name != team}
            return after == rest or (after == before and instant != edit.left_at)
        case Reweigh() if instant >= edit.at:
            weighed = {**before, edit.team.casefold(): edit.weight}
            return after == weighed or (after == before and instant != edit.at)
        case _:
            return after == before


@settings(max_examples=400)
@given(any_rosters, roster_edits())
def test_edit_changes_what_it_says_and_nothing_else(roster: Roster, edit: RosterEdit) -> None:
    """At every instant, for the person and for everybody else (R1)."""
    edited = outcome_of(edit, roster)
    if edited is None:
        return
    for instant in moments_of(roster, edited):
        for login in (*LOGINS, "newcomer"):
            after = weights_at(edited, login, instant)
            if isinstance(edit, Rename):
                is_new = login.lower() == edit.new.lower()
                assert after == weights_at(roster, edit.old if is_new else login, instant), (login, instant)
            elif isinstance(edit, Join | Leave | Reweigh) and _is_one(roster, edit.login, login):
                assert expected_at(edit, weights_at(roster, login, instant), after, instant), (login, instant)
            else:
                assert after == weights_at(roster, login, instant), (login, instant)


def _is_one(roster: Roster, one: str, other: str) -> bool:
    person = roster.person_of(Author(one))
    return one.lower() == other.lower() or (person is not None and other.lower() in person.login_keys)


@settings(max_examples=300)
@given(any_rosters, roster_edits())
def test_edit_made_twice_is_made_once(roster: Roster, edit: RosterEdit) -> None:
    """So an edit whose answer was lost can be made again."""
    edited = outcome_of(edit, roster)
    if edited is not None and not (isinstance(edit, Leave) and _is_taken_back(edit, roster)):
        assert edit(edited) == edited


def _is_taken_back(edit: Leave, roster: Roster) -> bool:
    """Whether the stay ended as it began: then there is nothing left that could be ended again."""
    return any(entry.joined_at == edit.left_at for entry in roster.memberships)


@given(any_rosters, roster_edits())
def test_no_edit_yields_a_roster_that_is_refused(roster: Roster, edit: RosterEdit) -> None:
    """What comes out passes the checks of a roster that is made anew of its parts (R2, R5)."""
    edited = outcome_of(edit, roster)
    if edited is not None:
        assert Roster(edited.teams, edited.memberships, edited.over_allocation) == edited


@settings(max_examples=300)
@given(any_rosters, st.sampled_from(LOGINS))
def test_everybody_can_be_renamed_to_a_new_login(roster: Roster, old: str) -> None:
    """However their entries know each other; the one person then answers to all logins (R2)."""
    person = roster.person_of(Author(old))
    if person is None or old.lower() not in {entry.login.lower() for entry in person.memberships}:
        return
    renamed = Rename(old, "newcomer")(roster).person_of(Author("newcomer"))
    assert renamed is not None
    assert renamed.login_keys == person.login_keys | {"newcomer"}
    assert (renamed.github_id, len(renamed.memberships)) == (person.github_id, len(person.memberships))
    assert old.lower() not in {entry.login.lower() for entry in renamed.memberships}


@given(ROSTERS_OF_ONE, instants(), weights())
def test_weight_that_is_taken_back_leaves_the_window_whole(roster: Roster, instant: datetime, weight: Decimal) -> None:
    """The opposite edit restores the roster."""
    (entry,) = roster.memberships
    if entry.holds_at(instant):
        edited = Reweigh("A", "alice", weight, instant)(roster)
        assert Reweigh("A", "alice", entry.weight, instant)(edited) == roster


@given(any_rosters, instants(), weights())
def test_joining_that_is_taken_back_leaves_the_roster_as_it_was(
    roster: Roster, instant: datetime, weight: Decimal
) -> None:
    """Leaving at the very instant of joining is the opposite of it."""
    team = roster.teams[0].name
    joined = Join(team, "newcomer", weight, instant)(roster)
    assert joined != roster
    assert Leave(team, "newcomer", instant)(joined) == roster


@given(instants(), st.lists(weights(), min_size=2, max_size=2), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_joining_leaving_and_joining_are_two_windows(start: datetime, weights: list[Decimal], steps: list[int]) -> None:
    """With a gap between them or without one, of one weight or two."""
    roster = Join("A", "alice", weights[0], start, makes_team=True)(Roster())
    left_at = start + steps[0] * MICROSECOND
    rejoined_at = left_at + (steps[1] - 1) * MICROSECOND
    roster = Join("A", "alice", weights[1], rejoined_at)(Leave("A", "alice", left_at)(roster))
    assert roster.memberships == (
        Membership("A", "alice", weights[0], start, left_at),
        Membership("A", "alice", weights[1], rejoined_at),
    )
    with pytest.raises(InvalidRosterError, match="login 'alice' is in team 'A' twice at "):
        Join("A", "alice", Decimal(0), rejoined_at + steps[2] * MICROSECOND)(roster)


@settings(max_examples=100)
@given(any_rosters, policies(), pull_request_lists(), st.lists(roster_edits(), max_size=8))
def test_edits_end_where_the_last_roster_leads(
    roster: Roster, policy: AttributionPolicy, facts: list[PullRequest], edits: list[RosterEdit]
) -> None:
    """Step by step or at once, the stored shares are the same."""
    assert_edits_end_where_the_last_roster_leads((memory_store(), memory_store()), roster, policy, facts, edits)


@given(any_rosters, roster_edits())
def test_refused_and_tried_edits_write_nothing(roster: Roster, edit: RosterEdit) -> None:
    """The dry run refuses what the real one refuses."""
    store = memory_store()
    put_roster(store, roster)
    before = contents_of(store)
    edit_roster = EditRoster(store.rosters, store.attributions, MemoryClock(at("2024-06-02")), MemoryTelemetry())
    if outcome_of(edit, roster) is None:
        for make in (edit_roster.preview, lambda edit: edit_roster(edit, "tests")):
            with pytest.raises((RosterEditError, InvalidRosterError)):
                make(edit)
        assert contents_of(store) == before
    else:
        tried = edit_roster.preview(edit)
        assert contents_of(store) == before
        done = edit_roster(edit, "tests")
        assert evolve(done, result=None) == tried
        assert tried.is_nothing_to_do == (store.rosters.in_force().version == before.in_force.version)
