"""Asking in turns: the pages are those of the source behind, and no more ask at a time than may."""

from collections.abc import Iterator
from datetime import datetime
from threading import Barrier, Lock

import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemoryMetricsRepository
from github_tracker.application.collect import CollectionPlan, CollectPullRequests, threads_for
from github_tracker.application.source_in_turns import SourceInTurns
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import RunOutcome
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from tests.contracts.github_source import NOW, WIDGETS, GitHubSourceContract
from tests.unit.test_collect import World

NAMES = tuple(f"acme/r{number}" for number in range(1, 13))


class TestSourceInTurns(GitHubSourceContract):
    """What every source promises."""

    @pytest.fixture
    def stage(self) -> MemoryGitHubSource:
        """A GitHub in memory with one empty repository."""
        github = MemoryGitHubSource(MemoryClock(NOW))
        github.put_repository(WIDGETS)
        return github

    @pytest.fixture
    def source(self, stage: MemoryGitHubSource) -> GitHubSource:
        """One turn is enough for all of it, given back by whoever stops early or fails."""
        return SourceInTurns(stage, 1)


class Crowded(GitHubSource):
    """Counts who asks at a time, and lets nobody go before so many ask."""

    def __init__(self, source: GitHubSource, wanted: int) -> None:
        self._source = source
        self._together = Barrier(wanted, timeout=20)
        self._lock = Lock()
        self._asking = 0
        self.most = 0

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Ask for a repository."""
        self._ask()
        return self._source.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Ask for each page."""
        for page in self._source.pages(repository, checkpoint, deadline):
            self._ask()
            yield page

    def _ask(self) -> None:
        with self._lock:
            self._asking += 1
            self.most = max(self.most, self._asking)
        self._together.wait()
        with self._lock:
            self._asking -= 1


@pytest.fixture
def world() -> World:
    """Twelve repositories of one pull request each."""
    world = World()
    for number in range(1, 13):
        world.add(number, 1)
    return world


def test_as_many_ask_at_a_time_as_may(world: World) -> None:
    """No more, though there are more threads; and no fewer."""
    crowded = Crowded(world.github, 4)
    world.container.register(GitHubSource, instance=crowded)
    report = world.container.resolve(CollectPullRequests)(CollectionPlan(NAMES, concurrency=4))
    assert (report.outcome, crowded.most) == (RunOutcome.COMPLETE, 4)


def test_others_ask_while_some_store(world: World) -> None:
    """Two may ask; a third one gets its turn while those two wait for the store."""

    class Slow(MemoryMetricsRepository):
        together = Barrier(3, timeout=20)

        def store_page(self, page: AttributedPage) -> PageStored:
            self.together.wait()
            return super().store_page(page)

    world.container.register(MetricsRepository, instance=Slow(world.store))
    report = world.container.resolve(CollectPullRequests)(CollectionPlan(NAMES, concurrency=2))
    assert report.outcome is RunOutcome.COMPLETE


@pytest.mark.parametrize(("concurrency", "threads"), [(1, 1), (2, 3), (3, 4), (8, 12), (32, 48)])
def test_half_as_many_threads_more_store(concurrency: int, threads: int) -> None:
    """Where one asks at a time, everything goes in turn."""
    assert threads_for(concurrency) == threads
