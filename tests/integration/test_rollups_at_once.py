"""Refreshes that meet writers, readers and each other: no write is lost, and no reader sees half of one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.ports.secret_store import Secret
from tests.integration.rollup_checks import VIEWS, add, differences, marks, read
from tests.integration.waiting import wait_for

_PATIENCE_SECONDS = 30.0
_ROUNDS = 25

WRITES = {
    "share of a figure that is being made ready": "UPDATE pr_metrics SET weight = 0.25 WHERE pr_number = 1",
    "share that leaves for another week": "UPDATE pr_metrics SET merged_at = '2024-06-12Z' WHERE pr_number = 1",
    "last share of a week": "DELETE FROM pr_metrics WHERE team_id = 1",
    "rest": "UPDATE pr_unattributed SET weight = 0.25 WHERE number = 1",
    "fact": "UPDATE pull_requests SET merged_at = '2024-06-12Z' WHERE number = 1",
    "time zone": "UPDATE settings SET report_time_zone = 'Pacific/Auckland'",
}


@pytest.fixture
def connection(fresh_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Somebody with a hand of their own in a database of two teams with ready figures, of which some were touched."""
    with psycopg.connect(fresh_database.reveal(), autocommit=True) as opened:
        opened.execute("INSERT INTO teams (name) VALUES ('A'), ('B')")
        opened.execute("INSERT INTO repositories (id, full_name) VALUES (1, 'Acme/Widgets')")
        for number in range(1, 7):
            add(opened, number, f"2024-01-{3 + number}T23:30Z", team_id=1 + number % 2)
        yield opened


@pytest.fixture
def other(fresh_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Whoever came first: a connection in the middle of a transaction."""
    with psycopg.connect(fresh_database.reveal()) as opened:
        yield opened


@pytest.fixture
def rollups(database: Database, connection: Connection[TupleRow]) -> PostgresRollups:
    """Everything is ready, and everything was touched again, without a mark of everything."""
    made = PostgresRollups(database)
    tuple(made.refresh())
    connection.execute("UPDATE pr_metrics SET weight = 0.75; UPDATE pr_unattributed SET weight = 0.125")
    return made


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Those who come second."""
    with ThreadPoolExecutor(3) as executor:
        yield executor


@pytest.mark.parametrize("write", WRITES)
def test_write_that_is_committed_in_the_middle_of_a_refresh_keeps_its_mark(
    connection: Connection[TupleRow],
    other: Connection[TupleRow],
    rollups: PostgresRollups,
    threads: ThreadPoolExecutor,
    fresh_database: Secret,
    write: str,
) -> None:
    """The refresh has taken its snapshot and waits at a row; what it then rolls up is what was before the write."""
    for table in ("rolled_up_team_weeks", "rolled_up_rest_weeks"):
        other.execute(f"SELECT FROM {table} FOR UPDATE".encode())
        refreshed = threads.submit(tuple, rollups.refresh())
        wait_for(1, fresh_database)
        connection.execute(WRITES[write].encode())
        assert differences(connection) == []
        other.rollback()
        refreshed.result(_PATIENCE_SECONDS)
        assert differences(connection) == []
        connection.execute("UPDATE pr_unattributed SET weight = 0.5")
    assert marks(connection) > 0
    tuple(rollups.refresh())
    assert marks(connection) == 0
    assert differences(connection) == []


@pytest.mark.parametrize("write", WRITES)
def test_write_that_is_committed_between_two_statements_of_a_refresh_keeps_its_mark(
    connection: Connection[TupleRow],
    other: Connection[TupleRow],
    rollups: PostgresRollups,
    threads: ThreadPoolExecutor,
    fresh_database: Secret,
    write: str,
) -> None:
    """Weeks are rolled up and months wait, for somebody adds the same month: the marks are removed after that."""
    connection.execute("DELETE FROM rolled_up_team_months")
    other.execute("INSERT INTO rolled_up_team_months VALUES (1, '2024-01-01', 0, 0, 0, 0, 0, 0, 0, 0)")
    refreshed = threads.submit(tuple, rollups.refresh())
    wait_for(1, fresh_database)
    connection.execute(WRITES[write].encode())
    other.rollback()
    refreshed.result(_PATIENCE_SECONDS)
    assert differences(connection) == []


@pytest.mark.parametrize("write", WRITES)
def test_write_that_is_committed_after_a_refresh_is_seen_whole(
    connection: Connection[TupleRow], other: Connection[TupleRow], rollups: PostgresRollups, write: str
) -> None:
    """While it was open, neither the shares nor the mark were there for anybody."""
    other.execute(WRITES[write].encode())
    tuple(rollups.refresh())
    assert marks(connection) == 0
    assert differences(connection) == []
    other.commit()
    assert marks(connection) > 0
    assert differences(connection) == []
    tuple(rollups.refresh())
    assert differences(connection) == []


def test_refreshes_take_turns(
    connection: Connection[TupleRow],
    other: Connection[TupleRow],
    rollups: PostgresRollups,
    threads: ThreadPoolExecutor,
    fresh_database: Secret,
) -> None:
    """Who comes second finds done what the first one did, and does not fail over it."""
    connection.execute("DELETE FROM rolled_up_team_weeks; DELETE FROM rolled_up_team_months")
    other.execute("LOCK TABLE rolled_up_team_weeks IN SHARE ROW EXCLUSIVE MODE")
    refreshed = [threads.submit(tuple, rollups.refresh()) for _ in range(3)]
    wait_for(3, fresh_database)
    assert differences(connection) == []
    other.rollback()
    made = sum(sum(future.result(_PATIENCE_SECONDS)) for future in refreshed)
    assert marks(connection) == 0
    assert differences(connection) == []
    # Two weeks and a month of each team, and of what none earned: each once, whoever came to it.
    assert made == 9


def test_reader_of_one_snapshot_sees_no_refresh(
    connection: Connection[TupleRow], other: Connection[TupleRow], rollups: PostgresRollups
) -> None:
    """Neither the figures nor that their marks are gone."""
    other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    before = [read(other, view) for view in VIEWS]
    tuple(rollups.refresh())
    connection.execute("UPDATE settings SET report_time_zone = 'Pacific/Auckland'; DELETE FROM pr_metrics")
    tuple(rollups.refresh())
    assert [read(other, view) for view in VIEWS] == before
    other.rollback()
    assert [read(other, view) for view in VIEWS] != before


def test_readers_never_see_half_of_anything(
    connection: Connection[TupleRow], rollups: PostgresRollups, threads: ThreadPoolExecutor, fresh_database: Secret
) -> None:
    """While one writes and two refresh, all the time."""

    def write() -> None:
        with psycopg.connect(fresh_database.reveal(), autocommit=True) as writer:
            for number in range(10, 10 + _ROUNDS):
                add(writer, number, f"2024-0{1 + number % 8}-17T12:00Z", team_id=1 + number % 2)
                writer.execute(
                    "WITH rests AS (UPDATE pr_unattributed SET weight = 0.4) UPDATE pr_metrics SET weight = 0.6"
                    " WHERE pr_number %% 3 = %s",
                    [number % 3],
                )

    def refresh() -> None:
        for _ in range(_ROUNDS):
            tuple(rollups.refresh())

    at_work = [threads.submit(write), threads.submit(refresh), threads.submit(refresh)]
    while not all(future.done() for future in at_work):
        assert differences(connection) == []
    for future in at_work:
        future.result(_PATIENCE_SECONDS)
    tuple(rollups.refresh())
    assert marks(connection) == 0
    assert differences(connection) == []
