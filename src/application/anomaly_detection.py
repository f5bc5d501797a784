"""Looks at a run that is about to end for what no repository's outcome tells."""

from datetime import datetime

from github_tracker.domain.anomaly import (
    Anomaly,
    AnomalyKind,
    attributed_between,
    compared_weeks,
    no_pull_requests,
    not_compared,
    unattributed_jump,
)
from github_tracker.domain.instants import time_zone, week_of
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import StorageError, StorageUnavailableError
from github_tracker.ports.report_repository import ReportRepository, ReportScope
from github_tracker.ports.roster_repository import RosterInForce
from github_tracker.ports.telemetry import AttributionMeasured, Telemetry


class AnomalyDetection:
    """Compares with what is stored; a run that changed nothing costs no look at the figures."""

    def __init__(self, reports: ReportRepository, collection: CollectionRepository, telemetry: Telemetry) -> None:
        self._reports = reports
        self._collection = collection
        self._telemetry = telemetry

    def __call__(
        self, repositories: tuple[RepositoryReport, ...], in_force: RosterInForce, now: datetime
    ) -> tuple[Anomaly, ...]:
        """Return the anomalies of a run with these repositories."""
        found = (_emptiness(repositories), self._jump(repositories, in_force, now))
        return tuple(anomaly for anomaly in found if anomaly is not None)

    def _jump(
        self, repositories: tuple[RepositoryReport, ...], in_force: RosterInForce, now: datetime
    ) -> Anomaly | None:
        previous = self._collection.latest_run()
        is_same_roster = previous is not None and previous.roster_version == in_force.version
        if previous is not None and is_same_roster and not any(entry.facts_changed for entry in repositories):
            return next((one for one in previous.anomalies if one.kind is not AnomalyKind.NO_PULL_REQUESTS), None)
        begin, middle, end = compared_weeks(week_of(now, time_zone(in_force.policy.time_zone)))
        scope = ReportScope(since=begin, until=end)
        try:
            weeks, rests = self._reports.velocity(scope), self._reports.unattributed(scope)
        except StorageUnavailableError:
            raise
        except StorageError as exc:
            # Such as a statement that took too long: the run's report must not be lost over it.
            return not_compared(str(exc))
        recent = attributed_between(weeks, rests, middle, end)
        self._telemetry.observe(AttributionMeasured(recent))
        return unattributed_jump(attributed_between(weeks, rests, begin, middle), recent)


def _emptiness(repositories: tuple[RepositoryReport, ...]) -> Anomaly | None:
    read = [entry for entry in repositories if entry.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED)]
    return no_pull_requests(len(read)) if read and all(entry.is_empty for entry in read) else None
