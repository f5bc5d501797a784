"""What every store holds after edits of its roster."""

from collections.abc import Iterable
from contextlib import suppress

from attrs import evolve

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.application.edit_roster import EditRoster
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_edit import RosterEdit, RosterEditError
from tests.contracts.store import GADGETS, WIDGETS, Store, contents_of, put_facts, put_roster
from tests.unit.examples import at


def assert_edits_end_where_the_last_roster_leads(
    stores: tuple[Store, Store],
    roster: Roster,
    policy: AttributionPolicy,
    facts: list[PullRequest],
    edits: Iterable[RosterEdit],
) -> None:
    """Edits of the first store, one by one, leave what the second one holds that gets the last roster at once."""
    edited, fresh = stores
    _fill(edited, roster, policy, facts)
    edit_roster = EditRoster(edited.rosters, edited.attributions, MemoryClock(at("2024-06-02")), MemoryTelemetry())
    for edit in edits:
        with suppress(RosterEditError, InvalidRosterError):
            edit_roster(edit, "tests")
    _fill(fresh, edited.rosters.in_force().roster, policy, facts)
    left, wanted = contents_of(edited), contents_of(fresh)
    in_force = evolve(left.in_force, version=wanted.in_force.version)
    assert evolve(left, history=wanted.history, in_force=in_force) == wanted


def _fill(store: Store, roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]) -> None:
    put_roster(store, roster, policy)
    for repository in (WIDGETS, GADGETS):
        put_facts(store, *(fact for fact in facts if fact.repository_id == repository.id), repository=repository)
