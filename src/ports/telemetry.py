"""The role of whoever watches: a progress bar, a log, a metrics service."""

from abc import ABC, abstractmethod
from datetime import datetime

from attrs import frozen

from github_tracker.domain.run_report import RepositoryReport, RunReport
from github_tracker.ports.roster_repository import RosterUpdateResult


@frozen
class RosterSynchronised:
    """The roster is in force, and stored facts follow it."""

    result: RosterUpdateResult


@frozen
class RunStarted:
    """A run begins over this many configured repositories."""

    repositories: int


@frozen
class PageCollected:
    """One page of one repository is stored."""

    repository: str
    facts_seen: int
    facts_changed: int


@frozen
class WaitingForSource:
    """Requests rest until an instant, because GitHub asks for it or because a fault may pass."""

    reason: str
    until: datetime


@frozen
class RepositoryFinished:
    """One repository is done with, well or not."""

    report: RepositoryReport


@frozen
class RunFinished:
    """The run is over, and its report kept unless the store failed."""

    report: RunReport


Event = RosterSynchronised | RunStarted | PageCollected | WaitingForSource | RepositoryFinished | RunFinished


class Telemetry(ABC):
    """Is told what happens while it happens, from any thread. Must not raise."""

    @abstractmethod
    def observe(self, event: Event) -> None:
        """Take note of the event."""
