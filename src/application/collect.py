"""Collect: every configured repository, concurrently, each as far as it goes; one that fails stops no other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final

from attrs import evolve, frozen

from github_tracker.application.collect_repository import RepositoryCollector
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport, run_outcome
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import PortError, SchemaError, StorageError, UnauthorisedError
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.telemetry import RepositoryFinished, RunFinished, RunStarted, Telemetry

REWALK_EVERY: Final = timedelta(days=7)
"""How often a repository is walked over from the start, to find what was hidden or changed behind our back."""


@frozen
class CollectionPlan:
    """What a run is asked to do."""

    repositories: tuple[str, ...]
    """owner/name each."""
    concurrency: int = 8
    """How many repositories are read at a time; within one, requests go one after the other."""
    deadline: datetime | None = None
    is_full: bool = False
    """Whether every repository is walked over from the start, due or not."""


class CollectPullRequests:
    """Reads what is new on GitHub, attributes it and stores it."""

    def __init__(
        self,
        source: GitHubSource,
        rosters: RosterRepository,
        metrics: MetricsRepository,
        collection: CollectionRepository,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._source = source
        self._rosters = rosters
        self._metrics = metrics
        self._collection = collection
        self._clock = clock
        self._telemetry = telemetry

    def __call__(self, plan: CollectionPlan) -> RunReport:
        """Collect all repositories and return what came of each; the report is kept as well.

        Names that lead to one repository are collected once. A refused credential ends the run: what has not
        begun is then reported as failed. Raises StorageError if even the report cannot be kept.
        """
        started_at = self._clock.now()
        self._telemetry.observe(RunStarted(len(plan.repositories)))
        collector = RepositoryCollector(
            self._source, self._rosters, self._metrics, self._collection, self._clock, self._telemetry
        )
        with ThreadPoolExecutor(plan.concurrency, thread_name_prefix="collect") as threads:
            run = _Run(plan, collector, self._collection, self._clock, self._telemetry)
            identified = list(threads.map(run.identify, plan.repositories))
            reports = list(threads.map(run.collect, _once_each(identified)))
        return self._finish(started_at, run, tuple(sorted(reports, key=lambda report: report.name.lower())))

    def _finish(self, started_at: datetime, run: "_Run", reports: tuple[RepositoryReport, ...]) -> RunReport:
        report = RunReport(
            started_at=started_at,
            finished_at=self._clock.now(),
            outcome=RunOutcome.FAILED if run.is_stopped else run_outcome(reports),
            roster_version=self._rosters.in_force().version,
            repositories=reports,
        )
        self._collection.record_run(report)
        self._telemetry.observe(RunFinished(report))
        return report


@frozen
class _Identified:
    """A configured name with the state it leads to, or with what went wrong on the way."""

    name: str
    state: CollectionState | None
    report: RepositoryReport


def _once_each(identified: list[_Identified]) -> list[_Identified]:
    """Drop names that lead to a repository which another name leads to already."""
    seen: set[int] = set()
    kept = []
    for entry in identified:
        repository_id = None if entry.state is None else entry.state.repository.id
        if repository_id is None or repository_id not in seen:
            kept.append(entry)
        if repository_id is not None:
            seen.add(repository_id)
    return kept


class _Run:
    """What the threads of one run share."""

    def __init__(
        self,
        plan: CollectionPlan,
        collector: RepositoryCollector,
        collection: CollectionRepository,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._plan = plan
        self._collector = collector
        self._collection = collection
        self._clock = clock
        self._telemetry = telemetry
        self._stop = Flag()

    @property
    def is_stopped(self) -> bool:
        """Whether something happened after which no repository can fare better."""
        return self._stop.is_set()

    def identify(self, name: str) -> _Identified:
        """Find which repository a name leads to; GitHub is asked only for names that are not known yet."""
        report = RepositoryReport(name, Outcome.FAILED)
        if self.is_stopped:
            return _Identified(name, None, _not_begun(report))
        try:
            state, requests = self._collector.identify(name)
        except PortError as exc:
            self._stop_if_hopeless(exc)
            return _Identified(name, None, self._collector.report_of(report, exc))
        return _Identified(name, state, evolve(report, repository_id=state.repository.id, requests=requests))

    def collect(self, entry: _Identified) -> RepositoryReport:
        """Collect one repository and return its report; nothing that happens to it reaches another."""
        report = entry.report
        if entry.state is not None and self.is_stopped:
            report = _not_begun(report)
        elif entry.state is not None:
            state = entry.state
            is_due = self._plan.is_full or state.checkpoint.is_walk_due(self._clock.now(), REWALK_EVERY)
            if is_due:
                state = evolve(state, checkpoint=state.checkpoint.for_walk())
            report, fault = self._collector.collect(state, report, self._plan.deadline)
            self._stop_if_hopeless(fault)
            self._record(state.repository.id, report)
        self._telemetry.observe(RepositoryFinished(report))
        return report

    def _record(self, repository_id: int, report: RepositoryReport) -> None:
        try:
            self._collection.record_outcome(repository_id, report, self._clock.now())
        except StorageError as exc:
            self._stop_if_hopeless(exc)

    def _stop_if_hopeless(self, fault: Exception | None) -> None:
        if isinstance(fault, UnauthorisedError | SchemaError):
            self._stop.set()


def _not_begun(report: RepositoryReport) -> RepositoryReport:
    return evolve(report, code="stopped", message="not begun, since the run had to stop")
