"""Troubles of the database while a collection stores its pages: what passes costs nothing, what stays is told.

The troubles are real where a session can make them, and raised by a trigger with PostgreSQL's own code where not.
"""

import gc
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import quote

import psycopg
import pytest

from github_tracker.adapters.postgres.database import open_database
from github_tracker.domain.run_report import Outcome, RunOutcome
from github_tracker.ports.errors import StorageError, StorageUnavailableError
from github_tracker.ports.secret_store import Secret
from github_tracker.ports.telemetry import PageCollected, RunFinished
from tests.contracts.store import WIDGETS
from tests.integration.faulted import (
    ALWAYS,
    TERMINATION,
    Faulted,
    Meddling,
    essence_of,
    everything_logged,
    faulted,
    raising,
    retries,
    shown,
)

PASSING = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "55P03": "lock timeout",
    "57P01": "terminated",
    "57P02": "crash shutdown",
    "57P03": "cannot connect now",
    "25P03": "idle in transaction",
    "53300": "too many connections",
    "25006": "read-only",
    "08006": "connection failure",
}
STAYING = {
    "53100": (StorageUnavailableError, "no room left.*nothing of the page was stored"),
    "53200": (StorageError, "out of memory.*nothing of the page was stored"),
    "57014": (StorageError, "cancelled a statement.*nothing of its transaction"),
    "42501": (StorageError, "refused a statement"),
}


@pytest.fixture
def world(fresh_database: Secret, caplog: pytest.LogCaptureFixture) -> Iterator[Faulted]:
    """A migrated database and what is to be collected into it; in the end, no log may hold its password."""
    with everything_logged(caplog):
        yield faulted(fresh_database)


def with_options(world: Faulted, setting: str) -> Secret:
    """Return the address with a session setting in it, as an operator would write it."""
    return Secret(f"{world.url.reveal()}&options=-c%20{quote(setting)}")


@pytest.mark.parametrize("sqlstate", PASSING, ids=PASSING.values())
@pytest.mark.parametrize("is_at_commit", [False, True], ids=["writing", "committing"])
def test_trouble_that_passes_costs_no_page(world: Faulted, sqlstate: str, is_at_commit: bool) -> None:
    """The transaction is tried again from its start, and the run ends as if nothing had been."""
    world.provoke(raising(sqlstate), times=2, is_at_commit=is_at_commit)
    with world.store() as store, retries() as causes:
        report = world.collect(store)
        assert report.outcome is RunOutcome.COMPLETE
        assert (report.facts_changed, report.shares_changed) == (40, 40)
        assert len(causes) == 2
        assert essence_of(store) == world.untroubled()


@pytest.mark.parametrize("sqlstate", STAYING)
def test_trouble_that_stays_is_told_at_once(world: Faulted, sqlstate: str) -> None:
    """Nothing is tried again, nothing of the page stays, and the next run goes on."""
    kind, message = STAYING[sqlstate]
    world.provoke(raising(sqlstate), ALWAYS)
    with world.store() as store, retries() as causes:
        report = world.collect(store, names=(WIDGETS.full_name,))
        (entry,) = report.repositories
        assert (entry.outcome, entry.code) == (Outcome.FAILED, kind.code)
        assert entry.message is not None
        assert re.search(message, entry.message), entry.message
    assert (causes, world.faults()) == ([], 1)
    assert world.figure("SELECT count(*) FROM pull_requests") == 0
    world.relieve()
    assert world.after_clean_run() == world.untroubled()


@pytest.mark.parametrize("is_at_commit", [False, True], ids=["writing", "committing"])
def test_terminated_backend_costs_no_page(world: Faulted, is_at_commit: bool) -> None:
    """In the middle of a transaction, and at its end, where nobody hears whether it was committed."""
    world.provoke(TERMINATION, times=3, is_at_commit=is_at_commit)
    with world.store() as store:
        report = world.collect(store)
        assert (report.outcome, report.facts_changed) == (RunOutcome.COMPLETE, 40)
        assert essence_of(store) == world.untroubled()


def test_collection_goes_on_after_all_connections_are_terminated(world: Faulted) -> None:
    """Those that lie idle between two transactions, and the claims'."""
    with world.store() as store:
        report = world.collect(store, Meddling(PageCollected, world.terminate))
        assert (report.outcome, report.facts_changed) == (RunOutcome.COMPLETE, 40)
        assert essence_of(store) == world.untroubled()


def test_idle_connections_are_replaced_with_the_first_that_broke(world: Faulted) -> None:
    """One attempt is lost after a restart, not one for each of them."""

    def use_five_at_once() -> None:
        with ExitStack() as stack:
            connections = [stack.enter_context(database.reading()) for _ in range(5)]
            assert len(set(connections)) == 5

    with open_database(world.url, pool_size=5) as database, retries() as causes:
        use_five_at_once()
        world.terminate()
        use_five_at_once()
        assert len(causes) == 1


# psycopg cannot close a server-side cursor whose connection is gone, and complains of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_reader_begins_again_on_a_live_connection(world: Faulted) -> None:
    """What is streamed begins on a connection that answers, and what is read at once is read again."""
    with world.store() as store:
        world.collect(store)
        world.terminate()
        assert len(list(store.metrics.pull_requests(WIDGETS.id))) == 25
        world.terminate()
        assert store.rosters.in_force().version == 1
        world.terminate()
        facts = store.metrics.pull_requests(WIDGETS.id)
        assert next(facts).number == 1
        world.terminate()
        with pytest.raises(StorageUnavailableError):
            list(facts)
        # Of which psycopg is to complain here, and not in another test.
        del facts
        gc.collect()
        assert store.collection.latest_run() is not None


def test_deadlock_is_left_by_trying_again(world: Faulted) -> None:
    """Two transactions that want each other's row: ours gives in, and gets both in its second attempt."""
    world.execute("CREATE TABLE rows (id INT PRIMARY KEY)", "INSERT INTO rows VALUES (1), (2)")
    lock = "SELECT FROM rows WHERE id = %s FOR UPDATE"
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.connect(world.url.reveal(), options="-c deadlock_timeout=1min") as other,
        open_database(with_options(world, "deadlock_timeout=50ms")) as database,
        retries(other.rollback) as causes,
    ):
        other.execute(lock, [2])

        def work(connection: psycopg.Connection[tuple[object, ...]]) -> int:
            connection.execute(lock, [1])
            if not causes:
                crossing = threads.submit(other.execute, lock, [1])
                assert not crossing.done()
            return connection.execute(lock, [2]).rowcount

        assert database.transact(work) == 1
        assert ["deadlock detected" in cause for cause in causes] == [True]


def test_lock_timeout_is_waited_for_again(world: Faulted) -> None:
    """Whoever held the lock lets go between two attempts."""
    with (
        psycopg.connect(world.url.reveal()) as other,
        world.store(url=with_options(world, "lock_timeout=100ms")) as store,
        retries(other.rollback) as causes,
    ):
        other.execute("SELECT FROM settings FOR UPDATE")
        assert world.collect(store).outcome is RunOutcome.COMPLETE
        assert any("lock timeout" in cause for cause in causes)
        assert essence_of(store) == world.untroubled()


def test_statement_that_takes_too_long_is_not_repeated(world: Faulted) -> None:
    """It would take as long again; its repository fails, with the way out, and the others go on."""
    world.provoke(
        f"IF EXISTS (SELECT FROM pull_requests WHERE repository_id = {WIDGETS.id}) THEN PERFORM pg_sleep(60); END IF;",
        ALWAYS,
    )
    with world.store(url=with_options(world, "statement_timeout=3s")) as store, retries() as causes:
        report = world.collect(store, concurrency=1)
    assert [entry.outcome for entry in report.repositories] == [Outcome.COMPLETE, Outcome.FAILED]
    assert "statement_timeout in DB_URL's options" in str(report.repositories[1].message)
    assert causes == []
    world.relieve()
    assert world.after_clean_run() == world.untroubled()


def test_read_only_server_is_left_for_another(world: Faulted) -> None:
    """After a failover the address leads elsewhere: a new connection finds the server that can be written."""
    name = world.figure("SELECT quote_ident(current_database())")
    with world.store() as store:
        world.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        world.terminate()
        writable = ("BEGIN READ WRITE", f"ALTER DATABASE {name} RESET ALL", "COMMIT")
        with retries(lambda: world.execute(*writable), awaited="read-only") as causes:
            assert world.collect(store, concurrency=1).facts_changed == 40
        assert any("read-only" in cause for cause in causes)
        assert essence_of(store) == world.untroubled()


def test_server_that_stays_read_only_is_named_as_such(world: Faulted) -> None:
    """Nothing is stored, the run ends for all, and whoever watches learns of it."""
    name = world.figure("SELECT quote_ident(current_database())")
    with world.store(patience_seconds=1.0) as store:
        world.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        world.terminate()
        with pytest.raises(StorageUnavailableError, match="DB_URL names a read-only server") as caught:
            world.collect(store)
        shown(caught.value)
    finished = world.telemetry.events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.report.outcome is RunOutcome.FAILED
    assert {entry.code for entry in finished.report.repositories} <= {"storage_unavailable", "stopped"}
    world.execute("BEGIN READ WRITE", f"ALTER DATABASE {name} RESET ALL", "COMMIT")
    assert world.after_clean_run() == world.untroubled()


def test_settings_in_the_address_go_before_ours(world: Faulted) -> None:
    """Those that it does not name stay ours; empty options leave out ours."""
    names = ("statement_timeout", "lock_timeout", "TimeZone", "application_name")
    statement = "SELECT current_setting(name) FROM unnest(%s::TEXT[]) WITH ORDINALITY AS _(name, place) ORDER BY place"

    def settings(url: Secret) -> list[str]:
        with open_database(url) as database:
            rows = database.read(lambda connection: connection.execute(statement, [list(names)]).fetchall())
        return [row[0] for row in rows]

    assert settings(world.url) == ["5min", "1min", "UTC", "github-tracker"]
    assert settings(with_options(world, "statement_timeout=7s")) == ["7s", "1min", "UTC", "github-tracker"]
    named = Secret(f"{world.url.reveal()}&application_name=mine&connect_timeout=3&tcp_user_timeout=1000")
    assert settings(named) == ["5min", "1min", "UTC", "mine"]
    assert settings(Secret(f"{world.url.reveal()}&options="))[:2] == ["0", "0"]
