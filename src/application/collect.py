"""Collect: every configured repository, concurrently, each as far as it goes; one that fails stops no other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from attrs import evolve, frozen

from github_tracker.application.collect_repository import CollectionPorts
from github_tracker.application.collection_run import CollectionRun
from github_tracker.application.identification import Identification
from github_tracker.application.keep_run import KeepRun
from github_tracker.application.source_in_turns import SourceInTurns
from github_tracker.domain.run_report import RepositoryReport, RunOutcome, RunReport, run_outcome
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import StorageError
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.telemetry import RunFinished, RunStarted, Telemetry


@frozen
class CollectionPlan:
    """What a run is asked to do."""

    repositories: tuple[str, ...]
    """owner/name each."""
    concurrency: int = 8
    """How many repositories are asked for at a time; within one, requests go one after the other."""
    deadline: datetime | None = None
    is_full: bool = False
    """Whether every repository is walked over from the start, due or not."""


def threads_for(concurrency: int) -> int:
    """Return how many threads collect: half as many as ask store meanwhile what they have read."""
    return concurrency + concurrency // 2


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
        self._keep = KeepRun(rosters, collection, reports, telemetry)

    def __call__(self, plan: CollectionPlan) -> RunReport:
        """Collect all repositories and return what came of each; the report is kept as well.

        Names that lead to one repository are collected once. A refused credential and a database that is gone end the
        run: what has not begun is then reported as failed. Raises StorageError if even the report cannot be kept;
        whoever watches has been told it then.
        """
        started_at = self._ports.clock.now()
        self._ports.telemetry.observe(RunStarted(len(plan.repositories)))
        ports = evolve(self._ports, source=SourceInTurns(self._ports.source, plan.concurrency))
        identification = Identification(ports.source, ports.collection)
        run = CollectionRun(ports, identification, plan.deadline, plan.is_full)
        with ThreadPoolExecutor(threads_for(plan.concurrency), thread_name_prefix="collect") as threads:
            try:
                run.look_up(plan.repositories)
                identified = list(threads.map(run.identify, plan.repositories))
                targets = [run.target(group) for group in identification.groups(identified)]
                reports = list(threads.map(run.collect, targets))
                run.note_outcomes()
            except BaseException:
                # Such as Ctrl-C: what is being read ends with the page that it is at.
                run.stop()
                raise
        return self._finish(started_at, run, tuple(sorted(reports, key=lambda report: report.name.lower())))

    def _finish(self, started_at: datetime, run: CollectionRun, reports: tuple[RepositoryReport, ...]) -> RunReport:
        report = RunReport(
            started_at=started_at,
            finished_at=self._ports.clock.now(),
            outcome=RunOutcome.FAILED if run.is_stopped else run_outcome(reports),
            roster_version=run.roster_version,
            repositories=reports,
        )
        try:
            report = self._keep(report)
        except StorageError:
            self._ports.telemetry.observe(RunFinished(evolve(report, outcome=RunOutcome.FAILED)))
            raise
        self._ports.telemetry.observe(RunFinished(report))
        return report
