"""Collect: every configured repository, concurrently, each as far as it goes; one that fails stops no other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final

from attrs import evolve, frozen

from github_tracker.application.anomaly_detection import AnomalyDetection
from github_tracker.application.collect_repository import (
    CollectionPorts,
    RepositoryCollector,
    report_of,
    stop_before,
)
from github_tracker.application.identification import Identification, Identified, Target
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport, run_outcome
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import (
    PortError,
    SchemaError,
    SecretUnavailableError,
    StorageError,
    StorageUnavailableError,
    UnauthorisedError,
)
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.report_repository import ReportRepository
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
        reports: ReportRepository,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._ports = CollectionPorts(source, rosters, metrics, collection, clock, telemetry)
        self._identification = Identification(source, collection)
        self._anomalies = AnomalyDetection(reports, collection)

    def __call__(self, plan: CollectionPlan) -> RunReport:
        """Collect all repositories and return what came of each; the report is kept as well.

        Names that lead to one repository are collected once. A refused credential and a database that is gone end the
        run: what has not begun is then reported as failed. Raises StorageError if even the report cannot be kept;
        whoever watches has been told it then.
        """
        started_at = self._ports.clock.now()
        self._ports.telemetry.observe(RunStarted(len(plan.repositories)))
        run = _Run(plan, self._ports, self._identification)
        with ThreadPoolExecutor(plan.concurrency, thread_name_prefix="collect") as threads:
            try:
                identified = list(threads.map(run.identify, plan.repositories))
                targets = [run.target(group) for group in self._identification.groups(identified)]
                reports = list(threads.map(run.collect, targets))
            except BaseException:
                # Such as Ctrl-C: what is being read ends with the page that it is at.
                run.stop()
                raise
        return self._finish(started_at, run, tuple(sorted(reports, key=lambda report: report.name.lower())))

    def _finish(self, started_at: datetime, run: "_Run", reports: tuple[RepositoryReport, ...]) -> RunReport:
        now = self._ports.clock.now()
        report = RunReport(
            started_at=started_at,
            finished_at=now,
            outcome=RunOutcome.FAILED if run.is_stopped else run_outcome(reports),
            roster_version=run.roster_version,
            repositories=reports,
        )
        try:
            in_force = self._ports.rosters.in_force()
            anomalies = self._anomalies(reports, in_force, now)
            report = evolve(report, roster_version=in_force.version, anomalies=anomalies)
            self._ports.collection.record_run(report)
        except StorageError:
            self._ports.telemetry.observe(RunFinished(evolve(report, outcome=RunOutcome.FAILED)))
            raise
        self._ports.telemetry.observe(RunFinished(report))
        return report


class _Run:
    """What the threads of one run share."""

    def __init__(
        self,
        plan: CollectionPlan,
        ports: CollectionPorts,
        identification: Identification,
    ) -> None:
        self._plan = plan
        self._ports = ports
        self._identification = identification
        self._stop = Flag()
        self._is_store_gone = False
        self._collector = RepositoryCollector(ports, self._stop)

    @property
    def is_stopped(self) -> bool:
        """Whether something happened after which no repository can fare better."""
        return self._stop.is_set()

    @property
    def roster_version(self) -> int:
        """Of the roster that pages were last attributed by; 0 if none was stored."""
        return self._collector.roster_version

    def stop(self) -> None:
        """End every repository with the page that it is at, and begin no other."""
        self._stop.set()

    def identify(self, name: str) -> Identified:
        """Find which repository a name leads to; what goes wrong stays with that name."""
        report = RepositoryReport(name, Outcome.FAILED)
        if self.is_stopped:
            return Identified(_not_begun(report))
        try:
            return self._identification.identify(report, stop_before(self._plan.deadline))
        except PortError as exc:
            self._stop_if_hopeless(exc)
            return Identified(report_of(report, exc))

    def target(self, group: list[Identified]) -> Target:
        """Register what was found; what goes wrong stays with those names."""
        report = evolve(group[0].report, requests=sum(entry.report.requests for entry in group))
        if self.is_stopped:
            return Target(report if report.code else _not_begun(report), None)
        try:
            return self._identification.target(group)
        except PortError as exc:
            self._stop_if_hopeless(exc)
            return Target(report_of(report, exc), None)

    def collect(self, target: Target) -> RepositoryReport:
        """Collect one repository and return its report; nothing that happens to it reaches another."""
        report = target.report
        if target.state is not None and self.is_stopped:
            report = _not_begun(report)
        elif target.state is not None:
            report, fault = self._collector.collect(self._prepared(target.state), report, self._plan.deadline)
            self._stop_if_hopeless(fault)
            # By the id that was found at last: the name may have come to lead to another repository meanwhile.
            self._record(report.repository_id or target.state.repository.id, report)
        self._ports.telemetry.observe(RepositoryFinished(report))
        return report

    def _prepared(self, state: CollectionState) -> CollectionState:
        """Return the state to go on from: at the start of history if a walk is asked for or due."""
        is_due = state.checkpoint.is_walk_due(self._ports.clock.now(), REWALK_EVERY)
        return evolve(state, checkpoint=state.checkpoint.for_walk()) if self._plan.is_full or is_due else state

    def _record(self, repository_id: int, report: RepositoryReport) -> None:
        if self._is_store_gone:
            # Each attempt would wait for the database to come back.
            return
        try:
            self._ports.collection.record_outcome(repository_id, report, self._ports.clock.now())
        except StorageError as exc:
            self._stop_if_hopeless(exc)

    def _stop_if_hopeless(self, fault: Exception | None) -> None:
        if isinstance(fault, StorageUnavailableError):
            self._is_store_gone = True
        if isinstance(fault, UnauthorisedError | SecretUnavailableError | SchemaError | StorageUnavailableError):
            self.stop()


def _not_begun(report: RepositoryReport) -> RepositoryReport:
    return evolve(report, code="stopped", message="not begun, since the run had to stop")
