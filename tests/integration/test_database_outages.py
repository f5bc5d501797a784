"""A whole server that goes away, refuses, or fills up while a collection runs: on a server of the tests' own."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Timer

import psycopg
import pytest

from github_tracker.adapters.postgres.database import check_connection
from github_tracker.domain.run_report import RunOutcome
from github_tracker.ports.errors import StorageUnavailableError
from github_tracker.ports.secret_store import Secret
from github_tracker.ports.telemetry import PageCollected, RunFinished
from tests.integration.faulted import CANARY, Faulted, Meddling, essence_of, everything_logged, faulted, retries, shown
from tests.integration.own_server import OwnServer, own_server, with_password

pytestmark = pytest.mark.slow

ROLE = "restricted"
_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server that these tests alone use, with a role that has to say its password."""
    with own_server() as made:
        made.execute(f"CREATE ROLE {{}} LOGIN PASSWORD '{CANARY}'", ROLE)
        made.ask_for_passwords(ROLE)
        yield made


@pytest.fixture
def world(server: OwnServer, caplog: pytest.LogCaptureFixture) -> Iterator[Faulted]:
    """A migrated database on it; in the end the server is up, and no log may hold the password."""
    with everything_logged(caplog):
        yield faulted(server.create_database())
        server.start()


def restricted(world: Faulted) -> Secret:
    """Return the address for the role that is no superuser, and may do everything in this database."""
    world.execute(
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}", f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"
    )
    return with_password(world.url, CANARY, ROLE)


@pytest.mark.parametrize("seconds_down", [0, 3])
def test_restart_in_the_middle_costs_no_page(world: Faulted, server: OwnServer, seconds_down: int) -> None:
    """A crash with every connection in use: whole transactions are tried again until the server is back.

    A commit that was done and whose answer was lost is missing in the counts, not in the tables.
    """

    def crash() -> None:
        server.kill()
        if seconds_down:
            Timer(seconds_down, server.start).start()
        else:
            server.start()

    with world.store() as store:
        report = world.collect(store, Meddling(PageCollected, crash))
        assert report.outcome is RunOutcome.COMPLETE
        assert report.facts_changed <= 40
        assert essence_of(store) == world.untroubled()


def test_server_that_is_gone_ends_the_run(world: Faulted, server: OwnServer) -> None:
    """Soon and for all repositories; whoever watches learns how far it came, and the next run goes on."""
    telemetry = Meddling(PageCollected, server.kill)
    with world.store(patience_seconds=1.0) as store:
        with pytest.raises(StorageUnavailableError, match="cannot be used") as caught:
            world.collect(store, telemetry, concurrency=1)
        shown(caught.value)
    finished = telemetry.events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.report.outcome is RunOutcome.FAILED
    assert finished.report.roster_version == 1
    outcomes = {entry.name: (entry.code, entry.facts_seen) for entry in finished.report.repositories}
    assert outcomes == {"Acme/Gadgets": ("stopped", 0), "Acme/Widgets": ("storage_unavailable", 10)}
    server.start()
    assert world.after_clean_run() == world.untroubled()


def test_server_that_is_not_there_is_told_at_once(world: Faulted, server: OwnServer) -> None:
    """Where nobody answers, the address is likely wrong; nothing is tried again."""
    server.kill()
    with retries() as causes, pytest.raises(StorageUnavailableError, match="cannot be used") as caught:
        check_connection(world.url)
    assert causes == []
    shown(caught.value)
    server.start()
    check_connection(world.url)


def test_claims_give_way_where_connections_are_few(world: Faulted, server: OwnServer) -> None:
    """With a limit of two, claims would take all; storing goes on without them."""
    url = restricted(world)
    server.execute("ALTER ROLE {} CONNECTION LIMIT 2", ROLE)
    try:
        with world.store(url=url) as store:
            report = world.collect(store)
            assert (report.outcome, report.facts_changed) == (RunOutcome.COMPLETE, 40)
            assert essence_of(store) == world.untroubled()
    finally:
        server.execute("ALTER ROLE {} CONNECTION LIMIT -1", ROLE)


def test_connection_limit_that_is_reached_is_told(world: Faulted, server: OwnServer) -> None:
    """As what it is, once patience has ended; not as a wait that was too long."""
    with world.store(patience_seconds=1.0, url=restricted(world)) as store, retries() as causes:
        server.execute("ALTER ROLE {} CONNECTION LIMIT 0", ROLE)
        world.terminate()
        try:
            with pytest.raises(StorageUnavailableError, match="too many connections for role") as caught:
                world.collect(store, concurrency=1)
        finally:
            server.execute("ALTER ROLE {} CONNECTION LIMIT -1", ROLE)
        shown(caught.value)
    assert any("too many connections for role" in cause for cause in causes)
    assert world.after_clean_run() == world.untroubled()


def test_wrong_password_is_never_tried_again(world: Faulted, server: OwnServer) -> None:
    """Neither when a run begins nor when the password changes under it: accounts get locked by repetition."""
    with world.store(url=restricted(world)) as store, retries() as causes:
        server.execute("ALTER ROLE {} PASSWORD 'another'", ROLE)
        world.terminate()
        try:
            with pytest.raises(StorageUnavailableError, match="password authentication failed") as caught:
                store.rosters.in_force()
            shown(caught.value)
            assert ["terminating connection" in cause for cause in causes] == [True]
            with pytest.raises(StorageUnavailableError, match="password authentication failed") as caught:
                check_connection(restricted(world))
            shown(caught.value)
            assert len(causes) == 1
        finally:
            server.execute(f"ALTER ROLE {{}} PASSWORD '{CANARY}'", ROLE)


def test_commit_that_nobody_answered_is_not_done_twice(world: Faulted, server: OwnServer) -> None:
    """A commit that waits for a standby is done already; who replays it finds the checkpoint moved, and goes on."""
    waiting = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

    def rescue() -> None:
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while world.figure(waiting) == 0:
            assert time.monotonic() < give_up_at, "no commit waits for a standby"
            time.sleep(0.01)
        server.execute("ALTER SYSTEM RESET synchronous_standby_names")
        server.execute("SELECT pg_reload_conf()")

    with (
        ThreadPoolExecutor(1) as threads,
        world.store() as store,
        retries() as causes,
    ):
        rescued: list[Future[None]] = []

        def trap() -> None:
            server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            server.execute("SELECT pg_reload_conf()")
            rescued.append(threads.submit(rescue))

        report = world.collect(store, Meddling(PageCollected, trap), concurrency=1)
        rescued[0].result()
        assert report.outcome is RunOutcome.COMPLETE
        assert len(causes) == 1
        assert essence_of(store) == world.untroubled()


def test_full_disk_is_told_and_stores_nothing_of_the_page(world: Faulted, server: OwnServer) -> None:
    """A real one, of a quarter megabyte; with room again, the next run goes on."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(server.small_disk("256k"))
        except OSError as exc:
            pytest.skip(str(exc))
        server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        world.execute(
            "ALTER TABLE pull_requests SET TABLESPACE small", "CREATE TABLE filler (text TEXT) TABLESPACE small"
        )
        with suppress(psycopg.errors.DiskFull):
            while True:
                world.execute("INSERT INTO filler VALUES (repeat('x', 1000))")
        with world.store() as store, retries() as causes:
            report = world.collect(store, concurrency=1)
        assert report.outcome is RunOutcome.FAILED
        assert [entry.code for entry in report.repositories] == ["stopped", "storage_unavailable"]
        assert "nothing of the page was stored" in str(report.repositories[1].message)
        assert causes == []
        assert world.figure("SELECT count(*) FROM pull_requests") == 0
        world.execute("DROP TABLE filler")
        assert world.after_clean_run() == world.untroubled()
        world.execute("ALTER TABLE pull_requests SET TABLESPACE pg_default", "DROP TABLESPACE small")
