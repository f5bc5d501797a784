"""Report: figures per team with what is needed to read them rightly."""

from collections.abc import Generator

from attrs import frozen

from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.report_repository import ReportRepository, ReportScope, ShareLine
from github_tracker.ports.roster_repository import RosterRepository


@frozen
class Basis:
    """What the figures follow: without it, two reports cannot be compared."""

    policy: AttributionPolicy
    roster_version: int


@frozen
class VelocityReport:
    """Weekly velocity, and what no team earned: together all merged pull requests (R6), bots left out (R11)."""

    basis: Basis
    weeks: tuple[TeamWeek, ...]
    unattributed: tuple[UnattributedWeek, ...]


@frozen
class LeadTimeReport:
    """Monthly pull-request cycle times, bots left out (R10, R15)."""

    basis: Basis
    months: tuple[TeamMonth, ...]


class ReportFigures:
    """Answers how fast teams deliver."""

    def __init__(self, reports: ReportRepository, rosters: RosterRepository) -> None:
        self._reports = reports
        self._rosters = rosters

    def velocity(self, scope: ReportScope) -> VelocityReport:
        """Return the weeks whose Monday lies in the scope. Raises UnknownTeamError."""
        return VelocityReport(self._basis(), self._reports.velocity(scope), self._reports.unattributed(scope))

    def lead_time(self, scope: ReportScope) -> LeadTimeReport:
        """Return the months whose first day lies in the scope. Raises UnknownTeamError."""
        return LeadTimeReport(self._basis(), self._reports.lead_time(scope))

    def shares(self, scope: ReportScope) -> Generator[ShareLine]:
        """Yield every share of pull requests created in the scope, merged or not, bots included; to be closed."""
        return self._reports.shares(scope)

    def _basis(self) -> Basis:
        in_force = self._rosters.in_force()
        return Basis(in_force.policy, in_force.version)
