"""Collecting holds a page at a time: what it needs at most does not grow with the history."""

import gc
import tracemalloc
from datetime import timedelta

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.adapters.postgres.database import Database
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Repository
from tests.contracts.github_source import NOW, fact
from tests.integration.postgres_store import postgres_store
from tests.integration.rest_reader import Reader
from tests.scripted_github import ScriptedGitHub
from tests.unit.examples import roster_of

FEW, MANY = 500, 2000
MOST_BYTES_A_FACT = 700


class Forgetful(MemoryTelemetry):
    """Keeps no event, as they would grow with the history."""

    def observe(self, event: object) -> None:
        """Look away."""


def peak_of_walk(database: Database, repository: Repository, count: int) -> int:
    """Return the most bytes that walking over so many pull requests took at a time, over HTTP into PostgreSQL."""
    store, clock = postgres_store(database), MemoryClock(NOW)
    with ScriptedGitHub(clock) as github:
        github.put_repository(repository)
        github.put(*(fact(number, repository.id) for number in range(1, count + 1)))
        SyncRoster(store.rosters, clock, Forgetful())(roster_of(Membership("Apps", "alice")), WantedPolicy(), "tests")
        source = Reader(github.url, clock).source
        collect = CollectPullRequests(
            source, store.rosters, store.metrics, store.collection, store.reports, clock, Forgetful()
        )
        gc.collect()
        tracemalloc.start()
        try:
            report = collect(CollectionPlan((repository.full_name,)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert report.facts_changed == count
    clock.sleep(timedelta(hours=1).total_seconds())
    return peak


def test_peak_does_not_grow_with_history(database: Database) -> None:
    """The GitHub of the test sorts its lists here too, at 200 to 450 bytes a fact; a kept one takes over 1,000."""
    peak_of_walk(database, Repository(1, "acme/warm-up", "main"), 200)
    few = peak_of_walk(database, Repository(2, "acme/few", "main"), FEW)
    many = peak_of_walk(database, Repository(3, "acme/many", "main"), MANY)
    assert (many - few) / (MANY - FEW) < MOST_BYTES_A_FACT, (few, many)
