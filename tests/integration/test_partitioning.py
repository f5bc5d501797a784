"""`partition_store`: everything is kept, no reader notices, and whoever stops it in the middle has lost nothing."""

import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest
from attrs import evolve
from psycopg import sql

from github_tracker.adapters.postgres import migrations, partitioning
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.migrations import migrate, migration_names
from github_tracker.adapters.postgres.partition_periods import PartitionWidth
from github_tracker.adapters.postgres.partitioning import PartitioningPlan, partition_store, plan_partitioning
from github_tracker.adapters.postgres.reader_role import create_reader
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from github_tracker.ports.errors import SchemaError, StorageError
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import WIDGETS, Store, facts_of, page_of, put_facts, put_roster
from tests.integration.databases import Databases
from tests.integration.partition_checks import as_before, catalog, contents, partitions, rows_in
from tests.integration.postgres_store import postgres_store
from tests.integration.rollup_checks import differences
from tests.integration.test_planted_corruption import CORRUPTIONS, fill, plant, verified
from tests.integration.waiting import wait_for
from tests.unit.examples import at, merged, roster_of
from tools.working_tree import CHECKOUT

NOW = datetime(2024, 4, 15, tzinfo=UTC)
MONTH = PartitionWidth.MONTH
PATIENCE_SECONDS = 30.0
GUARDS = {
    "refuse_doubled",
    "refuse_moved",
    "refuse_truncated",
    "refuse_updated_without_fact",
    "refuse_with_rests",
    "refuse_without_fact",
}
"""The triggers that take the place of keys."""


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Secret:
    """The address of a filled plain database that is nobody's to change: January to July 2024, two repositories."""
    url = databases.create()
    with open_database(url, pool_size=2) as database:
        fill(postgres_store(database))
    return url


@pytest.fixture(scope="module")
def filled_partitioned(databases: Databases, filled: Secret) -> Secret:
    """The same, partitioned; what was created from August on, and before January, lies with everything else."""
    url = databases.create_copy(filled)
    partition_store(url, MONTH, NOW)
    return url


@pytest.fixture
def plain(databases: Databases, filled: Secret) -> Iterator[Secret]:
    """The address of a copy of the plain one."""
    url = databases.create_copy(filled)
    yield url
    databases.give_back(url)


@pytest.fixture
def partitioned(databases: Databases, filled_partitioned: Secret) -> Iterator[Secret]:
    """The address of a copy of the partitioned one."""
    url = databases.create_copy(filled_partitioned)
    yield url
    databases.give_back(url)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Those who come second."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


def months(*numbers: int) -> list[str]:
    """Return the names of partitions of 2024, and of the one of everything else."""
    return [*(f"pull_requests_2024_{number:02}" for number in numbers), "pull_requests_default"]


def test_everything_is_kept(plain: Secret) -> None:
    """Rows, views with their numbers, definitions, comments, grants, triggers and the sequence's place."""
    role = f"reader_{secrets.token_hex(8)}"
    create_reader(plain, role, None)
    with psycopg.connect(plain.reveal()) as connection:
        for statement in (
            "GRANT UPDATE (title) ON pr_metrics TO {role}",
            "GRANT INSERT ON pull_requests TO {role} WITH GRANT OPTION",
            "GRANT USAGE ON SEQUENCE pr_metrics_id_seq TO {role}",
            "COMMENT ON TABLE pr_metrics IS 'it''s ours'",
            "CREATE VIEW of_theirs WITH (security_barrier) AS SELECT author, count(*) FROM pr_metrics"
            " JOIN pull_requests ON number = pr_number AND pull_requests.repository_id = pr_metrics.repository_id"
            " GROUP BY author",
            "CREATE STATISTICS together ON repository_id, team_id FROM pr_metrics",
            "ALTER TABLE pull_requests SET (fillfactor = 90)",
        ):
            connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
    rows, said = contents(plain), catalog(plain)
    try:
        partition_store(plain, MONTH, NOW)
        assert contents(plain) == rows
        assert all(rows[name] for name in ("pull_requests", "pr_metrics", "pr_unattributed", "rolled_up_team_weeks"))
        found = catalog(plain)
        for kind in set(said) - {"constraints", "triggers", "grants", "columns"}:
            assert as_before(kind, found[kind]) == said[kind], kind
        for kind in ("grants", "columns"):
            assert [sorted(map(str, row)) for row in found[kind]] == [sorted(map(str, row)) for row in said[kind]]
        assert {row for row in found["triggers"] if " refuse_" not in row[0]} == set(said["triggers"])
        assert {row[0].split()[2] for row in found["triggers"] if " refuse_" in row[0]} == GUARDS
        changed = {row[1] for row in set(said["constraints"]) ^ set(found["constraints"])}
        assert changed == {
            "pull_requests_pkey",
            "pr_metrics_pkey",
            "pr_metrics_key",
            "pr_metrics_of_a_fact",
            "pr_metrics_repository_id_fkey",
            "pr_unattributed_of_a_fact",
        }
        with psycopg.connect(plain.reveal()) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            assert connection.execute("SELECT count(*) FROM pull_requests").fetchone() == (120,)
            connection.execute("RESET ROLE")
            options = "SELECT DISTINCT reloptions::TEXT FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits"
            of_facts = f"{options} WHERE inhparent = 'pull_requests'::REGCLASS)"
            assert connection.execute(of_facts.encode()).fetchall() == [("{fillfactor=90}",)]
    finally:
        with psycopg.connect(plain.reveal()) as connection:
            for statement in ("DROP OWNED BY {role}", "DROP ROLE {role}"):
                connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


def test_rows_lie_in_the_partitions_of_their_months(partitioned: Secret, filled: Secret) -> None:
    """And with everything else what is created after the months made ready."""
    made = [f"pull_requests_2024_{number:02}" for number in range(1, 8)]
    assert partitions(partitioned) == [*made, "pull_requests_default"]
    counts = [rows_in(partitioned, name) for name in made]
    assert sum(counts) == rows_in(filled, "pull_requests") == 120
    assert all(counts[:4])


def test_dry_run_tells_what_is_then_done(plain: Secret) -> None:
    """And does none of it."""
    before = catalog(plain)
    told = plan_partitioning(plain, MONTH, NOW)
    assert catalog(plain) == before
    assert told.is_conversion
    assert (told.facts, told.shares) == (rows_in(plain, "pull_requests"), rows_in(plain, "pr_metrics"))
    assert partition_store(plain, MONTH, NOW) == told
    assert partition_store(plain, None, NOW).is_done
    assert plan_partitioning(plain, MONTH, NOW) == PartitioningPlan(
        MONTH, is_conversion=False, facts=0, shares=0, partitions=()
    )


def test_other_width_is_refused(partitioned: Secret) -> None:
    """In a word that names the one in use."""
    with pytest.raises(InvalidValueError, match="month"):
        partition_store(partitioned, PartitionWidth.YEAR, NOW)


def test_database_of_a_former_version_is_refused(empty_database: Secret) -> None:
    """It lacks what guards the keys."""
    with pytest.raises(SchemaError, match="db migrate"):
        partition_store(empty_database, None, NOW)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE MATERIALIZED VIEW theirs AS SELECT number FROM pull_requests", "theirs"),
        ("CREATE TABLE theirs (id BIGINT REFERENCES pr_metrics (id))", "theirs"),
        ("CREATE FUNCTION theirs() RETURNS SETOF pr_metrics LANGUAGE sql AS 'SELECT * FROM pr_metrics'", "theirs"),
        ("CREATE PUBLICATION theirs FOR TABLE pull_requests", "theirs"),
        ("CREATE POLICY theirs ON pr_metrics USING (TRUE)", "theirs"),
        ("CREATE UNIQUE INDEX theirs ON pull_requests (github_id)", "theirs"),
    ],
)
def test_what_would_be_lost_is_named_and_kept(plain: Secret, statement: str, words: str) -> None:
    """Before anything is copied."""
    with psycopg.connect(plain.reveal()) as connection:
        connection.execute(statement.encode())
    before = catalog(plain)
    assert any(words in one for one in plan_partitioning(plain, None, NOW).obstacles)
    with pytest.raises(StorageError, match=words):
        partition_store(plain, None, NOW)
    assert catalog(plain) == before


def test_partitions_that_are_due_take_what_lies_with_everything_else(partitioned: Secret) -> None:
    """By the months that have rows, not all between; twice is once, and nothing that can be read changes."""
    with open_database(partitioned, pool_size=2) as database:
        store = postgres_store(database)
        put_facts(
            store,
            merged(Author("bob", 101), at("2024-12-24"), at("2024-12-31"), number=901),
            merged(Author("alice", 100), at("2022-02-02"), at("2022-03-03"), number=902),
            merged(Author("bob", 101), at("2007-12-31"), at("2008-03-03"), number=903),
        )
        tuple(store.rollups.refresh())
    rows = contents(partitioned)
    done = partition_store(partitioned, None, datetime(2025, 1, 31, tzinfo=UTC))
    assert [name for name in done.partitions if name.startswith("pull_requests")] == [
        f"pull_requests_{suffix}" for suffix in ("2022_02", "2024_12", "2025_01", "2025_02", "2025_03", "2025_04")
    ]
    assert (done.is_conversion, done.facts, done.shares) == (False, 2, 3)
    assert contents(partitioned) == rows
    assert rows_in(partitioned, "pull_requests_default") == 1
    assert rows_in(partitioned, "pr_metrics_2022_02") == 2
    assert partition_store(partitioned, None, datetime(2025, 1, 31, tzinfo=UTC)).is_done


def test_empty_store_is_partitioned(fresh_database: Secret) -> None:
    """By year if nobody says otherwise, for this one and three to come; then it takes pages as ever."""
    partition_store(fresh_database, None, NOW)
    assert partitions(fresh_database) == [
        *(f"pull_requests_{year}" for year in range(2024, 2028)),
        "pull_requests_default",
    ]
    with open_database(fresh_database, pool_size=2) as database:
        store = postgres_store(database)
        fill(store)
        assert verified(store).findings == ()
    assert rows_in(fresh_database, "pull_requests_2024") == 120


def test_reader_of_a_former_snapshot_misses_nothing(plain: Secret) -> None:
    """It comes to the tables only after they have changed places, as a report or a refresh may."""
    views = ("view_team_velocity", "computed_team_velocity", "computed_unattributed_velocity", "pull_requests")
    with psycopg.connect(plain.reveal()) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        reader.execute("SELECT 1 FROM settings")
        before = {view: rows_in(plain, view) for view in views}
        partition_store(plain, MONTH, NOW)
        for view in views:
            counted = reader.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(view))).fetchone()
            assert counted == (before[view],) > (0,)


def conversion(url: Secret, threads: ThreadPoolExecutor) -> "Future[PartitioningPlan]":
    """Begin to partition in another thread."""
    return threads.submit(partial(partition_store, url, MONTH, NOW))


def test_whoever_kills_it_in_the_middle_has_the_old_store(plain: Secret, threads: ThreadPoolExecutor) -> None:
    """Everything is copied by then, and waits for a reader."""
    rows, said = contents(plain), catalog(plain)
    with psycopg.connect(plain.reveal()) as reader:
        reader.execute("SELECT FROM pr_metrics")
        begun = conversion(plain, threads)
        wait_for(1, plain)
        killed = reader.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        ).fetchone()
        assert killed == (1,)
        with pytest.raises(StorageError):
            begun.result(PATIENCE_SECONDS)
    assert (contents(plain), catalog(plain)) == (rows, said)
    assert not partition_store(plain, MONTH, NOW).is_done


def test_patience_with_a_reader_ends(plain: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a word, and with the old store; the reader has not noticed."""
    monkeypatch.setattr(partitioning, "_PATIENCE_SECONDS", 0.0)
    said = catalog(plain)
    with psycopg.connect(plain.reveal()) as reader:
        reader.execute("SELECT FROM pr_metrics")
        with pytest.raises(StorageError, match="others kept the database busy"):
            partition_store(plain, MONTH, NOW)
        assert reader.execute("SELECT count(*) FROM pull_requests").fetchone() == (120,)
    assert catalog(plain) == said


def test_page_that_is_being_stored_comes_along(plain: Secret, threads: ThreadPoolExecutor) -> None:
    """Partitioning waits for it."""
    with psycopg.connect(plain.reveal()) as page:
        page.execute("SELECT FROM settings FOR SHARE")
        page.execute(
            "INSERT INTO pull_requests SELECT (jsonb_populate_record(pull_requests, '{\"number\": 999}')).*"
            " FROM pull_requests WHERE number = 1 AND repository_id = 1"
        )
        page.execute("INSERT INTO pr_unattributed VALUES (1, 999, 'unknown_login', 1)")
        begun = conversion(plain, threads)
        wait_for(1, plain)
    assert begun.result(PATIENCE_SECONDS).facts == 121
    assert rows_in(plain, "pull_requests") == 121


def test_pages_and_readers_meet_the_change(plain: Secret, threads: ThreadPoolExecutor) -> None:
    """A reader goes on reading while all is copied; a page waits, and is stored afterwards."""
    with open_database(plain, pool_size=3) as database, psycopg.connect(plain.reveal()) as reader:
        store = postgres_store(database)
        page = page_of(store, merged(Author("bob", 101), at("2024-05-06"), at("2024-05-07"), number=901))
        reader.execute("SELECT FROM pr_metrics")
        begun = conversion(plain, threads)
        wait_for(1, plain)
        stored = threads.submit(store.metrics.store_page, page)
        wait_for(2, plain)
        assert len(facts_of(store)) == 60
        reader.rollback()
        begun.result(PATIENCE_SECONDS)
        assert stored.result(PATIENCE_SECONDS).facts_changed == 1
        assert len(facts_of(store)) == 61
        assert verified(store).findings == ()


def test_session_that_was_open_before_goes_on(plain: Secret) -> None:
    """Its statements are prepared for the plain tables by then."""
    with open_database(plain, pool_size=1) as database:
        store = postgres_store(database)
        for number in range(901, 921):
            if number == 911:
                partition_store(plain, MONTH, NOW)
            fact = merged(Author("bob", 101), at(f"2024-0{number % 4 + 1}-06"), at("2024-05-07"), number=number)
            put_facts(store, fact)
            put_facts(store, evolve(fact, title="other"))
        assert len(facts_of(store)) == 60 + 20
        assert verified(store).findings == ()


def test_later_migration_is_applied(partitioned: Secret, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column, an index that is not unique, a trigger, a view on the tables: as in a plain store."""
    for name in migration_names():
        (tmp_path / f"{name}.sql").write_text((CHECKOUT / "schema" / f"{name}.sql").read_text())
    (tmp_path / "9999.later.sql").write_text(
        "ALTER TABLE pull_requests ADD COLUMN additions BIGINT CHECK (additions >= 0);\n"
        "ALTER TABLE pr_metrics ADD COLUMN additions BIGINT NOT NULL DEFAULT 0;\n"
        "CREATE INDEX pull_requests_additions ON pull_requests (additions);\n"
        "CREATE VIEW view_additions AS SELECT sum(additions) AS additions FROM pull_requests;\n"
        "CREATE TRIGGER additions AFTER UPDATE ON pull_requests FOR EACH STATEMENT "
        "EXECUTE FUNCTION mark_everything();\n"
        "COMMENT ON COLUMN pr_metrics.additions IS 'Lines.'"
    )
    monkeypatch.setattr(migrations, "_SCHEMA", tmp_path)
    assert migrate(partitioned) == ("9999.later",)
    with open_database(partitioned, pool_size=2) as database:
        store = postgres_store(database)
        put_roster(store, roster_of(Membership("Core", "alice")), changed_at=at("2024-08-01"))
        assert verified(store).findings == ()
    partition_store(partitioned, None, datetime(2025, 1, 31, tzinfo=UTC))
    assert rows_in(partitioned, "view_additions") == 1


@pytest.mark.parametrize(
    "name",
    [
        "share is missing",
        "share too many",
        "other weight",
        "orphaned share",
        "share's created_at",
        "orphaned rest",
        "fact is gone",
        "repository renamed by hand",
        "ready figure of a week",
    ],
)
def test_corruption_of_a_partitioned_store_is_found(partitioned: Secret, name: str) -> None:
    """As in a plain one."""
    with open_database(partitioned, pool_size=2) as database:
        store = postgres_store(database)
        assert verified(store).findings == ()
        plant(partitioned, CORRUPTIONS[name].sql)
        told = [one.message for one in verified(store).findings if one.kind is CORRUPTIONS[name].kind]
    assert any(CORRUPTIONS[name].words in message for message in told)


def test_person_is_forgotten_and_a_repository_renamed_in_every_partition(partitioned: Secret) -> None:
    """The share's reference to its repository's name follows in the same statement."""
    with open_database(partitioned, pool_size=2) as database:
        store: Store = postgres_store(database)
        store.collection.register(evolve(WIDGETS, full_name="acme/Sprockets"), WIDGETS.full_name)
        assert verified(store).findings == ()
    with psycopg.connect(partitioned.reveal(), autocommit=True) as connection:
        assert connection.execute("SELECT count(DISTINCT repository) FROM pr_metrics").fetchone() == (2,)
        assert differences(connection) == []
