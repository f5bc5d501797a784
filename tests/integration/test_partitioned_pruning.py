"""Pruning a partitioned store drops partitions, and ends as pruning a plain one row by row does."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest
from attrs import evolve
from psycopg import sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.partition_periods import PartitionWidth
from github_tracker.adapters.postgres.partitioning import partition_store
from github_tracker.ports.retention import RepositoryLoss
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import Store, page_of
from tests.integration.databases import Databases
from tests.integration.partition_checks import contents, partitions
from tests.integration.postgres_store import postgres_store
from tests.integration.rollup_checks import differences
from tests.integration.test_planted_corruption import facts, fill, verified
from tests.integration.waiting import wait_for
from tests.unit.examples import at

PATIENCE_SECONDS = 30.0
REMOVE_OPEN = """
DELETE FROM {}
WHERE (repository_id, {}) IN (
    SELECT repository_id, number FROM pull_requests WHERE state = 'open' AND created_at < '2024-04-01Z'
)
"""


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Secret:
    """A plain store from January to July 2024 in which everything but what was opened from May on has ended soon."""
    url = databases.create()
    with open_database(url, pool_size=2) as database:
        fill(postgres_store(database))
    with psycopg.connect(url.reveal()) as connection:
        for table, number in (("pr_metrics", "pr_number"), ("pr_unattributed", "number"), ("pull_requests", "number")):
            connection.execute(REMOVE_OPEN.format(table, number).encode())
    return url


@pytest.fixture
def both(databases: Databases, filled: Secret) -> Iterator[tuple[Secret, Secret]]:
    """The addresses of a plain copy and of a partitioned one."""
    plain, partitioned = databases.create_copy(filled), databases.create_copy(filled)
    partition_store(partitioned, PartitionWidth.MONTH, datetime(2024, 5, 1, tzinfo=UTC))
    yield plain, partitioned
    for url in (plain, partitioned):
        databases.give_back(url)


@pytest.fixture
def stores(both: tuple[Secret, Secret]) -> Iterator[tuple[Store, Store]]:
    """Stores on both."""
    with ExitStack() as stack:
        opened = [stack.enter_context(open_database(url, pool_size=3)) for url in both]
        yield postgres_store(opened[0]), postgres_store(opened[1])


def stored(url: Secret) -> dict[str, list[TupleRow]]:
    """Return everything but the marks, which are as many as there were transactions."""
    return {name: rows for name, rows in contents(url).items() if not name.startswith("touched_")}


@pytest.mark.parametrize("floor", ["2024-02-01", "2024-03-20", "2024-04-15", "2024-05-20"])
def test_dropping_ends_as_removing_row_by_row(
    both: tuple[Secret, Secret], stores: tuple[Store, Store], floor: str
) -> None:
    """The same counts, rows and figures, at once and after a refresh; and again with a later floor."""
    for step in (at(floor), at("2025-01-01")):
        told = [store.retention.rehearse(step) for store in stores]
        done = [store.retention.prune(step) for store in stores]
        assert told[0] == told[1]
        assert done[0] == done[1] == told[0].repositories != ()
        assert stored(both[0])["view_team_velocity"] == stored(both[1])["view_team_velocity"]
        for url in both:
            with psycopg.connect(url.reveal()) as connection:
                assert differences(connection) == []
        for store in stores:
            tuple(store.rollups.refresh())
        assert stored(both[0]) == stored(both[1])
        assert verified(stores[1]).findings == ()


def test_partition_goes_once_nothing_of_it_is_to_be_kept(
    both: tuple[Secret, Secret], stores: tuple[Store, Store]
) -> None:
    """Not while one of its pull requests is open or ended later; what is expired of it goes row by row then."""
    _, partitioned = both
    _, store = stores
    with psycopg.connect(partitioned.reveal()) as connection:
        connection.execute("UPDATE pr_metrics SET state = 'open', merged_at = NULL WHERE pr_number = 11")
        connection.execute("UPDATE pull_requests SET state = 'open', merged_at = NULL WHERE number = 11")
    store.retention.prune(at("2024-04-01"))
    left = partitions(partitioned)
    assert "pull_requests_2024_01" not in left
    assert "pull_requests_2024_02" in left
    assert [name.replace("pull_requests", "pr_metrics") for name in left] == partitions(partitioned, "pr_metrics")
    with psycopg.connect(partitioned.reveal()) as connection:
        rows = connection.execute("SELECT DISTINCT number FROM pull_requests_2024_02 WHERE number < 20").fetchall()
        assert rows == [(11,)]


def test_dropping_leaves_the_marks_of_what_went(both: tuple[Secret, Secret], stores: tuple[Store, Store]) -> None:
    """And not one of everything, after which every figure of every year would have to be computed anew."""
    _, partitioned = both
    _, store = stores
    tuple(store.rollups.refresh())
    store.retention.prune(at("2024-03-01"))
    with psycopg.connect(partitioned.reveal()) as connection:
        for table in ("touched_shares", "touched_rests"):
            found = connection.execute(
                sql.SQL("SELECT first_merged_at, last_merged_at FROM {}").format(sql.Identifier(table))
            ).fetchall()
            assert found
            assert all(first and first <= last < at("2024-03-01") for first, last in found)


@pytest.fixture
def writer(both: tuple[Secret, Secret]) -> Iterator[Secret]:
    """The address of the partitioned store for a role that may write, and owns nothing."""
    role, (_, url) = f"writer_{secrets.token_hex(8)}", both
    statements = (
        "CREATE ROLE {} LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}",
    )
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(sql.Identifier(role)))
        separator = "&" if "?" in url.reveal() else "?"
        yield Secret(f"{url.reveal()}{separator}options=-c%20role%3D{role}")
        for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(role)))


def test_who_owns_nothing_prunes_row_by_row(both: tuple[Secret, Secret], writer: Secret) -> None:
    """Only an owner may drop."""
    before = partitions(both[1])
    with open_database(writer, pool_size=2) as database:
        losses = postgres_store(database).retention.prune(at("2024-03-01"))
    assert sum(loss.facts for loss in losses) > 0
    assert partitions(both[1]) == before


def test_page_that_waits_for_the_pruning_is_stored_after_it(
    both: tuple[Secret, Secret], stores: tuple[Store, Store]
) -> None:
    """It has looked at the tables by then, and brings something old again, which is not stored."""
    _, partitioned = both
    _, store = stores
    page = page_of(store, *(evolve(facts(1)[place], title="other") for place in (0, 50)))
    with ThreadPoolExecutor(2) as threads, psycopg.connect(partitioned.reveal()) as reader:
        reader.execute("SELECT FROM pull_requests")
        pruned = threads.submit(store.retention.prune, at("2024-03-01"))
        wait_for(1, partitioned)
        waiting = threads.submit(store.metrics.store_page, page)
        wait_for_row(partitioned)
        reader.rollback()
        losses: tuple[RepositoryLoss, ...] = pruned.result(PATIENCE_SECONDS)
        assert waiting.result(PATIENCE_SECONDS).facts_dropped == 1
    assert sum(loss.facts for loss in losses) > 0
    assert "pull_requests_2024_01" not in partitions(partitioned)
    assert verified(store).findings == ()


def test_partition_of_one_that_is_reopened_meanwhile_stays(
    both: tuple[Secret, Secret], stores: tuple[Store, Store]
) -> None:
    """Nothing was to be kept when it was looked for; what else is expired goes row by row."""
    _, partitioned = both
    _, store = stores
    store.retention.reset(at("2024-03-01"))
    with ThreadPoolExecutor(1) as threads, psycopg.connect(partitioned.reveal()) as other:
        other.execute("SELECT FROM settings FOR SHARE")
        other.execute("UPDATE pr_metrics SET state = 'open', merged_at = NULL WHERE pr_number = 2")
        other.execute("UPDATE pull_requests SET state = 'open', merged_at = NULL WHERE number = 2")
        pruned = threads.submit(store.retention.prune, at("2024-03-01"))
        wait_for(1, partitioned)
        other.commit()
        assert sum(loss.facts for loss in pruned.result(PATIENCE_SECONDS)) > 10
    with psycopg.connect(partitioned.reveal()) as connection:
        rows = connection.execute("SELECT number, repository_id FROM pull_requests_2024_01 WHERE number < 9").fetchall()
    assert sorted(rows) == [(2, 1), (2, 2)]


def test_two_who_prune_at_once_drop_each_partition_once(
    both: tuple[Secret, Secret], stores: tuple[Store, Store]
) -> None:
    """The second finds it gone, and both together tell what went."""
    _, partitioned = both
    expected = stores[0].retention.prune(at("2024-03-01"))
    store = stores[1]
    store.retention.reset(at("2024-03-01"))
    with ThreadPoolExecutor(2) as threads, psycopg.connect(partitioned.reveal()) as other:
        other.execute("SELECT FROM settings FOR SHARE")
        both_at_once = [threads.submit(store.retention.prune, at("2024-03-01")) for _ in range(2)]
        wait_for(2, partitioned)
        other.commit()
        losses = [loss for one in both_at_once for loss in one.result(PATIENCE_SECONDS)]
    assert sum(loss.facts for loss in losses) == sum(loss.facts for loss in expected)
    assert sum(loss.shares for loss in losses) == sum(loss.shares for loss in expected)
    assert sum(loss.rests for loss in losses) == sum(loss.rests for loss in expected)
    assert verified(store).findings == ()


def wait_for_row(url: Secret) -> None:
    """Return when somebody waits for a row of somebody else."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    # Locks of rows belong to no database, and other tests use the same server.
    waiting = """
        SELECT count(*) > 0
        FROM pg_locks
        INNER JOIN pg_stat_activity USING (pid)
        WHERE NOT granted
            AND locktype IN ('transactionid', 'tuple')
            AND datname = current_database()
    """
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        while connection.execute(waiting).fetchone() == (False,):
            assert time.monotonic() < give_up_at, "nobody waits for a row"
            time.sleep(0.01)
