"""A collection into a PostgreSQL in which something goes wrong, and what it would have been if nothing had."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from attrs import evolve, frozen
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemoryTelemetry
from github_tracker.adapters.postgres.database import open_database
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.secret_store import Secret
from github_tracker.ports.telemetry import Event, Telemetry
from tests.contracts.memory import memory_store
from tests.contracts.store import GADGETS, WIDGETS, Contents, Store, contents_of, put_roster
from tests.integration.own_server import with_password
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, roster_of

CANARY = "canary0password"
NAMES = (WIDGETS.full_name, GADGETS.full_name)
ROSTER = roster_of(Membership("Platform", "alice"))
_START = at("2024-01-01")

_FAULT = """
CREATE SEQUENCE fault_count;
CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Sequences are not rolled back, so they can count what has failed.
    IF nextval('fault_count') <= {times} THEN
        {action}
    END IF;
    RETURN NULL;
END
$$;
"""
_AT_WRITING = "CREATE TRIGGER fault AFTER INSERT ON pull_requests FOR EACH STATEMENT EXECUTE FUNCTION fault()"
_AT_COMMIT = """
CREATE CONSTRAINT TRIGGER fault AFTER UPDATE ON collection_state
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.version > OLD.version)
EXECUTE FUNCTION fault()
"""

_CLAIMS_HELD = """
SELECT count(*)
FROM pg_locks
INNER JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory'
    AND datname = current_database()
"""

TERMINATION = "PERFORM pg_terminate_backend(pg_backend_pid());"
ALWAYS = 1_000_000


def raising(sqlstate: str) -> str:
    """Return what a trigger does to end the statement with this error."""
    return f"RAISE EXCEPTION 'provoked' USING ERRCODE = '{sqlstate}';"


@frozen
class Faulted:
    """A database that troubles can be made in, and a GitHub to be collected into it."""

    url: Secret
    """With a canary for a password."""
    clock: MemoryClock
    github: MemoryGitHubSource
    telemetry: MemoryTelemetry

    def execute(self, *statements: str) -> None:
        """Do something to the database, as its operator."""
        with psycopg.connect(self.url.reveal(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def figure(self, statement: str) -> object:
        """Return the one value that a statement gives."""
        with psycopg.connect(self.url.reveal(), autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row and row[0]

    def provoke(self, action: str, times: int = 1, is_at_commit: bool = False) -> None:
        """Let the first so many pages fail that are stored from now on."""
        self.execute(_FAULT.format(action=action, times=times), _AT_COMMIT if is_at_commit else _AT_WRITING)

    def relieve(self) -> None:
        """Take the trouble away again."""
        self.execute("DROP FUNCTION fault CASCADE", "DROP SEQUENCE fault_count")

    def terminate(self) -> None:
        """End every other connection to this database, in the middle of whatever it does."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def faults(self) -> object:
        """Return how many pages met the trouble, or got past it."""
        return self.figure("SELECT last_value FROM fault_count")

    def collect(
        self, store: Store, telemetry: Telemetry | None = None, names: tuple[str, ...] = NAMES, concurrency: int = 2
    ) -> RunReport:
        """Run over the repositories."""
        self.clock.sleep(60)
        run = CollectPullRequests(
            self.github,
            store.rosters,
            store.metrics,
            store.collection,
            store.reports,
            self.clock,
            telemetry or self.telemetry,
        )
        return run(CollectionPlan(names, concurrency))

    @contextmanager
    def store(self, patience_seconds: float = 30.0, pool_size: int = 5, url: Secret | None = None) -> Iterator[Store]:
        """Give the store as a run opens it, with the roster in force."""
        with open_database(url or self.url, pool_size, patience_seconds) as database:
            store = postgres_store(database)
            put_roster(store, ROSTER)
            yield store

    def after_clean_run(self) -> Contents:
        """Return what is stored after a run without trouble, and that nobody holds an advisory lock here."""
        with self.store() as store:
            self.collect(store)
            assert self.figure(_CLAIMS_HELD) == 0
            return essence_of(store)

    def untroubled(self) -> Contents:
        """Return what a run without trouble stores."""
        store = memory_store()
        put_roster(store, ROSTER)
        self.collect(store)
        return essence_of(store)


def faulted(url: Secret) -> Faulted:
    """Return two repositories of three and two pages, and the migrated database that they are collected into."""
    clock = MemoryClock(at("2024-06-01"))
    github = MemoryGitHubSource(clock, page_size=10)
    for repository, count in ((WIDGETS, 25), (GADGETS, 15)):
        github.put_repository(repository)
        for number in range(1, count + 1):
            created_at = _START + timedelta(hours=number)
            fact = merged(Author("alice"), created_at, created_at + timedelta(days=1), number)
            github.put(evolve(fact, repository_id=repository.id, updated_at=created_at + timedelta(days=1)))
    return Faulted(with_password(url, CANARY), clock, github, MemoryTelemetry())


def essence_of(store: Store) -> Contents:
    """Return what a store holds, without when and how often it was asked to store it."""
    contents = contents_of(store, NAMES)
    states = tuple(
        state and CollectionState(state.repository, evolve(state.checkpoint, walked_at=None, etag=None))
        for state in contents.states
    )
    facts = tuple((fact, _START) for fact, _ in contents.facts)
    return evolve(contents, history=(), latest_run=None, states=states, facts=facts)


class Meddling(MemoryTelemetry):
    """Does something once, when the first event of a kind is observed."""

    def __init__(self, kind: type[Event], act: Callable[[], None]) -> None:
        super().__init__()
        self._kind = kind
        self._acts = [act]

    def observe(self, event: Event) -> None:
        """Take note of the event, and act if it is the one."""
        super().observe(event)
        if isinstance(event, self._kind) and self._acts:
            self._acts.pop()()


@contextmanager
def retries(act: Callable[[], None] | None = None, awaited: str = "") -> Iterator[list[str]]:
    """Give the errors for which something is tried again; do something before the attempt after the one awaited."""
    causes: list[str] = []
    has_acted: list[bool] = []

    def note(details: RetryDetails) -> None:
        causes.append(str(details.caused_by))
        if act is not None and awaited in causes[-1] and not has_acted:
            has_acted.append(True)
            act()

    set_on_retry_hooks([note])
    try:
        yield causes
    finally:
        set_on_retry_hooks(None)


@contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let everybody log all they have, for the time of a fixture; in the end, no record may hold the password."""
    # psycopg sets a level of its own.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "psycopg"):
        yield
    records = caplog.get_records("call")
    assert any(record.name.startswith("psycopg") for record in records)
    for record in records:
        assert CANARY not in f"{record.getMessage()} {record.__dict__!r}"


def shown(error: BaseException) -> str:
    """Return the error as a log would show it, with all that led to it; the password must not be in it."""
    text = "".join(traceback.format_exception(error)) + repr(error)
    assert CANARY not in text
    return str(error)
