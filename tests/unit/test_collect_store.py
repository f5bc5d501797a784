"""Collecting while the store is in trouble, or while another run is at the same repository."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from github_tracker.adapters.memory import MemoryCollectionRepository, MemoryMetricsRepository, MemoryRosterRepository
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import StateChangedError, StorageError, StorageUnavailableError
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository
from github_tracker.ports.telemetry import RunFinished, Telemetry
from tests.unit.test_collect import NAMES, World

GONE = StorageUnavailableError("gone")


@pytest.fixture
def world() -> World:
    """Ten repositories of 25 pull requests each, ten a page."""
    made = World()
    for repository_id in range(1, 11):
        made.add(repository_id, 25)
    return made


class Collection(MemoryCollectionRepository):
    """Remembers what it was asked for, and fails where it is told to."""

    def __init__(self, world: World, *failing: str) -> None:
        super().__init__(world.store)
        self._failing = failing
        self.asked: list[str] = []
        self.claimed: list[int] = []
        world.container.register(CollectionRepository, instance=self)

    def find(self, name: str) -> CollectionState | None:
        """Look it up."""
        self._ask("find")
        return super().find(name)

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make it known."""
        self._ask("register")
        return super().register(repository, configured_name)

    @contextmanager
    def claim(self, repository_id: int) -> Iterator[bool]:
        """Remember that it was claimed."""
        self.claimed.append(repository_id)
        with super().claim(repository_id) as is_claimed:
            yield is_claimed

    def record_outcome(self, repository_id: int, report: RepositoryReport, at: datetime) -> None:
        """Note it."""
        self._ask("record_outcome")
        super().record_outcome(repository_id, report, at)

    def record_run(self, report: RunReport) -> None:
        """Keep it."""
        self._ask("record_run")
        super().record_run(report)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self._failing:
            raise GONE


def finished(world: World) -> RunReport:
    """Return the report that whoever watches was told at last."""
    event = world.container.resolve(Telemetry).events[-1]
    assert isinstance(event, RunFinished)
    return event.report


def test_store_that_is_gone_ends_the_run(world: World) -> None:
    """Every other repository would wait for it as long again; not even outcomes are noted."""

    class Gone(MemoryMetricsRepository):
        asked = 0

        def store_page(self, page: AttributedPage) -> PageStored:
            self.asked += 1
            raise StorageUnavailableError(f"gone at {page.repository_id}")

    metrics, collection = Gone(world.store), Collection(world)
    world.container.register(MetricsRepository, instance=metrics)
    report = world.collect(*NAMES)
    assert report.outcome is RunOutcome.FAILED
    assert 1 <= metrics.asked <= 3
    codes = [entry.code for entry in report.repositories]
    assert codes.count("storage_unavailable") == metrics.asked
    assert set(codes) == {"storage_unavailable", "stopped"}
    assert "record_outcome" not in collection.asked


@pytest.mark.parametrize("failing", ["find", "register"])
def test_store_that_is_gone_before_reading_ends_the_run(world: World, failing: str) -> None:
    """While names are looked up, or while what was found is made known."""
    collection = Collection(world, failing)
    report = world.collect(*NAMES)
    assert report.outcome is RunOutcome.FAILED
    assert 1 <= collection.asked.count(failing) <= 3
    assert {entry.code for entry in report.repositories} == {"storage_unavailable", "stopped"}
    assert finished(world) == report


@pytest.mark.parametrize("failing", ["acme/r1", "ACME/r1", "Acme/R1"])
def test_name_that_cannot_be_registered_is_told_though_others_lead_there(world: World, failing: str) -> None:
    """Whichever of them it is; the repository is not collected in this run, and is in the next one."""

    class Refusing(MemoryCollectionRepository):
        refusals = 1

        def register(self, repository: Repository, configured_name: str) -> CollectionState:
            if configured_name == failing and self.refusals:
                self.refusals -= 1
                raise StorageError("refused")
            return super().register(repository, configured_name)

    world.container.register(CollectionRepository, instance=Refusing(world.store))
    names = ("acme/r1", "ACME/r1", "Acme/R1")
    told = world.collect(*names)
    assert [(entry.name, entry.outcome, entry.code, entry.message) for entry in told.repositories] == [
        ("acme/r1", Outcome.FAILED, "storage", "refused")
    ]
    assert (told.outcome, told.requests, world.stored()) == (RunOutcome.FAILED, 3, set())
    assert [entry.outcome for entry in world.collect(*names).repositories] == [Outcome.COMPLETE]
    assert len(world.stored()) == 25


def test_store_that_is_gone_while_following_a_move_fails_that_repository(world: World) -> None:
    """It is reported like any other fault of the store, and the run comes to its end."""

    class Overtaken(MemoryMetricsRepository):
        def store_page(self, page: AttributedPage) -> PageStored:
            collection.fail("find")
            raise StateChangedError(f"moved: {page.repository_id}")

    class Failing(Collection):
        def fail(self, what: str) -> None:
            self._failing = (what,)

    collection = Failing(world)
    world.container.register(MetricsRepository, instance=Overtaken(world.store))
    (entry,) = world.collect("acme/r1").repositories
    assert (entry.outcome, entry.code) == (Outcome.FAILED, "storage_unavailable")


def test_report_that_cannot_be_kept_is_told_all_the_same(world: World) -> None:
    """Whoever watches learns what was done, and that the run failed, before the error is raised."""
    Collection(world, "record_run")
    with pytest.raises(StorageError, match="gone"):
        world.collect("acme/r1")
    report = finished(world)
    assert (report.outcome, report.facts_changed, report.roster_version) == (RunOutcome.FAILED, 25, 1)


def test_roster_that_cannot_be_read_at_the_end_is_named_by_what_was_used(world: World) -> None:
    """The report says by which version the pages were attributed."""

    class GoneLater(MemoryRosterRepository):
        asked = 0

        def in_force(self) -> RosterInForce:
            self.asked += 1
            if self.asked > 1:
                raise GONE
            return super().in_force()

    world.container.register(RosterRepository, instance=GoneLater(world.store))
    with pytest.raises(StorageUnavailableError):
        world.collect("acme/r1")
    assert (finished(world).outcome, finished(world).roster_version) == (RunOutcome.FAILED, 1)


def test_repository_that_another_run_holds_is_left_to_it(world: World) -> None:
    """Nothing of its first page is stored, so that the other run is not sent back; the next run goes on."""
    with Collection(world).claim(1):
        report = world.collect("acme/r1", "acme/r2")
        entry = report.repositories[0]
        assert (entry.outcome, entry.code, entry.pages, entry.requests) == (Outcome.DEFERRED, "claimed", 0, 2)
        assert report.repositories[1].outcome is Outcome.COMPLETE
        assert {repository_id for repository_id, _ in world.stored()} == {2}
    assert world.collect("acme/r1").repositories[0].facts_changed == 25


def test_only_a_repository_of_several_pages_is_claimed(world: World) -> None:
    """Once, and no longer than it is read; an unchanged one costs no claim."""
    world.add(11, 10)
    collection = Collection(world)
    world.collect("acme/r1", "acme/r11")
    assert (collection.claimed, world.store.claims) == ([1], set())
    world.clock.sleep(24 * 60 * 60)
    world.collect("acme/r1", "acme/r11")
    assert collection.claimed == [1]


def test_claim_is_no_condition_of_storing(world: World) -> None:
    """A store that grants every claim collects the same."""

    class Generous(Collection):
        @contextmanager
        def claim(self, repository_id: int) -> Iterator[bool]:
            self.claimed.append(repository_id)
            yield True

    Generous(world)
    assert world.collect(*NAMES).facts_changed == 250
