"""Collect one repository for a run that many workers share, and say what is to become of the item of work."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from github_tracker.application.close_planned_run import ClosePlannedRun
from github_tracker.application.collect_repository import CollectionPorts, stop_before
from github_tracker.application.collection_run import CollectionRun
from github_tracker.application.identification import Identification
from github_tracker.application.keep_run import KeepRun
from github_tracker.domain.planned_run import RunPart
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.domain.work import MOST_ATTEMPTS, WorkItem
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import LimitedSourceError, OutOfTimeError, QueueError, RepositoryUnavailableError
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.planned_runs import PlannedRuns, Task
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.telemetry import Telemetry
from github_tracker.ports.work_queue import AT_ONCE, LONGEST_DELAY, Delivery, WorkQueue

HELD_BY_ANOTHER: Final = frozenset({"claimed", "overtaken"})
"""Codes of a repository that another run or worker is collecting at the moment."""


class Fate(StrEnum):
    """What is to become of a delivered item."""

    DONE = "done"
    """To be acknowledged; nothing is left to do, or it was sent again as a new item."""
    AGAIN = "again"
    """To be delivered again, as often as the queue does it; then it is a dead letter."""
    HOPELESS = "hopeless"
    """As AGAIN, and so with everything else: the credential is refused, or the database is gone."""


@frozen
class Worked:
    """What came of one delivery."""

    fate: Fate
    report: RepositoryReport | None = None
    """None if nothing was begun."""

    @property
    def has_got_on(self) -> bool:
        """Whether time was spent to some purpose: the repository is done with, or a page of it is stored."""
        report = self.report
        return report is not None and (report.pages > 0 or is_final(report))


class CollectOneRepository:
    """Does what an item of work asks for. The same item twice, or by two workers at once, changes nothing."""

    def __init__(
        self,
        source: GitHubSource,
        rosters: RosterRepository,
        metrics: MetricsRepository,
        collection: CollectionRepository,
        reports: ReportRepository,
        runs: PlannedRuns,
        queue: WorkQueue,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._ports = CollectionPorts(source, rosters, metrics, collection, clock, telemetry)
        self._identification = Identification(source, collection)
        self._runs = runs
        self._queue = queue
        self._close = ClosePlannedRun(runs, KeepRun(rosters, collection, reports, telemetry), telemetry)

    def __call__(self, delivery: Delivery, deadline: datetime | None = None) -> Worked:
        """Collect the repository as far as it goes, note it for the run, and send the item again if work is left.

        An item of a run that is closed, or of a repository that is done with in its run, is passed over: a duplicate,
        or one that a later planning has sent anew. Raises StorageError; then the item is as if never delivered.
        """
        item = delivery.item
        task = self._runs.task(item)
        if task is None:
            return Worked(Fate.DONE)
        if (delay := self._time_to_wait(task)) > AT_ONCE:
            return Worked(self._sent_again(item, delay))
        if (stop_at := stop_before(deadline)) is not None and self._ports.clock.now() >= stop_at:
            return Worked(Fate.AGAIN)
        run = CollectionRun(self._ports, self._identification, deadline)
        report = run.collect(run.target([run.identify(item.repository)]))
        run.note_outcomes()
        self._note(delivery, report)
        return Worked(Fate.HOPELESS if run.is_stopped else self._fate(item, report), report)

    def send_again(self, item: WorkItem) -> Fate:
        """Send an item again that was not begun, so that it does not count as an attempt; AGAIN if that fails."""
        return self._sent_again(item, AT_ONCE)

    def _time_to_wait(self, task: Task) -> timedelta:
        """Return how long a rate limit still lasts that an earlier part met: asking earlier costs a request."""
        latest = task.latest
        if latest is None or latest.code != LimitedSourceError.code or latest.retry_at is None:
            return AT_ONCE
        return latest.retry_at - self._ports.clock.now()

    def _note(self, delivery: Delivery, report: RepositoryReport) -> None:
        """Note the part; whoever notes the last one closes the run."""
        has_failed = report.outcome is Outcome.FAILED and delivery.attempt >= MOST_ATTEMPTS
        part = RunPart(report, self._ports.clock.now(), is_over=is_final(report) or has_failed)
        run = delivery.item.run
        if self._runs.add_part(run, part):
            for one in self._runs.open_runs():
                if one.planning.run == run:
                    self._close(one)

    def _fate(self, item: WorkItem, report: RepositoryReport) -> Fate:
        if is_final(report):
            return Fate.DONE
        if report.code == LimitedSourceError.code and report.retry_at is not None:
            return self._sent_again(item, report.retry_at - self._ports.clock.now())
        if report.code in HELD_BY_ANOTHER:
            # Whoever holds it may be killed, so the item stays; but it is not asked for at every turn meanwhile.
            return self._sent_again(item, LONGEST_DELAY)
        if report.code == OutOfTimeError.code and report.pages:
            return self._sent_again(item, AT_ONCE)
        # Without any page it might go on for ever, so that the queue shall count it.
        return Fate.AGAIN

    def _sent_again(self, item: WorkItem, delay: timedelta) -> Fate:
        try:
            self._queue.send([item], max(delay, AT_ONCE))
        except QueueError:
            return Fate.AGAIN
        return Fate.DONE


def is_final(report: RepositoryReport) -> bool:
    """Whether coming again in the same run would bring nothing: it got through, or it is not there for us."""
    return report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED) or report.code == RepositoryUnavailableError.code
