"""The role of the store for readers: figures per team, and the shares behind them."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from datetime import date
from decimal import Decimal

from attrs import frozen

from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.small_groups import CellAuthor
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek


@frozen
class ReportScope:
    """Which part of the figures is wanted."""

    team: str | None = None
    """None: all teams."""
    since: date | None = None
    """The first day that counts."""
    until: date | None = None
    """The first day that no longer counts."""

    def covers(self, day: date) -> bool:
        """Whether the day lies in [since, until)."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@frozen(order=True)
class ShareLine:
    """One team's share of one pull request, merged or not, bots included."""

    team: str
    repository: str
    number: int
    author: str
    weight: Decimal
    rule: AttributionRule


class ReportRepository(ABC):
    """Answers readers. Every method raises UnknownTeamError for a team that is not known."""

    @abstractmethod
    def velocity(self, scope: ReportScope) -> tuple[TeamWeek, ...]:
        """Return the teams' weeks whose Monday lies in the scope, by team and week; bots left out (R10, R11)."""

    @abstractmethod
    def unattributed(self, scope: ReportScope) -> tuple[UnattributedWeek, ...]:
        """Return what no team earned, by week and reason; the scope's team is of no account (R6)."""

    @abstractmethod
    def lead_time(self, scope: ReportScope) -> tuple[TeamMonth, ...]:
        """Return the teams' months whose first day lies in the scope, by team and month; bots left out (R10)."""

    @abstractmethod
    def unattributed_lead_time(self, scope: ReportScope) -> tuple[UnattributedMonth, ...]:
        """Return the months of what no team earned whose first day lies in the scope; its team is of no account."""

    @abstractmethod
    def weekly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the weeks of all teams, for counting them; by team, week, login and id.

        The scope's team is of no account: what may be shown of one team depends on the others.
        """

    @abstractmethod
    def monthly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the months of all teams; else like `weekly_authors`."""

    @abstractmethod
    def shares(self, scope: ReportScope) -> Generator[ShareLine]:
        """Yield the shares of pull requests whose created_date lies in the scope, by team, repository and number.

        Close it if it is not read to its end: it holds a connection.
        """
