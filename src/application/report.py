"""Report: figures per team with what is needed to read them rightly."""

from collections.abc import Callable, Generator
from datetime import date, datetime

from attrs import frozen

from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.small_groups import NOBODY_WITHHELD, Cell, CellAuthor, Withheld, withheld
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.report_repository import ReportRepository, ReportScope, ShareLine
from github_tracker.ports.roster_repository import RosterRepository


@frozen
class Basis:
    """What the figures follow: without it, two reports cannot be compared."""

    policy: AttributionPolicy
    roster_version: int
    as_known_at: datetime | None = None
    """Set where roster and policy are those of an earlier instant; the pull requests are those of today even then."""


@frozen
class Discretion:
    """How small a group's figures may be to be told."""

    min_group_size: int = NOBODY_WITHHELD
    """Figures of fewer people are withheld; 0 and 1 withhold nothing."""

    @property
    def is_wanted(self) -> bool:
        """Whether anything may be withheld at all."""
        return self.min_group_size > NOBODY_WITHHELD


@frozen
class VelocityReport:
    """Weekly velocity, and what no team earned: together all merged pull requests (R6), bots left out (R11)."""

    basis: Basis
    weeks: tuple[TeamWeek, ...]
    unattributed: tuple[UnattributedWeek, ...]
    discretion: Discretion = Discretion()
    withheld_weeks: tuple[Cell, ...] = ()
    """Those there are figures of that are not told, by team and week."""
    withheld_rests: tuple[tuple[date, RestReason], ...] = ()


@frozen
class LeadTimeReport:
    """Monthly pull-request cycle times, bots left out (R10, R15)."""

    basis: Basis
    months: tuple[TeamMonth, ...]
    discretion: Discretion = Discretion()
    withheld_months: tuple[Cell, ...] = ()
    """Those there are figures of that are not told, by team and month."""


def velocity_report(
    basis: Basis,
    weeks: tuple[TeamWeek, ...],
    rests: tuple[UnattributedWeek, ...],
    discretion: Discretion,
    kept: Withheld,
) -> VelocityReport:
    """Return the report of these figures without those that are kept back, which are only named."""
    return VelocityReport(
        basis=basis,
        weeks=tuple(week for week in weeks if Cell(week.team, week.week) not in kept.cells),
        unattributed=tuple(rest for rest in rests if rest.week not in kept.rests),
        discretion=discretion,
        withheld_weeks=tuple(filter(kept.cells.__contains__, (Cell(week.team, week.week) for week in weeks))),
        withheld_rests=tuple((rest.week, rest.reason) for rest in rests if rest.week in kept.rests),
    )


def lead_time_report(
    basis: Basis, months: tuple[TeamMonth, ...], discretion: Discretion, kept: Withheld
) -> LeadTimeReport:
    """Return the report of these figures without those that are kept back, which are only named."""
    return LeadTimeReport(
        basis=basis,
        months=tuple(month for month in months if Cell(month.team, month.month) not in kept.cells),
        discretion=discretion,
        withheld_months=tuple(filter(kept.cells.__contains__, (Cell(month.team, month.month) for month in months))),
    )


class ReportFigures:
    """Answers how fast teams deliver."""

    def __init__(self, reports: ReportRepository, rosters: RosterRepository, discretion: Discretion) -> None:
        self._reports = reports
        self._rosters = rosters
        self._discretion = discretion

    def velocity(self, scope: ReportScope) -> VelocityReport:
        """Return the weeks whose Monday lies in the scope. Raises UnknownTeamError."""
        kept = self._withheld(self._reports.weekly_authors, scope)
        weeks, rests = self._reports.velocity(scope), self._reports.unattributed(scope)
        return velocity_report(self._basis(), weeks, rests, self._discretion, kept)

    def lead_time(self, scope: ReportScope) -> LeadTimeReport:
        """Return the months whose first day lies in the scope. Raises UnknownTeamError."""
        kept = self._withheld(self._reports.monthly_authors, scope)
        return lead_time_report(self._basis(), self._reports.lead_time(scope), self._discretion, kept)

    def shares(self, scope: ReportScope) -> Generator[ShareLine]:
        """Yield every share of pull requests created in the scope, merged or not, bots included; to be closed."""
        return self._reports.shares(scope)

    def _withheld(self, ask: Callable[[ReportScope], tuple[CellAuthor, ...]], scope: ReportScope) -> Withheld:
        """Ask before the figures: what is stored between the two adds people, who are then not counted yet."""
        if not self._discretion.is_wanted:
            return Withheld()
        authors = ask(scope)
        return withheld(authors, self._rosters.in_force().roster, self._discretion.min_group_size)

    def _basis(self) -> Basis:
        in_force = self._rosters.in_force()
        return Basis(in_force.policy, in_force.version)
