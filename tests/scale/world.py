"""A planner, a queue and many workers over one simulated GitHub, and what a round of them comes to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from attrs import field, frozen

from github_tracker.adapters.memory import (
    MemoryPlannedRuns,
    MemoryReportRepository,
    MemoryRequestBudget,
    MemoryRosterRepository,
    MemoryStore,
    MemoryTelemetry,
    MemoryWorkQueue,
)
from github_tracker.application.budgeted_source import BudgetedSource
from github_tracker.application.collect_one import CollectOneRepository
from github_tracker.application.plan_collection import PlanCollection
from github_tracker.application.work_off import WorkOff
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.request_budget import RateLimits
from github_tracker.domain.run_report import Outcome
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.roster_repository import RosterUpdate
from github_tracker.ports.telemetry import Event, RepositoryFinished, Telemetry
from github_tracker.ports.work_queue import Delivery
from tests.scale.figures import RoundFigures, WorkerFigures
from tests.scale.light_store import LightCollection, LightMetrics
from tests.scale.simulated_github import GitHubLimits, SimulatedGitHub, SimulatedSource, WorkerKilledError, drawn_sizes
from tests.scale.virtual_clock import VirtualClock
from tests.unit.examples import at, roster_of

STARTS_AT: Final = at("2024-06-03T00:00:00")
INVOCATION: Final = timedelta(minutes=15)
"""How long AWS Lambda lets a worker work."""

POLL: Final = timedelta(seconds=20)
"""How long a worker rests when there is no message for it; nobody pays for that."""

BATCH: Final = 10


@frozen
class ScalePlan:
    """What is simulated."""

    repositories: int = 10_000
    workers: int = 100
    seed: int = 1
    limits: GitHubLimits = field(factory=GitHubLimits)
    is_budgeted: bool = True
    kill_share: float = 0.0
    """Of requests, those in the middle of which the worker is killed."""


class ScaleWorld:
    """Everything that outlives a round: GitHub, the store, the budget and the time."""

    def __init__(self, plan: ScalePlan) -> None:
        self.plan = plan
        self.clock = VirtualClock(STARTS_AT)
        self.github = SimulatedGitHub(drawn_sizes(plan.repositories, plan.seed), plan.limits, self.clock, plan.seed)
        self.github.kill_share = plan.kill_share
        self.store = MemoryStore()
        self.metrics = LightMetrics(self.store, self.clock)
        self.collection = LightCollection(self.store)
        self.queue = MemoryWorkQueue(self.clock)
        self.runs = MemoryPlannedRuns(self.store)
        self.rosters = MemoryRosterRepository(self.store)
        self.reports = MemoryReportRepository(self.store)
        limits = RateLimits(plan.limits.per_hour, plan.limits.per_minute, plan.limits.concurrent)
        self.budget = MemoryRequestBudget(limits, self.clock)
        memberships = (Membership(f"team-{number % 5}", f"dev-{number}") for number in range(1, 41))
        self.rosters.put_in_force(RosterUpdate(roster_of(*memberships), AttributionPolicy(), "scale", STARTS_AT))
        self._rounds = 0

    def round(self, name: str) -> RoundFigures:
        """Plan all repositories, let all workers work until the run is over, and return the figures."""
        self._rounds += 1
        began_at, storing_time = self.clock.now(), self.metrics.storing_time
        self.github.begin_round()
        watch = FinishWatch(self.clock)
        plan_collection = PlanCollection(
            self.queue, self.runs, self.collection, self.rosters, self.reports, self.clock, MemoryTelemetry()
        )
        run = UUID(int=self._rounds)
        planned = plan_collection(run, self.github.names)
        workers = [Worker(self, watch) for _ in range(self.plan.workers)]
        self.clock.run(*(worker.work for worker in workers))
        ended_at = max(watch.finished.values(), default=began_at)
        return RoundFigures(
            name=name,
            repositories=planned.repositories,
            finished=len(watch.finished),
            incomplete=sum(self.metrics.stored(number) != size for number, size in enumerate(self.github.sizes, 1)),
            duration=ended_at - began_at,
            requests=self.github.requests,
            free_requests=self.github.free_requests,
            violations=dict(self.github.violations),
            request_time=self.github.request_time,
            storing_time=self.metrics.storing_time - storing_time,
            first_waits=tuple(sorted(asked_at - began_at for asked_at in self.github.first_asked.values())),
            finish_waits=tuple(sorted(done_at - began_at for done_at in watch.finished.values())),
            workers=tuple(worker.figures for worker in workers),
            killed=self.github.killed,
            dead_letters=len(self.queue.dead_letters),
        )

    @property
    def is_idle(self) -> bool:
        """Whether no run is open any more."""
        return not any(entry is not None for entry in self.store.planned.values())


class FinishWatch(Telemetry):
    """Notes when each repository was done with."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.finished: dict[str, datetime] = {}

    def observe(self, event: Event) -> None:
        """Take note of repositories that got through."""
        if isinstance(event, RepositoryFinished) and event.report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED):
            self.finished.setdefault(event.report.name, self._clock.now())


@frozen
class Process:
    """What a worker's process holds; all of it is gone when it is killed."""

    source: SimulatedSource
    work_off: WorkOff
    release: Callable[[], None]


class Worker:
    """One worker as AWS Lambda runs it: it is given some messages, has a quarter of an hour, and comes again."""

    def __init__(self, world: ScaleWorld, watch: FinishWatch) -> None:
        self._world = world
        self._watch = watch
        self._invocations = self._deliveries = self._redeliveries = 0
        self._worked = timedelta(0)
        self._processes = [self._begun_process()]

    @property
    def figures(self) -> WorkerFigures:
        """What it did."""
        requests = sum(process.source.sent for process in self._processes)
        return WorkerFigures(self._invocations, self._deliveries, self._redeliveries, requests, self._worked)

    def work(self) -> None:
        """Work until the run is over."""
        world = self._world
        while not world.is_idle:
            deliveries = world.queue.take(BATCH)
            if deliveries:
                began_at = world.clock.now()
                self._invocation(deliveries)
                self._worked += world.clock.now() - began_at
            else:
                visible_at = world.queue.next_visible_at
                rest = POLL if visible_at is None else min(POLL, visible_at - world.clock.now())
                world.clock.sleep(max(rest.total_seconds(), 0.1))

    def _invocation(self, deliveries: tuple[Delivery, ...]) -> None:
        """Treat messages as Lambda does."""
        world, process = self._world, self._processes[-1]
        self._invocations += 1
        self._deliveries += len(deliveries)
        self._redeliveries += sum(delivery.attempt > 1 for delivery in deliveries)
        try:
            back = process.work_off(deliveries, world.clock.now() + INVOCATION)
        except WorkerKilledError:
            # Its leases and its messages stay where they are; another process takes its place.
            self._processes.append(self._begun_process())
            return
        process.release()
        for delivery in deliveries:
            if delivery not in back:
                world.queue.acknowledge(delivery)

    def _begun_process(self) -> Process:
        world = self._world
        source = SimulatedSource(world.github, world.clock)
        if not world.plan.is_budgeted:
            return Process(source, WorkOff(self._collect_one(source)), release=lambda: None)
        budgeted = BudgetedSource(source, world.budget, world.clock, self._watch)
        return Process(source, WorkOff(self._collect_one(budgeted)), budgeted.release)

    def _collect_one(self, source: GitHubSource) -> CollectOneRepository:
        world = self._world
        return CollectOneRepository(
            source,
            world.rosters,
            world.metrics,
            world.collection,
            world.reports,
            world.runs,
            world.queue,
            world.clock,
            self._watch,
        )
