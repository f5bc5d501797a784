"""What keys no longer say on a partitioned store still holds, also for writers that are not ours, and at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import Connection, errors
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import open_database
from github_tracker.domain.verification import FindingKind
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import put_roster
from tests.integration.postgres_store import postgres_store
from tests.integration.test_planted_corruption import plant, verified
from tests.integration.waiting import wait_for
from tests.unit.examples import roster_of

PATIENCE_SECONDS = 20.0

FACT = """
INSERT INTO pull_requests (
    repository_id, number, is_bot, state, is_draft, labels, created_at, updated_at, observed_at
)
VALUES ({repository}, {number}, FALSE, 'open', FALSE, '[]', '{day}Z', '{day}Z', '{day}Z')
"""
SHARE = """
INSERT INTO pr_metrics (
    team_id, repository_id, repository, pr_number, author, created_at, state, weight, rule, is_bot
)
VALUES (1, {repository}, '{name}', {number}, 'alice', '{day}Z', 'open', 0.5, 'created', FALSE)
"""


def fact(number: int, day: str = "2024-01-05", repository: int = 1) -> bytes:
    """Return the statement that stores a fact."""
    return FACT.format(number=number, day=day, repository=repository).encode()


def share(number: int, day: str = "2024-01-05", repository: int = 1, name: str = "acme/one") -> bytes:
    """Return the statement that stores a share of it."""
    return SHARE.format(number=number, day=day, repository=repository, name=name).encode()


@pytest.fixture
def one(partitioned_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Somebody who writes by hand, in a database of a team, two repositories and one fact with its share and rest."""
    with psycopg.connect(partitioned_database.reveal(), autocommit=True) as connection:
        connection.execute("INSERT INTO teams (name) VALUES ('Core')")
        connection.execute("INSERT INTO repositories (id, full_name) VALUES (1, 'acme/one'), (2, 'acme/two')")
        connection.execute(fact(1))
        connection.execute(share(1))
        connection.execute("INSERT INTO pr_unattributed VALUES (1, 1, 'ghost', 0.5)")
        yield connection


@pytest.fixture
def other(partitioned_database: Secret) -> Iterator[Connection[TupleRow]]:
    """Somebody else, in a transaction."""
    with psycopg.connect(partitioned_database.reveal()) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (fact(1), errors.UniqueViolation),
        (fact(1, "2024-03-05"), errors.UniqueViolation),
        (fact(1, "2020-03-05"), errors.UniqueViolation),
        (fact(7) + b", (1, 7, FALSE, 'open', FALSE, '[]', '2024-02-05Z', now(), now())", errors.UniqueViolation),
        (b"UPDATE pull_requests SET created_at = '2024-03-03Z'", errors.IntegrityError),
        (b"UPDATE pull_requests SET number = 2", errors.IntegrityError),
        (share(1), errors.UniqueViolation),
        (share(1, "2024-03-05"), errors.ForeignKeyViolation),
        (share(2), errors.ForeignKeyViolation),
        (share(1, repository=2), errors.UniqueViolation),
        (share(1, name="acme/two"), errors.ForeignKeyViolation),
        (share(1, name="acme/three"), errors.ForeignKeyViolation),
        (b"UPDATE pr_metrics SET repository = 'acme/two'", errors.ForeignKeyViolation),
        (b"INSERT INTO pr_unattributed VALUES (1, 2, 'ghost', 1)", errors.ForeignKeyViolation),
        (b"INSERT INTO pr_unattributed VALUES (2, 1, 'ghost', 1)", errors.ForeignKeyViolation),
        (b"UPDATE pr_unattributed SET number = 2", errors.ForeignKeyViolation),
        (b"DELETE FROM pull_requests", errors.ForeignKeyViolation),
        (b"DELETE FROM pr_metrics; DELETE FROM pull_requests", errors.ForeignKeyViolation),
        (b"TRUNCATE pull_requests CASCADE", errors.ForeignKeyViolation),
    ],
)
def test_statement_is_refused(one: Connection[TupleRow], statement: bytes, error: type[psycopg.Error]) -> None:
    """As the keys of a plain store refuse it, or because nothing moves between partitions."""
    with pytest.raises(error), one.transaction():
        one.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        fact(1, repository=2),
        fact(2, "1999-01-01"),
        b"UPDATE pull_requests SET title = 'other', created_at = created_at",
        b"UPDATE pr_unattributed SET weight = 0.25, reason = 'part_time'",
        b"WITH shares AS (DELETE FROM pr_metrics), rests AS (DELETE FROM pr_unattributed) DELETE FROM pull_requests",
        b"TRUNCATE pull_requests, pr_metrics, pr_unattributed",
        b"UPDATE repositories SET full_name = 'acme/three' WHERE id = 2",
        b"WITH renamed AS (UPDATE repositories SET full_name = 'acme/new' WHERE id = 1)"
        b" UPDATE pr_metrics SET repository = 'acme/new'",
    ],
)
def test_statement_is_accepted(one: Connection[TupleRow], statement: bytes) -> None:
    """Whatever a plain store accepts of this kind."""
    assert one.execute(statement).statusmessage is not None


def test_second_of_two_who_add_the_same_waits_and_is_refused(
    one: Connection[TupleRow], other: Connection[TupleRow], partitioned_database: Secret
) -> None:
    """In another partition: no key would see it."""
    other.execute(fact(5, "2024-02-05"))
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(one.execute, fact(5, "2024-03-05"))
        wait_for(1, partitioned_database)
        other.commit()
        with pytest.raises(errors.UniqueViolation, match="another created_at"):
            second.result(PATIENCE_SECONDS)
    assert one.execute("SELECT count(*) FROM pull_requests WHERE number = 5").fetchone() == (1,)


def test_second_is_let_in_when_the_first_takes_it_back(
    one: Connection[TupleRow], other: Connection[TupleRow], partitioned_database: Secret
) -> None:
    """And whoever writes to another repository does not wait at all."""
    other.execute(fact(5, "2024-02-05"))
    one.execute(fact(5, "2024-03-05", repository=2))
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(one.execute, fact(5, "2024-03-05"))
        wait_for(1, partitioned_database)
        other.rollback()
        second.result(PATIENCE_SECONDS)


def test_facts_are_not_added_from_a_snapshot_that_might_miss_one(other: Connection[TupleRow]) -> None:
    """Whoever has waited would not see there what he waited for."""
    other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    other.execute("INSERT INTO repositories (id, full_name) VALUES (3, 'acme/three')")
    with pytest.raises(errors.FeatureNotSupported, match="READ COMMITTED"):
        other.execute(fact(5, repository=3))


def test_rest_and_the_removal_of_its_fact_take_turns(
    one: Connection[TupleRow], other: Connection[TupleRow], partitioned_database: Secret
) -> None:
    """Whoever comes second waits, and is refused."""
    one.execute(fact(5))
    one.execute(fact(6))
    with ThreadPoolExecutor(1) as threads:
        other.execute("INSERT INTO pr_unattributed VALUES (1, 5, 'ghost', 1)")
        removed = threads.submit(one.execute, "DELETE FROM pull_requests WHERE number = 5")
        wait_for(1, partitioned_database)
        other.commit()
        with pytest.raises(errors.ForeignKeyViolation):
            removed.result(PATIENCE_SECONDS)
        other.execute("DELETE FROM pull_requests WHERE number = 6")
        added = threads.submit(one.execute, "INSERT INTO pr_unattributed VALUES (1, 6, 'ghost', 1)")
        wait_for(1, partitioned_database)
        other.commit()
        with pytest.raises(errors.ForeignKeyViolation):
            added.result(PATIENCE_SECONDS)


def test_doubled_fact_is_found(one: Connection[TupleRow], partitioned_database: Secret) -> None:
    """If somebody adds it while triggers rest."""
    assert one.execute("SELECT count(*) FROM pull_requests").fetchone() == (1,)
    plant(partitioned_database, fact(1, "2024-03-05").decode())
    with open_database(partitioned_database, pool_size=2) as database:
        store = postgres_store(database)
        put_roster(store, roster_of())
        told = [(found.repository_id, found.number) for found in verified(store).findings if found.kind is DOUBLED]
    assert told == [(1, 1)]


DOUBLED = FindingKind.DOUBLED
