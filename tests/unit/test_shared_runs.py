"""Planner and workers over the in-memory adapters: the same as one collection, whatever happens to the messages."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from github_tracker.adapters.memory import (
    MemoryGitHubSource,
    MemoryMetricsRepository,
    MemoryPlannedRuns,
    MemoryTelemetry,
    MemoryWorkQueue,
)
from github_tracker.application.close_planned_run import ClosePlannedRun
from github_tracker.application.collect_one import CollectOneRepository, Fate, Worked
from github_tracker.application.keep_run import KeepRun
from github_tracker.application.plan_collection import PlanCollection, PlanResult
from github_tracker.application.work_off import HopelessError, WorkOff
from github_tracker.domain.planned_run import RunPart
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.domain.work import MOST_ATTEMPTS, WorkItem
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import (
    LimitedSourceError,
    QueueError,
    SchemaError,
    SourceError,
    StorageError,
    StorageUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.planned_runs import PlannedRuns, Task
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.telemetry import PageCollected, RunFinished, RunStarted, Telemetry
from github_tracker.ports.work_queue import LONGEST_DELAY, Delivery, WorkInbox, WorkQueue
from tests.unit.test_collect import NAMES, Troubled, World

RUN, NEXT_RUN = UUID(int=1), UUID(int=2)
TIMEOUT = timedelta(minutes=16)


class SharedWorld(World):
    """The world of the collection's tests, with a queue and workers."""

    def __init__(self) -> None:
        super().__init__()
        for repository_id in range(1, 11):
            self.add(repository_id, 25)

    @property
    def queue(self) -> MemoryWorkQueue:
        """The queue."""
        queue = self.container.resolve(WorkInbox)
        assert isinstance(queue, MemoryWorkQueue)
        return queue

    def plan(self, *names: str, run: UUID = RUN) -> PlanResult:
        """Plan a run over these names."""
        result: PlanResult = self.container.resolve(PlanCollection)(run, names)
        return result

    def take(self, most: int = 10) -> tuple[Delivery, ...]:
        """Take what is visible."""
        return self.queue.take(most)

    def work(self, delivery: Delivery, deadline: datetime | None = None) -> Worked:
        """Do one item; nothing happens to its message."""
        worked: Worked = self.container.resolve(CollectOneRepository)(delivery, deadline)
        return worked

    def work_off(self, most: int = 10, deadline: timedelta | None = None) -> tuple[str, ...]:
        """Take a batch and treat it as Lambda would; return the names that were given back, by letting time pass."""
        deliveries = self.take(most)
        ends_at = None if deadline is None else self.clock.now() + deadline
        back: tuple[Delivery, ...] = self.container.resolve(WorkOff)(deliveries, ends_at)
        for delivery in deliveries:
            if delivery not in back:
                self.queue.acknowledge(delivery)
        return tuple(delivery.item.repository for delivery in back)

    def work_till_empty(self) -> None:
        """Work and let time pass until nothing is left but dead letters."""
        while (at := self.queue.next_visible_at) is not None:
            self.clock.sleep((at - self.clock.now()).total_seconds())
            self.work_off()

    @property
    def run(self) -> RunReport:
        """The run that ended last."""
        report = self.container.resolve(CollectionRepository).latest_run()
        assert report is not None
        return report

    def told(self, kind: type) -> list[object]:
        """What whoever watches was told of this kind."""
        return [event for event in self.container.resolve(Telemetry).events if isinstance(event, kind)]

    def trouble(self, name: str, fault: Exception, is_at_once: bool = False) -> None:
        """Let GitHub fail for one repository from now on."""
        self.container.register(GitHubSource, instance=Troubled(self.github, name, fault, is_at_once))

    def heal(self) -> None:
        """Let GitHub answer again."""
        self.container.register(GitHubSource, instance=self.github)


@pytest.fixture
def world() -> SharedWorld:
    """Ten repositories of 25 pull requests each, ten a page."""
    return SharedWorld()


def outcomes(report: RunReport) -> dict[str, tuple[Outcome, str | None]]:
    """How each repository ended."""
    return {entry.name: (entry.outcome, entry.code) for entry in report.repositories}


def test_workers_come_to_what_one_collection_comes_to(world: SharedWorld) -> None:
    """The same facts, shares and report, but for the time it took; and it is told of once."""
    assert world.plan(*NAMES) == PlanResult(RUN, 10, 10, 0)
    world.work_till_empty()
    alone = SharedWorld()
    report = alone.collect(*NAMES)
    assert world.store.attributions == alone.store.attributions
    assert (world.run.repositories, world.run.outcome) == (report.repositories, RunOutcome.COMPLETE)
    assert (world.run.roster_version, world.run.anomalies) == (report.roster_version, report.anomalies)
    assert world.told(RunStarted) == [RunStarted(10)]
    assert world.told(RunFinished) == [RunFinished(world.run)]
    assert world.store.states == alone.store.states


def test_same_item_twice_asks_github_nothing(world: SharedWorld) -> None:
    """Before the run is closed, after it, and for a run that nobody planned."""
    world.plan(*NAMES[:2])
    one, other = world.take()
    assert world.work(one).fate is Fate.DONE
    assert world.work(one) == Worked(Fate.DONE, None)
    assert world.work(other).report is not None
    for delivery in (one, other, Delivery(WorkItem(NEXT_RUN, NAMES[0]), "unknown")):
        assert world.work(delivery) == Worked(Fate.DONE, None)
    assert len(world.told(RunFinished)) == 1


def test_item_of_a_repository_that_was_not_planned_is_passed_over(world: SharedWorld) -> None:
    """Whoever can write into the queue cannot have other repositories collected."""
    world.plan(NAMES[0])
    assert world.work(Delivery(WorkItem(RUN, NAMES[1]), "foreign")) == Worked(Fate.DONE, None)
    assert not world.stored()


def test_walk_that_was_cut_is_sent_again_at_once(world: SharedWorld) -> None:
    """It goes on from its checkpoint as a new item, and the run counts what all parts did."""

    class Slow(MemoryTelemetry):
        def observe(self, event: object) -> None:
            super().observe(event)
            if isinstance(event, PageCollected):
                world.clock.sleep(30)

    world.container.register(Telemetry, instance=Slow())
    world.plan(NAMES[0])
    assert world.work_off(deadline=timedelta(seconds=60)) == ()
    assert len(world.stored()) == 20
    (again,) = world.take()
    assert (again.item, again.attempt) == (WorkItem(RUN, NAMES[0]), 1)
    assert world.work(again).fate is Fate.DONE
    (entry,) = world.run.repositories
    assert (entry.outcome, entry.pages, entry.facts_changed) == (Outcome.COMPLETE, 2 + 3, 25)


def test_walk_without_any_page_is_counted_by_the_queue(world: SharedWorld) -> None:
    """A deadline that is too near for anything ends in the dead letters, not in a loop."""
    world.plan(NAMES[0])
    for _ in range(MOST_ATTEMPTS):
        assert world.work_off(deadline=timedelta(seconds=9)) == (NAMES[0],)
        world.clock.sleep(TIMEOUT.total_seconds())
    assert world.take() == ()
    assert world.queue.dead_letters == (WorkItem(RUN, NAMES[0]),)


def test_item_behind_a_slow_one_is_not_to_blame(world: SharedWorld) -> None:
    """What found no time because another got on is sent again, and counts as new."""

    class Slow(MemoryTelemetry):
        def observe(self, event: object) -> None:
            super().observe(event)
            if isinstance(event, PageCollected):
                world.clock.sleep(30)

    world.container.register(Telemetry, instance=Slow())
    world.plan(*NAMES[:3])
    assert world.work_off(deadline=timedelta(seconds=100)) == ()
    rest = world.take()
    assert [(delivery.item.repository, delivery.attempt) for delivery in rest] == [(NAMES[1], 1), (NAMES[2], 1)]


def test_rate_limit_is_waited_for_in_the_queue(world: SharedWorld) -> None:
    """In steps that the queue can hold; nothing is asked of GitHub before the limit is over."""
    retry_at = world.clock.now() + timedelta(minutes=40)
    world.trouble(NAMES[0], LimitedSourceError("limit", retry_at))
    world.plan(NAMES[0])
    assert world.work_off() == ()
    begun: list[datetime] = []
    watched = MemoryGitHubSource(world.clock, 10, lambda _request: begun.append(world.clock.now()))
    watched.put_repository(Repository(1, NAMES[0]))
    world.container.register(GitHubSource, instance=watched)
    waited = []
    while not begun:
        at = world.queue.next_visible_at
        assert at is not None
        waited.append(at - world.clock.now())
        world.clock.sleep(waited[-1].total_seconds())
        world.work_off()
    assert waited == [LONGEST_DELAY, LONGEST_DELAY, timedelta(minutes=10)]
    assert begun[0] == retry_at


def test_passing_fault_is_tried_again_by_the_queue(world: SharedWorld) -> None:
    """And when it has passed, the run is complete."""
    world.trouble(NAMES[0], TransientSourceError("502"))
    world.plan(*NAMES[:2])
    assert world.work_off() == (NAMES[0],)
    assert world.store.runs == []
    world.heal()
    world.clock.sleep(TIMEOUT.total_seconds())
    assert world.work_off() == ()
    assert outcomes(world.run) == dict.fromkeys(NAMES[:2], (Outcome.COMPLETE, None))


def test_fault_that_stays_ends_in_the_dead_letters(world: SharedWorld) -> None:
    """After its last attempt the run is closed with it as failed; nobody waits for it longer."""
    world.trouble(NAMES[0], TransientSourceError("502"))
    world.plan(*NAMES[:2])
    world.work_till_empty()
    assert world.queue.dead_letters == (WorkItem(RUN, NAMES[0]),)
    assert outcomes(world.run) == {NAMES[0]: (Outcome.FAILED, "transient"), NAMES[1]: (Outcome.COMPLETE, None)}
    assert world.run.outcome is RunOutcome.PARTIAL


def test_repository_that_is_gone_is_noted_and_not_tried_again(world: SharedWorld) -> None:
    """It would not come back."""
    world.plan(NAMES[0], "acme/gone")
    assert world.work_off() == ()
    assert outcomes(world.run)["acme/gone"] == (Outcome.FAILED, "unavailable")
    assert (world.queue.next_visible_at, world.queue.dead_letters) == (None, ())


@pytest.mark.parametrize("fault", [UnauthorisedError("no"), SourceError("broken")])
def test_refused_token_gives_the_whole_batch_back(world: SharedWorld, fault: SourceError) -> None:
    """Unlike a fault of one repository; what was done before is passed over when it comes again."""
    world.trouble(NAMES[1], fault, is_at_once=True)
    world.plan(*NAMES[:3])
    if not isinstance(fault, UnauthorisedError):
        assert world.work_off() == (NAMES[1],)
        return
    with pytest.raises(HopelessError, match=f"{NAMES[1]}: no"):
        world.work_off()
    world.heal()
    world.clock.sleep(TIMEOUT.total_seconds())
    assert world.work_off() == ()
    assert outcomes(world.run) == dict.fromkeys(NAMES[:3], (Outcome.COMPLETE, None))


def failing(fault: StorageError) -> type[MemoryPlannedRuns]:
    """Return a store that does not tell what is to be done."""

    class Failing(MemoryPlannedRuns):
        def task(self, item: WorkItem) -> Task | None:
            raise type(fault)(f"{item.repository}: {fault}")

    return Failing


@pytest.mark.parametrize("fault", [StorageUnavailableError("gone"), SchemaError("no tables")])
def test_database_that_is_gone_gives_the_whole_batch_back(world: SharedWorld, fault: StorageError) -> None:
    """No other item can fare better."""
    world.plan(*NAMES[:2])
    world.container.register(PlannedRuns, instance=failing(fault)(world.store))
    with pytest.raises(HopelessError, match=str(fault)):
        world.work_off()


def test_database_that_refuses_a_page_gives_the_whole_batch_back(world: SharedWorld) -> None:
    """Also where it goes in the middle of a repository."""

    class Gone(MemoryMetricsRepository):
        def store_page(self, page: AttributedPage) -> PageStored:
            raise StorageUnavailableError(f"gone while storing {page.repository_id}")

    world.plan(*NAMES[:2])
    world.container.register(MetricsRepository, instance=Gone(world.store))
    with pytest.raises(HopelessError, match="gone while storing 1"):
        world.work_off()


def test_other_faults_of_the_database_are_one_items(world: SharedWorld) -> None:
    """Such as a statement that took too long."""
    world.plan(*NAMES[:2])
    world.container.register(PlannedRuns, instance=failing(StorageError("too long"))(world.store))
    assert world.work_off() == NAMES[:2]


def test_repository_that_another_run_holds_is_come_back_to(world: SharedWorld) -> None:
    """In a quarter of an hour, as often as it takes; and when the other is killed, nothing is lost."""
    world.store.claims.add(2)
    world.plan(NAMES[1])
    for _ in range(2 * MOST_ATTEMPTS):
        now = world.clock.now()
        assert world.work_off() == ()
        assert world.queue.next_visible_at == now + LONGEST_DELAY
        world.clock.sleep(LONGEST_DELAY.total_seconds())
    world.store.claims.clear()
    world.work_till_empty()
    assert outcomes(world.run) == {NAMES[1]: (Outcome.COMPLETE, None)}
    assert world.queue.dead_letters == ()


def test_repository_that_the_other_worker_finished_is_not_come_back_to_for_ever(world: SharedWorld) -> None:
    """Two workers with one item: one finds it held, the other ends it, and the item sent again is passed over."""
    world.plan(NAMES[0])
    (delivery,) = world.take()
    world.store.claims.add(1)
    assert world.work(delivery).fate is Fate.DONE
    world.store.claims.clear()
    assert world.work(delivery).fate is Fate.DONE
    assert outcomes(world.run) == {NAMES[0]: (Outcome.COMPLETE, None)}
    world.clock.sleep(LONGEST_DELAY.total_seconds())
    (again, *_) = world.take()
    assert world.work(again) == Worked(Fate.DONE, None)


def test_queue_that_takes_nothing_lets_the_item_be_delivered_again(world: SharedWorld) -> None:
    """Instead of losing it."""

    class Full(MemoryWorkQueue):
        def send(self, *_: object) -> None:
            raise QueueError("full")

    world.trouble(NAMES[0], LimitedSourceError("limit", world.clock.now() + timedelta(minutes=40)))
    world.plan(NAMES[0])
    (delivery,) = world.take()
    world.container.register(WorkQueue, instance=Full(world.clock))
    assert world.work(delivery).fate is Fate.AGAIN


def test_names_of_one_repository_are_planned_once(world: SharedWorld) -> None:
    """Another spelling always, a former name once it is known."""
    assert world.plan("acme/r1", "ACME/R1", "acme/r2").repositories == 2
    world.work_till_empty()
    world.github.put_repository(Repository(1, "acme/new"))
    world.plan("acme/r1", "acme/new", run=NEXT_RUN)
    world.work_till_empty()
    assert world.plan("acme/r1", "acme/new", "acme/r2", run=UUID(int=3)).repositories == 2


def test_same_planning_twice_sends_only_what_is_left(world: SharedWorld) -> None:
    """A planner that was killed between two messages is made good; one whose run is over does nothing."""
    world.plan(*NAMES[:3])
    world.work_off(most=1)
    assert world.plan(*NAMES[:3]) == PlanResult(RUN, 3, 2, 0)
    world.work_till_empty()
    assert world.plan(*NAMES[:3]) == PlanResult(RUN, 3, 0, 0)
    assert (len(world.store.runs), world.run.requests) == (1, 3 * 4)
    assert world.queue.next_visible_at is None


def test_next_planning_closes_the_run_before(world: SharedWorld) -> None:
    """With what no worker came to as deferred; its items are passed over, and those repositories go first."""
    world.plan(*NAMES[:4])
    world.work_off(most=2)
    assert world.plan(*NAMES[:4], run=NEXT_RUN) == PlanResult(NEXT_RUN, 4, 4, 1)
    assert outcomes(world.run) == {
        NAMES[0]: (Outcome.COMPLETE, None),
        NAMES[1]: (Outcome.COMPLETE, None),
        NAMES[2]: (Outcome.DEFERRED, "not_reached"),
        NAMES[3]: (Outcome.DEFERRED, "not_reached"),
    }
    items = [delivery.item for delivery in world.take()]
    stale, fresh = items[:2], items[2:]
    assert [item.repository for item in fresh] == [NAMES[2], NAMES[3], NAMES[0], NAMES[1]]
    assert all(world.work(Delivery(item, "stale")) == Worked(Fate.DONE, None) for item in stale)


def test_run_over_nothing_is_closed_at_once(world: SharedWorld) -> None:
    """As an ordinary one is."""
    world.plan()
    assert (world.run.outcome, world.run.repositories) == (RunOutcome.COMPLETE, ())


def test_two_that_note_the_last_part_keep_one_run(world: SharedWorld) -> None:
    """And one of them tells of it."""
    world.plan(NAMES[0])
    runs: PlannedRuns = world.container.resolve(PlannedRuns)
    runs.add_part(RUN, RunPart(RepositoryReport(NAMES[0], Outcome.COMPLETE, 1), world.clock.now(), is_over=True))
    (run,) = runs.open_runs()
    resolve = world.container.resolve
    keep = KeepRun(resolve(RosterRepository), resolve(CollectionRepository), resolve(ReportRepository))
    close = ClosePlannedRun(runs, keep, resolve(Telemetry))
    close(run)
    close(run)
    assert (len(world.store.runs), len(world.told(RunFinished))) == (1, 1)
