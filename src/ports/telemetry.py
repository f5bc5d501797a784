"""The role of whoever watches: a progress bar, a log, a metrics service."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta

from attrs import frozen

from github_tracker.domain.anomaly import Attributed
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
class RequestFailed:
    """One request was refused, or not answered as it should be; what may pass is tried again after that."""

    code: str
    """Which kind of SourceError it is."""


@frozen
class DatabaseUsed:
    """One transaction is over, whether it was committed or not."""

    duration: timedelta
    """With the waiting for a connection, and with every attempt."""


@frozen
class DatabaseUnavailable:
    """The database could not be reached or let nobody in, after all attempts."""

    message: str


@frozen
class RepositoryFinished:
    """One repository is done with, well or not."""

    report: RepositoryReport


@frozen
class RunFinished:
    """The run is over, and its report kept unless the store failed."""

    report: RunReport


@frozen
class AttributionMeasured:
    """How much of what merged of late is earned by no team; told by runs that changed something."""

    recent: Attributed


@frozen
class RunAborted:
    """There is no report: the run could not begin, or broke off."""

    code: str
    """Why, for programs."""


Event = (
    RosterSynchronised
    | RunStarted
    | PageCollected
    | WaitingForSource
    | RequestFailed
    | DatabaseUsed
    | DatabaseUnavailable
    | RepositoryFinished
    | AttributionMeasured
    | RunFinished
    | RunAborted
)


class Telemetry(ABC):
    """Is told what happens while it happens, from any thread. Must not raise."""

    @abstractmethod
    def observe(self, event: Event) -> None:
        """Take note of the event."""
