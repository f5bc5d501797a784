"""Several at once on one PostgreSQL: pages, roster changes and renames that meet in the middle.

A second connection plays the part of whoever came first: it holds what the other has locked, and lets go when the one
under test waits for it.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

import psycopg
import pytest
from attrs import evolve
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.system import SystemClock
from github_tracker.application.edit_roster import edited
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.roster_edit import Join
from github_tracker.ports.errors import RosterChangedError, StateChangedError, StorageError
from github_tracker.ports.metrics_repository import PageStored
from github_tracker.ports.roster_repository import RosterUpdate
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import WIDGETS, Store, contents_of, facts_of, page_of, put_facts, put_roster, shares_of
from tests.integration.postgres_store import postgres_store
from tests.integration.waiting import wait_for
from tests.unit.examples import at, merged, roster_of

ROSTER = roster_of(Membership("Platform", "alice"))
FACT = merged(Author("alice"), at("2024-01-01"), at("2024-01-02"))

SECOND_FACT = """
INSERT INTO pull_requests
SELECT (jsonb_populate_record(pull_requests, '{"number": 2}')).*
FROM pull_requests
"""
SECOND_SHARE = """
INSERT INTO pr_metrics (
    team_id, repository_id, repository, pr_number, author, created_at, merged_at, state, weight, rule, is_bot
)
SELECT team_id, repository_id, repository, 2, author, created_at, merged_at, state, weight, rule, is_bot
FROM pr_metrics
"""

NEW_ENDS = {2: "2024-01-31", 3: "2024-02-02"}

_PATIENCE_SECONDS = 20.0


@pytest.fixture
def store(database: Database) -> Store:
    """A store with a roster and one stored pull request."""
    made = postgres_store(database)
    put_roster(made, ROSTER)
    put_facts(made, FACT)
    return made


@pytest.fixture
def other(fresh_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Whoever came first: a connection in the middle of a transaction."""
    with psycopg.connect(fresh_database.reveal()) as connection:
        yield connection


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Those who come second."""
    with ThreadPoolExecutor(3) as executor:
        yield executor


def outcome_of(future: Future[PageStored]) -> object:
    """Return what came of it: a result or the kind of the refusal."""
    error = future.exception(_PATIENCE_SECONDS)
    return future.result() if error is None else type(error)


def test_page_that_meets_a_roster_change_is_refused(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It waits until the roster is in force, and sees that its shares are those of the former one."""
    page = page_of(store, merged(Author("bob"), at("2024-01-01"), at("2024-01-02"), number=2))
    before = contents_of(store)
    other.execute("UPDATE settings SET roster_version = roster_version + 1")
    stored = threads.submit(store.metrics.store_page, page)
    wait_for(1, fresh_database)
    other.commit()
    assert outcome_of(stored) is RosterChangedError
    assert contents_of(store).facts == before.facts


def test_roster_change_that_meets_a_page_covers_its_facts(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It waits until the page is stored; no fact escapes the new rule."""
    other.execute("SELECT FROM settings FOR SHARE")
    other.execute(SECOND_FACT)
    changed = threads.submit(put_roster, store, ROSTER, AttributionPolicy(AttributionRule.MERGED))
    wait_for(1, fresh_database)
    other.commit()
    assert changed.result(_PATIENCE_SECONDS).facts_examined == 2
    assert [line.number for line in shares_of(store)] == [1, 2]


def test_of_runs_that_store_the_same_page_at_once_one_gets_through(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """All looked before any of them wrote; those who come second are told that they were overtaken."""
    page = page_of(store, merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), number=2))
    other.execute("SELECT FROM collection_state FOR UPDATE")
    stored = [threads.submit(store.metrics.store_page, page) for _ in range(3)]
    wait_for(3, fresh_database)
    other.commit()
    outcomes = sorted(map(outcome_of, stored), key=str)
    assert outcomes == [StateChangedError, StateChangedError, PageStored(2, 1, 1)]
    assert len(facts_of(store)) == 2


def test_page_that_meets_a_retention_keeps_what_is_after_its_floor(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It looked before the floor was there, waits until it is, and stores nothing of what ended before it."""
    early, late = (merged(Author("alice"), at("2024-01-01"), at(end), number) for number, end in NEW_ENDS.items())
    other.execute("UPDATE settings SET retention_floor = '2024-02-01Z'")
    stored = threads.submit(store.metrics.store_page, page_of(store, early, late))
    wait_for(1, fresh_database)
    other.commit()
    assert outcome_of(stored) == PageStored(2, 1, 1, facts_dropped=1)
    assert [fact.number for fact in facts_of(store)] == [1, late.number]


def test_page_with_something_of_another_repository_is_refused(store: Store) -> None:
    """As a whole, so that nothing is stored beside its checkpoint, and nothing is lost without a word."""
    own = merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), number=2)
    page, before = page_of(store, own, evolve(own, repository_id=2, number=3)), contents_of(store)
    with pytest.raises(StorageError, match=r"of 2 pull requests .*, 1 with 1 were its own"):
        store.metrics.store_page(page)
    assert contents_of(store) == before


def test_rename_that_meets_a_page_renames_its_shares(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It waits until the page is stored, so that no share stays under the former name."""
    other.execute("SELECT FROM settings FOR SHARE")
    other.execute(SECOND_FACT)
    other.execute(SECOND_SHARE)
    renamed = threads.submit(store.collection.register, Repository(1, "Acme/Sprockets"), WIDGETS.full_name)
    wait_for(1, fresh_database)
    other.commit()
    assert renamed.result(_PATIENCE_SECONDS).repository.full_name == "Acme/Sprockets"
    assert [line.repository for line in shares_of(store)] == ["Acme/Sprockets"] * 2


def test_two_roster_changes_at_once_are_two_versions(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """Both compared with the same roster before; the second one is compared with the first one's again."""
    other.execute("SELECT FROM settings FOR UPDATE")
    rosters = [roster_of(Membership("Platform", login)) for login in ("bob", "carol", "carol")]
    changed = [threads.submit(put_roster, store, roster) for roster in rosters]
    wait_for(3, fresh_database)
    other.commit()
    results = [future.result(_PATIENCE_SECONDS) for future in changed]
    versions = {result.version for result in results if result.is_new_version}
    assert versions in ({2, 3}, {2, 3, 4})
    history = store.rosters.history()
    assert len(history) == len(versions) + 1
    assert all(one.roster != next_one.roster for one, next_one in pairwise(history))
    assert history[-1].roster == store.rosters.in_force().roster


@pytest.mark.parametrize("number", [1, 2], ids=["known fact", "new fact"])
def test_cut_connections_are_made_anew(store: Store, other: Connection[TupleRow], number: int) -> None:
    """A restart of the server or an operator's hand costs a retry, not the page."""
    page = page_of(store, merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), number))
    row = other.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchone()
    assert row is not None
    assert row[0] > 0
    assert store.metrics.store_page(page).facts_changed == number - 1


def test_change_that_meets_another_one_is_refused_if_it_expects_the_former_version(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It has looked before the other was done, waits for it, and is told under the lock."""
    update = RosterUpdate(roster_of(Membership("Apps", "bob")), AttributionPolicy(), "tests", at("2024-06-02"), 1)
    other.execute("UPDATE settings SET roster_version = roster_version + 1")
    changed = threads.submit(store.rosters.put_in_force, update)
    wait_for(1, fresh_database)
    other.commit()
    assert type(changed.exception(_PATIENCE_SECONDS)) is RosterChangedError
    assert store.rosters.in_force().roster == ROSTER


def test_edits_of_several_at_once_all_come_into_force(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """All have derived from the same version; those who come second derive again, and nothing is lost."""
    other.execute("SELECT FROM settings FOR UPDATE")
    sync = SyncRoster(store.rosters, SystemClock(), MemoryTelemetry())
    done = [
        threads.submit(sync.change, edited(Join("Platform", "bob")), "one"),
        threads.submit(sync.change, edited(Join("Platform", "carol")), "another"),
        threads.submit(sync, None, WantedPolicy(AttributionRule.MERGED), "a run without a roster file"),
    ]
    wait_for(3, fresh_database)
    other.commit()
    for future in done:
        future.result(_PATIENCE_SECONDS)
    in_force = store.rosters.in_force()
    assert in_force.roster == roster_of(*(Membership("Platform", login) for login in ("alice", "bob", "carol")))
    assert (in_force.version, in_force.policy.rule) == (4, AttributionRule.MERGED)
