"""What a run costs GitHub and the database, in requests, statements and bytes of the write-ahead log, never in time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from attrs import evolve, frozen

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.loopback_github import LoopbackGitHub
from github_tracker.adapters.memory import MemorySecretStore, MemoryTelemetry
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.system import SystemClock
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.run_report import RunOutcome
from github_tracker.ports.secret_store import Secret, SecretName
from tests.contracts.store import GADGETS, WIDGETS, Store, put_facts, put_roster
from tests.integration.own_server import own_server
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, roster_of

TOKEN = "ghp_canary0cost"
ROSTER = roster_of(Membership("Apps", "alice", Decimal("0.6")), Membership("Core", "alice", Decimal("0.3")))

# Three pages, the last of them short, and a list of one.
FACTS = [
    merged(Author("alice", 101, "User"), created_at, created_at + timedelta(hours=5), number)
    for number in range(1, 251)
    for created_at in [at("2024-01-01") + timedelta(hours=7 * number)]
]
FACT_OF_GADGETS = evolve(FACTS[0], repository_id=GADGETS.id)


@frozen
class Cost:
    """What one run took."""

    requests: int
    statements: int
    facts: int
    """Changed."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Tells how many statements the driver has been given so far; beginning and ending transactions is not counted."""
    given: list[object] = []
    execute = psycopg.Cursor.execute

    def counted(self: "psycopg.Cursor[Any]", query: Any, *arguments: Any, **options: Any) -> Any:  # the driver's
        given.append(query)
        return execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    return lambda: len(given)


def costs_of_runs(count: int, github: LoopbackGitHub, store: Store, statements: Callable[[], int]) -> Sequence[Cost]:
    """Collect both repositories so many times, one after the other."""
    clock, telemetry = SystemClock(), MemoryTelemetry()
    secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret(TOKEN)})
    source = GitHubRestSource(RestOptions(github.url), secrets, clock, telemetry)
    collect = CollectPullRequests(
        source, store.rosters, store.metrics, store.collection, store.reports, clock, telemetry
    )
    costs = []
    for _ in range(count):
        requests, given = github.requests, statements()
        # One after the other, since two threads that begin together may both load the roster.
        report = collect(CollectionPlan((WIDGETS.full_name, GADGETS.full_name), concurrency=1))
        assert report.outcome is RunOutcome.COMPLETE
        changed = sum(entry.facts_changed for entry in report.repositories)
        costs.append(Cost(github.requests - requests, statements() - given, changed))
    return costs


def test_runs_send_few_requests_and_statements(database: Database, statements: Callable[[], int]) -> None:
    """The first walk, the first increment, which is answered in full, and runs in which nothing has changed.

    A walk takes a request a page, of which the first tells the repository's id; then it is one a repository.
    """
    store = postgres_store(database)
    put_roster(store, ROSTER)
    with LoopbackGitHub((WIDGETS, GADGETS), (*FACTS, FACT_OF_GADGETS), TOKEN) as github:
        walk, increment, unchanged, again = costs_of_runs(4, github, store, statements)
    assert (walk.requests, walk.facts) == (3 + 1, 251)
    assert (increment.requests, increment.facts) == (2, 0)
    assert (unchanged.requests, unchanged.facts) == (2, 0)
    assert walk.statements <= 31
    assert increment.statements <= 16
    assert again == unchanged
    assert unchanged.statements <= 6


@contextmanager
def quiet_store() -> Iterator[tuple[Store, Callable[[Callable[[], object]], int]]]:
    """Give a store on a server that nobody else uses, and what tells the bytes of log that something writes."""
    with own_server() as server:
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")
        url = server.create_database()
        with open_database(url, pool_size=2) as database, psycopg.connect(url.reveal(), autocommit=True) as watching:

            def position() -> int:
                row = watching.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
                assert row is not None
                return int(row[0])

            def written_by(work: Callable[[], object]) -> int:
                before = position()
                work()
                return position() - before

            yield postgres_store(database), written_by


def test_facts_that_have_not_changed_write_nothing() -> None:
    """Not a byte of log for a page of 100 known pull requests, and not a lock on any of their rows.

    The least of several, since now and then the server writes something of its own.
    """
    page: list[PullRequest] = FACTS[:100]
    with quiet_store() as (store, written_by):
        put_roster(store, ROSTER)
        assert written_by(lambda: put_facts(store, *page)) > 100 * len(page)
        assert min(written_by(lambda: put_facts(store, *page)) for _ in range(5)) == 0
