"""A roster that is said to be in force: taken for the stored one where that says the same, and of no account else."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import put_roster
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at

HALF = Membership(
    "Apps", "alice", Decimal("0.5"), at("2024-01-01"), at("2024-07-01"), aliases=("alice-old", "al"), github_id=7
)
ROSTER = Roster((Team("Apps", "applications", "apps"), Team("Core")), (HALF, Membership("Core", "bob")))


def with_member(**changes: Any) -> Roster:
    """Return the roster with another first entry."""
    return evolve(ROSTER, memberships=(evolve(HALF, **changes), Membership("Core", "bob")))


def with_team(**changes: Any) -> Roster:
    """Return the roster with another first team."""
    return evolve(ROSTER, teams=(evolve(ROSTER.teams[0], **changes), Team("Core")))


OTHERS = {
    "weight": with_member(weight=Decimal("0.500001")),
    "joined": with_member(joined_at=at("2024-01-02")),
    "left": with_member(left_at=None),
    "aliases": with_member(aliases=("alice-old",)),
    "order of aliases": with_member(aliases=("al", "alice-old")),
    "number": with_member(github_id=8),
    "case": with_member(login="Alice"),
    "team": with_member(team="Core"),
    "description": with_team(description=""),
    "key": with_team(key="app"),
    "one less": evolve(ROSTER, memberships=(HALF,)),
    "one more": evolve(ROSTER, memberships=(*ROSTER.memberships, Membership("Core", "carol"))),
    "over-allocation": evolve(ROSTER, over_allocation=OverAllocation.ALLOW),
    "nobody": Roster(),
}


def test_roster_that_says_the_same_is_not_made_anew(fresh_database: Secret) -> None:
    """It is the given one itself; whoever syncs says which one to expect."""
    with open_database(fresh_database, pool_size=1) as database:
        put_roster(postgres_store(database), ROSTER)
        again = evolve(ROSTER)
        told, untold = PostgresRosterRepository(database), PostgresRosterRepository(database)
        told.expect(again)
        assert told.in_force().roster is again
        assert untold.in_force().roster == ROSTER
        synced = PostgresRosterRepository(database)
        SyncRoster(synced, MemoryClock(at("2024-06-02")), MemoryTelemetry())(again, WantedPolicy(), "tests")
        assert synced.in_force().roster is again


@pytest.mark.parametrize("expected", OTHERS.values(), ids=OTHERS.keys())
def test_roster_that_says_something_else_is_of_no_account(fresh_database: Secret, expected: Roster) -> None:
    """What is stored is returned, whatever the difference is."""
    with open_database(fresh_database, pool_size=1) as database:
        put_roster(postgres_store(database), ROSTER)
        rosters = PostgresRosterRepository(database)
        rosters.expect(expected)
        found = rosters.in_force()
        assert found.version == 1
        assert found.roster == ROSTER
        assert [entry.aliases for entry in found.roster.memberships] == [("alice-old", "al"), ()]
