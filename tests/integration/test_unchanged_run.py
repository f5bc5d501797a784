"""A run in which nothing changed writes its own row, at most a state row a repository, and nothing else."""

import psycopg
from attrs import evolve
from psycopg import sql

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemoryTelemetry
from github_tracker.adapters.postgres.database import Database
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership
from github_tracker.domain.run_report import Outcome
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import GADGETS, WIDGETS
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, opened, roster_of

Rows = dict[str, set[tuple[str, str]]]


def rows_of(url: Secret) -> Rows:
    """Every row's place and writing transaction, by table: both change with any write, equal content or not."""
    with psycopg.connect(url.reveal()) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%yoyo%'"
            )
        ]
        statement = sql.SQL("SELECT ctid::TEXT, xmin::TEXT FROM {}")
        return {name: set(connection.execute(statement.format(sql.Identifier(name))).fetchall()) for name in tables}


def test_unchanged_run_writes_one_run_row_and_no_fact(database: Database, fresh_database: Secret) -> None:
    """Over two repositories: first with new pages that say nothing new, then with none at all."""
    store, clock = postgres_store(database), MemoryClock(at("2024-06-01"))
    github = MemoryGitHubSource(clock)
    for repository in (WIDGETS, GADGETS):
        github.put_repository(repository)
    github.put(*(opened(None, at("2024-01-01"), number) for number in range(1, 150)))
    github.put(evolve(opened(None, at("2024-01-01")), repository_id=GADGETS.id))
    sync = SyncRoster(store.rosters, clock, MemoryTelemetry())
    collect = CollectPullRequests(
        github, store.rosters, store.metrics, store.collection, store.reports, clock, MemoryTelemetry()
    )

    def run() -> Rows:
        clock.sleep(60)
        sync(roster_of(Membership("Apps", "alice")), WantedPolicy(), "tests")
        report = collect(CollectionPlan((WIDGETS.full_name, GADGETS.full_name)))
        assert not report.with_outcome(Outcome.FAILED, Outcome.DEFERRED)
        return rows_of(fresh_database)

    first, second, third, fourth = (run() for _ in range(4))
    assert len(first["pull_requests"]) == 150
    touched = {name for name in first if first[name] != second[name]}
    assert touched == {"runs", "collection_state"}
    assert len(second["collection_state"]) == 2
    assert {name for name in first if third[name] != fourth[name]} == {"runs"}
    assert len(fourth["runs"]) == 4
