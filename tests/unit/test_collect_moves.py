"""Collecting while repositories change their names, lists shrink, and time runs out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import RepositoryUnavailableError, StorageError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.telemetry import PageCollected, Telemetry
from tests.unit.test_collect import Troubled, World, pull_request


class Recording(GitHubSource):
    """Another source that remembers until when it was allowed to wait."""

    def __init__(self, inner: GitHubSource) -> None:
        self._inner = inner
        self.deadlines: list[datetime | None] = []

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Ask the other one."""
        return self._inner.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Ask the other one."""
        self.deadlines.append(deadline)
        return self._inner.pages(repository, checkpoint, deadline)


@pytest.fixture
def world() -> World:
    """Three repositories of 25 pull requests each, ten a page."""
    made = World()
    for repository_id in (1, 2, 3):
        made.add(repository_id, 25)
    return made


def test_full_run_stays_full_through_a_rename(world: World) -> None:
    """The new name is found when the first page is asked for; the walk is done all the same."""
    world.github.hide(1, 7)
    world.collect("acme/r1")
    world.github.put(pull_request(1, 7))
    world.github.put_repository(Repository(1, "acme/new"))
    entry = world.collect("acme/r1", is_full=True).repositories[0]
    assert (entry.outcome, entry.facts_changed, entry.pages) == (Outcome.COMPLETE, 1, 3)


def test_rename_between_pages_goes_on_where_it_was(world: World) -> None:
    """One page is read again, and none of those before it; then what changed since is looked at."""

    class Renaming(MemoryTelemetry):
        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected) and event.facts_seen == 20:
                world.github.put_repository(Repository(1, "acme/new"))

    world.container.register(Telemetry, instance=Renaming())
    entry = world.collect("acme/r1").repositories[0]
    assert (entry.outcome, entry.pages, entry.facts_seen, entry.facts_changed) == (Outcome.COMPLETE, 4 + 1, 35 + 1, 25)
    assert {state.repository.full_name for state in world.store.states.values()} == {"acme/new"}


def test_outcome_is_noted_with_the_repository_that_was_found(world: World) -> None:
    """The name came to lead to another one: that is what was collected, and the former one is as it was."""
    world.collect("acme/r1")
    world.github.put_repository(Repository(1, "acme/elsewhere"))
    world.add(9, 15, "acme/r1")
    gone = Troubled(world.github, "acme/r1", RepositoryUnavailableError("acme/r1", "gone"))
    world.container.register(GitHubSource, instance=gone)
    entry = world.collect("acme/r1").repositories[0]
    assert (entry.outcome, entry.repository_id, entry.facts_changed) == (Outcome.FAILED, 9, 10)
    former, found = world.store.states[1], world.store.states[9]
    assert (found.last_outcome, found.missing_since) == (Outcome.FAILED, world.clock.now())
    assert (former.last_outcome, former.missing_since) == (Outcome.COMPLETE, None)


def test_missing_repository_is_noted_since_when(world: World) -> None:
    """The first time counts, nothing stored is removed, and once it is back nothing is missing."""
    world.collect("acme/r1")
    gone = Troubled(world.github, "acme/r1", RepositoryUnavailableError("acme/r1", "not found"))
    world.container.register(GitHubSource, instance=gone)
    first = world.clock.now()
    for _ in range(2):
        entry = world.collect("acme/r1", is_full=True).repositories[0]
        assert (entry.outcome, entry.code) == (Outcome.FAILED, "unavailable")
        world.clock.sleep(3600)
    assert world.store.states[1].missing_since == first
    assert len(world.stored()) == 25
    world.container.register(GitHubSource, instance=world.github)
    world.collect("acme/r1")
    assert world.store.states[1].missing_since is None


def test_source_waits_no_longer_than_pages_may_be_begun(world: World) -> None:
    """Ten seconds before the deadline of the run; without one, as long as it takes."""
    recording = Recording(world.github)
    world.container.register(GitHubSource, instance=recording)
    deadline = world.clock.now() + timedelta(minutes=1)
    world.collect("acme/r1", deadline=deadline)
    world.collect("acme/r1")
    assert recording.deadlines == [deadline - timedelta(seconds=10), None]


def test_repositories_whose_turn_comes_too_late_send_nothing(world: World) -> None:
    """The first one's page takes all the time; the others are deferred as they are."""
    names = ("acme/r1", "acme/r2", "acme/r3")
    world.collect(*names)

    class Slow(MemoryTelemetry):
        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected):
                world.clock.sleep(300)

    world.container.register(Telemetry, instance=Slow())
    recording = Recording(world.github)
    world.container.register(GitHubSource, instance=recording)
    plan = CollectionPlan(names, concurrency=1, deadline=world.clock.now() + timedelta(seconds=60))
    report = world.container.resolve(CollectPullRequests)(plan)
    ends = [(entry.outcome, entry.code, entry.requests) for entry in report.repositories]
    assert ends == [(Outcome.UNCHANGED, None, 1), *[(Outcome.DEFERRED, "deadline", 0)] * 2]
    assert len(recording.deadlines) == 1


def test_list_that_shrinks_under_a_run_fails_once(world: World) -> None:
    """It is never complete by mistake; the next run goes by what stands then and finds all that is left."""
    world.add(4, 21)

    class Hiding(MemoryTelemetry):
        has_hidden = False

        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected) and not self.has_hidden:
                self.has_hidden = True
                world.github.hide(4, 21)

    world.container.register(Telemetry, instance=Hiding())
    entry = world.collect("acme/r4").repositories[0]
    assert (entry.outcome, entry.code, entry.pages) == (Outcome.FAILED, "transient", 1)
    finished = world.collect("acme/r4").repositories[0]
    assert (finished.outcome, finished.pages) == (Outcome.COMPLETE, 2 + 1)
    assert world.stored() == {(4, number) for number in range(1, 21)}


def test_what_is_read_twice_counts_as_seen_and_not_as_changed(world: World) -> None:
    """A full run over what is stored already writes nothing and says so."""
    world.collect("acme/r1")
    world.github.put(evolve(pull_request(1, 25), title="other", updated_at=world.clock.now()))
    assert world.collect("acme/r1").facts_changed == 1
    again = world.collect("acme/r1", is_full=True)
    assert (again.facts_seen, again.facts_changed, again.shares_changed) == (25, 0, 0)
    assert again.repositories[0].outcome is Outcome.UNCHANGED


def test_name_that_another_took_meanwhile_is_not_followed(world: World) -> None:
    """Once renamed and back again: what took over the name between is nobody's business."""
    world.collect("acme/r1")
    world.github.put_repository(Repository(1, "acme/between"))
    world.collect("acme/r1")
    world.github.put_repository(Repository(1, "acme/r1"))
    world.add(9, 15, "acme/between")
    entry = world.collect("acme/r1").repositories[0]
    assert (entry.outcome, entry.repository_id, entry.facts_changed) == (Outcome.UNCHANGED, 1, 0)
    assert {repository_id for repository_id, _ in world.stored()} == {1}


def test_repository_that_lost_its_name_is_found_by_the_configured_one(world: World) -> None:
    """Its later name went to another one that is collected as well; GitHub still leads from the first name to it."""
    world.github.put_repository(Repository(2, "acme/later"))
    world.collect("acme/r2")
    world.github.put_repository(Repository(2, "acme/last"))
    world.github.put_repository(Repository(1, "acme/later"))
    world.collect("acme/r1")
    assert world.store.states[2].is_displaced
    entry = world.collect("acme/r2").repositories[0]
    assert (entry.outcome, entry.repository_id, entry.requests) == (Outcome.UNCHANGED, 2, 2)
    assert world.store.states[2].repository.full_name == "acme/last"


@pytest.mark.parametrize("is_known", [True, False])
def test_name_that_cannot_be_noted_is_that_repositorys_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    """Found under another name or for the first time: the others are collected, and the report is kept."""
    if is_known:
        world.collect("acme/r1")
        world.github.put_repository(Repository(1, "acme/new"))
    world.collect("acme/r2")

    def refuse(*_: object) -> None:
        raise StorageError("full")

    monkeypatch.setattr(world.container.resolve(CollectionRepository), "register", refuse)
    world.clock.sleep(1)
    report = world.collect("acme/r1", "acme/r2")
    ends = [(entry.outcome, entry.code) for entry in report.repositories]
    assert ends == [(Outcome.FAILED, "storage"), (Outcome.UNCHANGED, None)]
    assert world.container.resolve(CollectionRepository).latest_run() == report


def test_requests_of_pages_that_cannot_be_stored_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent was sent."""

    def refuse(*_: object) -> None:
        raise StorageError("full")

    monkeypatch.setattr(world.container.resolve(MetricsRepository), "store_page", refuse)
    entry = world.collect("acme/r1").repositories[0]
    assert (entry.outcome, entry.requests, entry.pages) == (Outcome.FAILED, 2, 0)
