"""Plan a run that is too large for one worker: one item of work a repository, each of them once."""

from collections.abc import Iterable
from uuid import UUID

from attrs import frozen

from github_tracker.application.close_planned_run import ClosePlannedRun
from github_tracker.application.keep_run import KeepRun
from github_tracker.domain.planned_run import OpenRun, Planning
from github_tracker.domain.work import WorkItem
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.planned_runs import PlannedRuns
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.telemetry import RunStarted, Telemetry
from github_tracker.ports.work_queue import WorkQueue


@frozen
class PlanResult:
    """What a planning did."""

    run: UUID
    repositories: int
    """Planned, after names that lead to one repository were counted once."""
    sent: int
    """Items handed to the queue; 0 if this run had been planned before and is over."""
    superseded: int
    """Runs that were still open and are closed now; their items are passed over by whoever receives them."""


class PlanCollection:
    """Sends one item a repository and keeps what was planned, so that the workers' parts become one run."""

    def __init__(
        self,
        queue: WorkQueue,
        runs: PlannedRuns,
        collection: CollectionRepository,
        rosters: RosterRepository,
        reports: ReportRepository,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._queue = queue
        self._runs = runs
        self._collection = collection
        self._clock = clock
        self._telemetry = telemetry
        self._close = ClosePlannedRun(runs, KeepRun(rosters, collection, reports), telemetry)

    def __call__(self, run: UUID, repositories: Iterable[str]) -> PlanResult:
        """Plan a run over these repositories; earlier runs that are still open are closed as far as they came.

        Repositories that no worker came to in those go first, so that a queue that is never emptied starves none.
        Planning the same run again sends what is not over yet, since nobody can tell whether it was sent before.
        Raises QueueError and StorageError; planned again by the same id, the run goes on.
        """
        names = self._distinct(repositories)
        open_runs = self._runs.open_runs()
        known = next((one for one in open_runs if one.planning.run == run), None)
        if known is not None:
            return self._sent(run, known.planning.repositories, known.pending, superseded=0)
        neglected = {name.lower() for one in open_runs for name in one.unreported}
        ordered = tuple(sorted(names, key=lambda name: name.lower() not in neglected))
        if not self._runs.begin(Planning(run, self._clock.now(), ordered)):
            return PlanResult(run, len(ordered), sent=0, superseded=0)
        for one in open_runs:
            self._close(one)
        self._telemetry.observe(RunStarted(len(ordered)))
        if not ordered:
            self._close(OpenRun(Planning(run, self._clock.now(), ())))
        return self._sent(run, ordered, ordered, superseded=len(open_runs))

    def _sent(self, run: UUID, planned: tuple[str, ...], wanted: tuple[str, ...], superseded: int) -> PlanResult:
        self._queue.send([WorkItem(run, name) for name in wanted])
        return PlanResult(run, len(planned), len(wanted), superseded)

    def _distinct(self, repositories: Iterable[str]) -> tuple[str, ...]:
        """Return the names without those that are known to lead to a repository of another one, in their order."""
        ids = {state.repository.full_name.lower(): state.repository.id for state in self._collection.states()}
        distinct: dict[object, str] = {}
        for name in repositories:
            key: object = ids.get(name.lower())
            if key is None:
                state = self._collection.find(name)
                key = name.lower() if state is None else state.repository.id
            distinct.setdefault(key, name)
        return tuple(distinct.values())
