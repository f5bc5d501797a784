"""Status: how the collection stands, from what was kept; asks GitHub nothing."""

from attrs import frozen

from github_tracker.domain.planned_run import OpenRun
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.planned_runs import PlannedRuns


@frozen
class CollectionStatus:
    """How far the collection has come, and what its last run did."""

    latest_run: RunReport | None
    """None before the first run ended."""
    repositories: tuple[CollectionState, ...]
    """Every repository that was ever collected, by name; also those that are no longer configured."""
    under_way: tuple[OpenRun, ...] = ()
    """Runs that workers share and that are not closed yet, the oldest first."""


class ReportStatus:
    """Answers whether the figures can be relied upon today."""

    def __init__(self, collection: CollectionRepository, runs: PlannedRuns) -> None:
        self._collection = collection
        self._runs = runs

    def __call__(self) -> CollectionStatus:
        """Return the present status."""
        return CollectionStatus(self._collection.latest_run(), self._collection.states(), self._runs.open_runs())
