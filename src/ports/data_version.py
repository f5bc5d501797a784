"""The role of the store for readers who come back: whether anything has changed since."""

from abc import ABC, abstractmethod
from datetime import datetime

from attrs import frozen

from github_tracker.domain.policy import AttributionRule


@frozen
class DataVersion:
    """What every figure follows from: two equal ones stand for equal figures."""

    roster_version: int
    """0 as long as no roster was ever put in force."""
    rule: AttributionRule
    time_zone: str
    pages: int
    """Pages stored that changed something, over all repositories; counts up while a run is still going on."""
    collected_at: datetime | None
    """When the latest run finished; None before the first."""


class DataVersions(ABC):
    """Tells the present version."""

    @abstractmethod
    def current(self) -> DataVersion:
        """Return the version of what is stored now, of one snapshot; costs one statement, however much is stored."""
