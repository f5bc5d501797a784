"""The use case that collects, over a store of one's own.

    python -m examples.collect_into_sqlite shop.sqlite examples/scenario.toml

GitHub is what a scenario generates; a GitHubRestSource in its place would collect for real.
"""

import sys
from pathlib import Path

from examples.sqlite_store import SqliteCollectionRepository, SqliteMetricsRepository
from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemoryStore
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.velocity import weekly_velocity
from github_tracker.entrypoints.containers import simulation_container
from github_tracker.entrypoints.simulation import run_scenario
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.roster_repository import RosterRepository


def main(file: Path, scenario: Path) -> None:
    """Collect into the file what a scenario generates, and print the first weeks of what follows from it."""
    result = run_scenario(scenario)
    clock = MemoryClock(result.runs[-1].finished_at)
    source = MemoryGitHubSource(clock)
    for repository in result.truth.repositories:
        source.put_repository(repository)
    source.put(*result.truth.pull_requests)
    container = simulation_container(clock, source)
    metrics = SqliteMetricsRepository(file, container.resolve(RosterRepository))
    # What is registered last is what use cases get.
    container.register(MetricsRepository, instance=metrics)
    collection = SqliteCollectionRepository(container.resolve(MemoryStore), metrics)
    container.register(CollectionRepository, instance=collection)
    container.resolve(SyncRoster)(result.truth.roster, WantedPolicy(), changed_by="example")
    names = tuple(repository.full_name for repository in result.truth.repositories)
    report = container.resolve(CollectPullRequests)(CollectionPlan(names))
    print(f"run {report.outcome}: {report.facts_changed} new or changed, {report.requests} requests")
    for week in weekly_velocity(metrics.attributions(), "UTC")[:4]:
        print(f"{week.week} {week.team}: {week.weighted_prs_merged.normalize():f} merged")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
