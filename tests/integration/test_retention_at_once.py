"""Pruning, collecting and roster changes at once on one PostgreSQL: whoever comes first, the state is the same.

As in test_store_at_once, a second connection plays the part of whoever came first.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from attrs import evolve
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import retention
from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from github_tracker.ports.retention import RepositoryLoss
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import WIDGETS, Store, facts_of, page_of, put_facts, put_roster, stream_of
from tests.integration.postgres_store import postgres_store
from tests.integration.waiting import wait_for
from tests.unit.examples import at, merged, opened, roster_of

FLOOR = at("2024-03-01")
ALICE = Author("alice")
OLD = tuple(merged(ALICE, at("2024-01-01"), at("2024-01-02"), number) for number in range(1, 8))
NEW = tuple(merged(ALICE, at("2024-01-01"), at("2024-04-02"), number) for number in range(11, 14))
PATIENCE_SECONDS = 60.0


@pytest.fixture
def store(database: Database, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with old and new pull requests, of which a batch removes two."""
    monkeypatch.setattr(retention, "_FACTS_AT_A_TIME", 2)
    made = postgres_store(database)
    put_roster(made, roster_of(Membership("Platform", "alice")))
    put_facts(made, *OLD, *NEW)
    return made


@pytest.fixture
def other(fresh_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Whoever came first: a connection in the middle of a transaction."""
    with psycopg.connect(fresh_database.reveal()) as connection:
        yield connection


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Those who come second."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


def assert_sound(store: Store) -> None:
    """Every fact has its share, and no share is left of what is gone."""
    assert all(found.shares or found.rest for found in stream_of(store))
    with closing(store.inspector.findings()) as findings:
        assert list(findings) == []


def test_several_batches_remove_everything(store: Store) -> None:
    """The last of them is not full, or is, and what was removed adds up."""
    assert store.retention.prune(FLOOR) == (RepositoryLoss(WIDGETS, 7, 7, 0),)
    assert facts_of(store) == NEW
    put_facts(store, *NEW)
    assert store.retention.prune(at("2024-05-01")) == (RepositoryLoss(WIDGETS, 3, 3, 0),)
    assert facts_of(store) == ()


def test_page_that_meets_the_floor_brings_nothing_old(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """It looked before the floor was raised, waits for it, and looks again."""
    more = merged(ALICE, at("2024-01-01"), at("2024-01-02"), number=20)
    page = page_of(store, *(evolve(fact, title="new") for fact in OLD), more)
    other.execute("UPDATE settings SET retention_floor = %s", [FLOOR])
    stored = threads.submit(store.metrics.store_page, page)
    wait_for(1, fresh_database)
    other.commit()
    assert stored.result(PATIENCE_SECONDS).facts_dropped == 8
    assert facts_of(store) == NEW
    assert_sound(store)
    assert store.retention.prune(FLOOR) == ()


def test_pruning_that_meets_a_page_removes_what_it_brought(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """The floor waits till the page is stored, and comes before the first look."""
    other.execute("SELECT FROM settings FOR SHARE")
    other.execute(
        "INSERT INTO pull_requests SELECT (jsonb_populate_record(pull_requests, '{\"number\": 20}')).*"
        " FROM pull_requests WHERE number = 1"
    )
    other.execute(
        "INSERT INTO pr_unattributed (repository_id, number, reason, weight) VALUES (1, 20, 'unknown_login', 1)"
    )
    pruned = threads.submit(store.retention.prune, FLOOR)
    wait_for(1, fresh_database)
    other.commit()
    assert pruned.result(PATIENCE_SECONDS) == (RepositoryLoss(WIDGETS, 8, 7, 1),)
    assert facts_of(store) == NEW
    assert_sound(store)


def test_one_that_is_reopened_while_it_is_pruned_stays(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """Its batch found it, waits for the page, and looks again."""
    store.retention.reset(FLOOR)
    other.execute("SELECT FROM settings FOR SHARE")
    other.execute("UPDATE pull_requests SET state = 'open', merged_at = NULL WHERE number = 2")
    other.execute("UPDATE pr_metrics SET state = 'open', merged_at = NULL WHERE pr_number = 2")
    pruned = threads.submit(store.retention.prune, FLOOR)
    wait_for(1, fresh_database)
    other.commit()
    assert pruned.result(PATIENCE_SECONDS) == (RepositoryLoss(WIDGETS, 6, 6, 0),)
    assert facts_of(store) == (opened(ALICE, at("2024-01-01"), number=2), *NEW)
    assert_sound(store)


def test_floor_that_is_taken_back_meanwhile_ends_the_pruning(
    store: Store, other: Connection[TupleRow], threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """What has not been removed yet is kept."""
    store.retention.reset(FLOOR)
    other.execute("UPDATE settings SET retention_floor = NULL")
    pruned = threads.submit(store.retention.prune, FLOOR)
    wait_for(1, fresh_database)
    other.commit()
    assert pruned.result(PATIENCE_SECONDS) == ()
    assert facts_of(store) == (*OLD, *NEW)
    assert store.retention.floor() is None


def test_roster_change_and_pruning_at_once_take_turns(store: Store, threads: ThreadPoolExecutor) -> None:
    """Neither fails for the other, and every share follows the new roster."""
    changed = threads.submit(put_roster, store, roster_of(Membership("Core", "alice")))
    pruned = threads.submit(store.retention.prune, FLOOR)
    assert changed.result(PATIENCE_SECONDS).is_new_version
    assert pruned.result(PATIENCE_SECONDS) == (RepositoryLoss(WIDGETS, 7, 7, 0),)
    assert {share.team for found in stream_of(store) for share in found.shares} == {"Core"}
    assert facts_of(store) == NEW
    assert_sound(store)
