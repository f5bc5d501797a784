"""The role of the store for readers who ask what lies behind a figure: its pull requests, and how long they took."""

from abc import ABC, abstractmethod
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from github_tracker.domain.cycle_time_distribution import MonthDistribution
from github_tracker.domain.person import RestReason
from github_tracker.ports.report_repository import ReportScope


@frozen
class DetailScope:
    """Which merged pull requests are wanted; bots are never among them (R11)."""

    team: str | None
    """Those that it earned a part of; None: those that no team earned in full."""
    since: date
    """The first day of merging that counts, in the reporting time zone."""
    until: date
    """The first day that no longer counts."""
    least_seconds: int | None = None
    """Of cycle time, inclusive; None: those without any as well, unless `below_seconds` is given."""
    below_seconds: int | None = None
    """Exclusive."""

    def includes(self, seconds: int | None) -> bool:
        """Whether a cycle time is wanted."""
        if self.least_seconds is None and self.below_seconds is None:
            return True
        return (
            seconds is not None
            and (self.least_seconds is None or self.least_seconds <= seconds)
            and (self.below_seconds is None or seconds < self.below_seconds)
        )


@frozen(order=True)
class DetailPosition:
    """A place in the order in which they come."""

    merged_at: datetime
    repository_id: int
    number: int


@frozen
class PullRequestDetail:
    """One of the pull requests behind a figure."""

    position: DetailPosition
    repository: str
    """owner/name; followed by #ID where another repository bears that name now."""
    title: str | None
    author: str | None
    """As GitHub spelled it; None if it names nobody any more."""
    created_at: datetime
    cycle_time_seconds: int | None
    weight: Decimal
    """The team's share; of those that no team earned in full, all that was left."""
    reasons: tuple[RestReason, ...] = ()
    """Why something was left, in alphabetical order; nothing where a team's shares are asked for."""


class FigureDetails(ABC):
    """Answers what lies behind a figure. Every method raises UnknownTeamError for a team that is not known."""

    @abstractmethod
    def pull_requests(
        self, scope: DetailScope, limit: int, after: DetailPosition | None = None
    ) -> tuple[PullRequestDetail, ...]:
        """Return at most so many of them, by position; with `after`, only those behind it."""

    @abstractmethod
    def distribution(self, scope: ReportScope) -> tuple[MonthDistribution, ...]:
        """Return the months whose first day lies in the scope, by team and month.

        Without a team in the scope, those of what no team earned come last.
        """
