"""Status: how the collection stands, from what was kept; asks GitHub nothing."""

from attrs import frozen

from github_tracker.domain.run_report import RunReport
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState


@frozen
class CollectionStatus:
    """How far the collection has come, and what its last run did."""

    latest_run: RunReport | None
    """None before the first run ended."""
    repositories: tuple[CollectionState, ...]
    """Every repository that was ever collected, by name; also those that are no longer configured."""


class ReportStatus:
    """Answers whether the figures can be relied upon today."""

    def __init__(self, collection: CollectionRepository) -> None:
        self._collection = collection

    def __call__(self) -> CollectionStatus:
        """Return the present status."""
        return CollectionStatus(self._collection.latest_run(), self._collection.states())
