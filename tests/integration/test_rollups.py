"""Rolled-up figures on PostgreSQL: exact after whatever is written by whomever, and read without the shares."""

import secrets
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import Connection, errors, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import rollups
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.reader_role import create_reader
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.ports.secret_store import Secret
from tests.integration.rollup_checks import HAND_MADE, VIEWS, ZONES, add, differences, marks, read

TURNS_OF_THE_CLOCK = (
    "2020-11-01 04:30Z",  # 00:30 on 1 November in Havana, half an hour before midnight strikes again
    "2020-11-01 05:30Z",  # 00:30 on 1 November in Havana for the second time
    "2009-11-01 02:30:30Z",  # 00:00:30 on 1 November in St. John's, before it is October for another hour
    "2009-11-01 03:00Z",  # 23:30 on 31 October in St. John's
    "2009-11-01 03:30Z",  # midnight again
    "2011-12-31 09:59:59Z",  # the evening of Thursday, 29 December in Apia
    "2011-12-31 10:00Z",  # Saturday, 31 December in Apia
    "2024-03-31 21:59:59.999999Z",
    "2024-03-31 22:00Z",  # Monday, 1 April in Berlin
)


@pytest.fixture
def connection(fresh_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Somebody with a hand of their own in a database of two teams and one repository."""
    with psycopg.connect(fresh_database.reveal(), autocommit=True) as opened:
        opened.execute("INSERT INTO teams (name) VALUES ('A'), ('B')")
        opened.execute("INSERT INTO repositories (id, full_name) VALUES (1, 'Acme/Widgets')")
        yield opened


@pytest.fixture
def refresh(database: Database) -> Callable[[], int]:
    """Refreshes everything and returns how many figures were made ready."""
    return lambda: sum(PostgresRollups(database).refresh())


@pytest.mark.parametrize("zone", ZONES)
def test_clock_that_goes_back_over_midnight_is_followed(
    connection: Connection[TupleRow], refresh: Callable[[], int], zone: str
) -> None:
    """A month may begin twice, or end after the next one has begun; touched one by one, and all at once."""
    connection.execute("UPDATE settings SET report_time_zone = %s", [zone])
    for number, merged_at in enumerate(TURNS_OF_THE_CLOCK, 1):
        add(connection, number, merged_at)
        assert differences(connection) == []
        assert refresh() > 0
        assert differences(connection) == []
    connection.execute("UPDATE pr_metrics SET weight = 0.25; UPDATE pr_unattributed SET weight = 0.75")
    assert differences(connection) == []
    refresh()
    assert differences(connection) == []
    connection.execute("UPDATE settings SET report_time_zone = 'Asia/Kathmandu'")
    assert differences(connection) == []


@pytest.mark.parametrize("statement", HAND_MADE)
def test_hand_made_change_is_followed(
    connection: Connection[TupleRow], refresh: Callable[[], int], statement: str
) -> None:
    """Whoever writes, the mark is written with it: figures that were ready before are told as they are now."""
    for number in range(1, 5):
        add(connection, number, f"2024-0{number}-29Z")
    refresh()
    assert marks(connection) == 0
    before = [read(connection, view) for view in VIEWS]
    connection.execute(statement.format(number=2, merged_at="2024-09-01 00:00Z").encode())
    assert marks(connection) > 0
    assert differences(connection) == []
    assert [read(connection, view) for view in VIEWS] != before
    refresh()
    assert differences(connection) == []


@pytest.mark.parametrize(
    ("most", "steps"),
    [(1, 3), (3, 3), (4, 2), (20_000, 2)],
    ids=["all are large", "no two fit", "two just fit", "all are small"],
)
def test_small_teams_are_taken_together(
    connection: Connection[TupleRow], database: Database, monkeypatch: pytest.MonkeyPatch, most: int, steps: int
) -> None:
    """And large ones each by itself, so that little time is enough for a step; then comes what no team earned."""
    monkeypatch.setattr(rollups, "_SHARES_AT_A_TIME", most)
    tuple(PostgresRollups(database).refresh())
    for number in range(1, 5):
        add(connection, number, f"2024-0{1 + number // 3}-29Z", team_id=1 + number % 2)
    taken = [differences(connection) for _ in PostgresRollups(database).refresh()]
    assert (taken, marks(connection)) == ([[]] * steps, 0)
    # Of each team a month is touched that stays as it is for the other one.
    connection.execute("UPDATE pr_metrics SET weight = weight / 2 WHERE pr_number = 2")
    connection.execute("UPDATE pr_metrics SET weight = weight / 4 WHERE pr_number = 3")
    assert differences(connection) == []
    tuple(PostgresRollups(database).refresh())
    assert (differences(connection), marks(connection)) == ([], 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pr_metrics SET title = 'other', author = 'bob', repository = 'Acme/Other', closed_at = now()",
        "UPDATE pull_requests SET title = 'other', author_login = 'bob', updated_at = now(), labels = '[1]'",
        "UPDATE pr_metrics SET weight = weight",
        "UPDATE settings SET attribution_rule = 'merged', bot_patterns = '{x}', roster_version = 7",
        "DELETE FROM pr_metrics WHERE merged_at IS NULL",
    ],
)
def test_what_no_figure_depends_on_leaves_no_mark(
    connection: Connection[TupleRow], refresh: Callable[[], int], statement: str
) -> None:
    """So that a rename or a new title costs readers nothing."""
    add(connection, 1, "2024-01-29Z")
    refresh()
    connection.execute(statement.encode())
    assert marks(connection) == 0


def test_ready_figures_are_read_without_the_shares(
    connection: Connection[TupleRow], refresh: Callable[[], int]
) -> None:
    """However many there are: they may even be gone, behind the triggers' back."""
    add(connection, 1, "2024-01-29Z")
    refresh()
    before = [read(connection, view) for view in VIEWS]
    assert all(before)
    connection.execute("SET session_replication_role = replica")
    connection.execute("DELETE FROM pr_metrics; DELETE FROM pr_unattributed")
    assert [read(connection, view) for view in VIEWS] == before


def test_refresh_of_nothing_writes_nothing(connection: Connection[TupleRow], refresh: Callable[[], int]) -> None:
    """No row and no lock on one: no transaction in between even got a number."""
    add(connection, 1, "2024-01-29Z")
    refresh()
    number = "SELECT pg_current_xact_id()::TEXT::BIGINT"
    taken = [0]
    while len(taken) <= 200 and taken[-1] != 1:
        (before,) = connection.execute(number).fetchone() or (0,)
        assert refresh() == 0
        (after,) = connection.execute(number).fetchone() or (0,)
        taken.append(after - before)
    # Its own next one at least; others on the same server may take some in between.
    assert taken[-1] == 1


def test_only_what_was_touched_is_made_ready_again(
    connection: Connection[TupleRow], refresh: Callable[[], int]
) -> None:
    """A week and a month of one team, and none of the others."""
    for number in range(1, 10):
        add(connection, number, f"2024-0{number}-17T12:00Z", team_id=1 + number % 2)
    assert refresh() == 4 * 9
    connection.execute("UPDATE pr_metrics SET weight = 0.1 WHERE pr_number = 5")
    assert refresh() == 2


def test_read_only_role_reads_figures_ready_and_not(
    connection: Connection[TupleRow], refresh: Callable[[], int], fresh_database: Secret
) -> None:
    """It needs no right to the tables that the views answer from."""
    role = f"reader_{secrets.token_hex(8)}"
    create_reader(fresh_database, role, None)
    add(connection, 1, "2024-01-29Z")
    try:
        for _ in range(2):
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            assert [len(read(connection, view)) for view in VIEWS] == [1] * 4
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("SELECT FROM rolled_up_team_weeks")
            connection.execute("RESET ROLE")
            refresh()
    finally:
        connection.execute("RESET ROLE")
        connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))
