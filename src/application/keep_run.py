"""The end of every run, whoever did it: what is remarkable about it is found, and its report kept."""

from attrs import evolve

from github_tracker.application.anomaly_detection import AnomalyDetection
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository


class KeepRun:
    """Completes a run's report and keeps it."""

    def __init__(self, rosters: RosterRepository, collection: CollectionRepository, reports: ReportRepository) -> None:
        self._rosters = rosters
        self._collection = collection
        self._anomalies = AnomalyDetection(reports, collection)

    def __call__(self, report: RunReport) -> RunReport:
        """Return the report with the roster's version and the anomalies, once it is kept; keeping it twice is once.

        Raises StorageError.
        """
        in_force = self._rosters.in_force()
        anomalies = self._anomalies(report.repositories, in_force, report.finished_at)
        whole = evolve(report, roster_version=in_force.version, anomalies=anomalies)
        self._collection.record_run(whole)
        return whole
