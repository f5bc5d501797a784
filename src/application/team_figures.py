"""Team figures for readers elsewhere: by a team's number, for every week or month of a range, within their reach."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Generic, TypeVar

from attrs import evolve, frozen

from github_tracker.application.report import Discretion
from github_tracker.application.settled_figures import listed_team, settled, withheld_in
from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.periods import mondays_in, month_beginnings_in, range_of
from github_tracker.domain.person import RestReason
from github_tracker.domain.small_groups import Cell, CellAuthor, Withheld
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.data_version import DataVersion, DataVersions
from github_tracker.ports.report_repository import ReportRepository, ReportScope
from github_tracker.ports.roster_repository import RosterReader
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams

LONGEST_RANGE: Final = timedelta(days=3660)
"""A little more than ten years."""

T = TypeVar("T")
A = TypeVar("A")


@frozen
class TeamSeries(Generic[T]):
    """One team's figures of every week or month of a range, in order."""

    team: KnownTeam
    figures: tuple[T, ...]
    """Those in which nothing merged have zeros, and no times."""
    withheld: frozenset[date]
    """Beginnings of those whose figures are not told, and stand in `figures` as if nothing had merged."""


@frozen
class TeamVelocity:
    """Weekly velocity of the teams that were asked for."""

    version: DataVersion
    since: date
    until: date
    """The first day that no longer counts."""
    discretion: Discretion
    teams: tuple[TeamSeries[TeamWeek], ...]
    unattributed: tuple[UnattributedWeek, ...] | None
    """What no team earned, where something was left; None if not asked for, or out of reach."""
    withheld_rests: tuple[tuple[date, RestReason], ...] = ()


@frozen
class TeamLeadTime:
    """Monthly pull-request cycle times of the teams that were asked for (R15)."""

    version: DataVersion
    since: date
    until: date
    """The first day that no longer counts."""
    discretion: Discretion
    teams: tuple[TeamSeries[TeamMonth], ...]
    unattributed: tuple[UnattributedMonth, ...] | None = None
    """What no team earned, where something was left; None if not asked for, or out of reach."""
    withheld_rests: tuple[date, ...] = ()


class ReadTeamFigures:
    """Answers how fast teams deliver, to readers who may be restricted to some of them.

    The figures of teams out of reach are never read, but for what tells which of the others are withheld. `known` is
    the version that was read just before, to tell whether the reader has the answer already.
    """

    def __init__(
        self,
        reports: ReportRepository,
        rosters: RosterReader,
        directory: TeamDirectory,
        versions: DataVersions,
        discretion: Discretion,
    ) -> None:
        self._reports = reports
        self._rosters = rosters
        self._directory = directory
        self._versions = versions
        self._discretion = discretion

    @property
    def discretion(self) -> Discretion:
        """How small a group's figures may be to be told."""
        return self._discretion

    def team_velocity(
        self, team_id: int, scope: ReportScope, visible: VisibleTeams, known: DataVersion
    ) -> TeamVelocity:
        """Return one team's weeks whose Monday lies in the scope. Raises NoSuchTeamError."""
        return self._settled(lambda version: self._velocity(version, (self._team(team_id, visible),), scope), known)

    def team_lead_time(
        self, team_id: int, scope: ReportScope, visible: VisibleTeams, known: DataVersion
    ) -> TeamLeadTime:
        """Return one team's months whose first day lies in the scope. Raises NoSuchTeamError."""
        return self._settled(lambda version: self._lead_time(version, (self._team(team_id, visible),), scope), known)

    def velocity(self, scope: ReportScope, visible: VisibleTeams, known: DataVersion) -> TeamVelocity:
        """Return the weeks of all teams in reach; with what no team earned, for readers without restriction."""
        if visible is not None:
            return self._settled(lambda version: self._velocity(version, self._teams(visible), scope), known)
        return self._settled(lambda version: self._whole_velocity(version, scope), known)

    def lead_time(self, scope: ReportScope, visible: VisibleTeams, known: DataVersion) -> TeamLeadTime:
        """Return the months of all teams in reach; with what no team earned, for readers without restriction."""
        if visible is not None:
            return self._settled(lambda version: self._lead_time(version, self._teams(visible), scope), known)
        return self._settled(lambda version: self._whole_lead_time(version, scope), known)

    def _team(self, team_id: int, visible: VisibleTeams) -> KnownTeam:
        return listed_team(self._directory, team_id, visible)

    def _teams(self, visible: VisibleTeams) -> tuple[KnownTeam, ...]:
        return tuple(team for team in self._directory.teams(visible) if team.is_listed)

    def _settled(self, read: Callable[[DataVersion], A], known: DataVersion) -> A:
        return settled(self._versions, known, read)

    def _velocity(self, version: DataVersion, teams: tuple[KnownTeam, ...], scope: ReportScope) -> TeamVelocity:
        """Ask for each team alone: so no other team's figures are read."""
        kept = self._withheld(self._reports.weekly_authors, scope)
        weeks = tuple(week for team in teams for week in self._reports.velocity(_of(scope, team)))
        return self._weekly(version, teams, weeks, scope, kept)

    def _whole_velocity(self, version: DataVersion, scope: ReportScope) -> TeamVelocity:
        kept = self._withheld(self._reports.weekly_authors, scope)
        teams, weeks = self._teams(None), self._reports.velocity(scope)
        rests = self._reports.unattributed(scope)
        answer = self._weekly(version, teams, weeks, scope, kept, tuple(rest.week for rest in rests))
        rests = tuple(rest for rest in rests if answer.since <= rest.week < answer.until)
        return evolve(
            answer,
            unattributed=tuple(rest for rest in rests if rest.week not in kept.rests),
            withheld_rests=tuple((rest.week, rest.reason) for rest in rests if rest.week in kept.rests),
        )

    def _weekly(
        self,
        version: DataVersion,
        teams: tuple[KnownTeam, ...],
        weeks: tuple[TeamWeek, ...],
        scope: ReportScope,
        kept: Withheld,
        further: tuple[date, ...] = (),
    ) -> TeamVelocity:
        found = {(week.team, week.week): week for week in weeks}
        present = (*(day for _, day in found), *further)
        since, until = range_of(present, scope.since, scope.until, LONGEST_RANGE)
        days = tuple(mondays_in(since, until))
        series = tuple(_series(team, days, found, kept, _empty_week) for team in teams)
        return TeamVelocity(version, since, until, self._discretion, series, None)

    def _lead_time(self, version: DataVersion, teams: tuple[KnownTeam, ...], scope: ReportScope) -> TeamLeadTime:
        """Ask for each team alone, as `_velocity` does."""
        kept = self._withheld(self._reports.monthly_authors, scope)
        months = tuple(month for team in teams for month in self._reports.lead_time(_of(scope, team)))
        return self._monthly(version, teams, months, scope, kept)

    def _whole_lead_time(self, version: DataVersion, scope: ReportScope) -> TeamLeadTime:
        kept = self._withheld(self._reports.monthly_authors, scope)
        teams, months = self._teams(None), self._reports.lead_time(scope)
        rests = self._reports.unattributed_lead_time(scope)
        answer = self._monthly(version, teams, months, scope, kept, tuple(rest.month for rest in rests))
        rests = tuple(rest for rest in rests if answer.since <= rest.month < answer.until)
        return evolve(
            answer,
            unattributed=tuple(rest for rest in rests if rest.month not in kept.rests),
            withheld_rests=tuple(rest.month for rest in rests if rest.month in kept.rests),
        )

    def _monthly(
        self,
        version: DataVersion,
        teams: tuple[KnownTeam, ...],
        months: tuple[TeamMonth, ...],
        scope: ReportScope,
        kept: Withheld,
        further: tuple[date, ...] = (),
    ) -> TeamLeadTime:
        found = {(month.team, month.month): month for month in months}
        present = (*(day for _, day in found), *further)
        since, until = range_of(present, scope.since, scope.until, LONGEST_RANGE)
        days = tuple(month_beginnings_in(since, until))
        series = tuple(_series(team, days, found, kept, _empty_month) for team in teams)
        return TeamLeadTime(version, since, until, self._discretion, series)

    def _withheld(self, ask: Callable[[ReportScope], tuple[CellAuthor, ...]], scope: ReportScope) -> Withheld:
        return withheld_in(self._discretion, self._rosters, ask, scope)


def _of(scope: ReportScope, team: KnownTeam) -> ReportScope:
    return evolve(scope, team=team.name)


def _series(
    team: KnownTeam,
    days: tuple[date, ...],
    found: dict[tuple[str, date], T],
    kept: Withheld,
    empty: Callable[[str, date], T],
) -> TeamSeries[T]:
    hidden = frozenset(day for day in days if Cell(team.name, day) in kept.cells)
    figures = (
        empty(team.name, day) if day in hidden or (team.name, day) not in found else found[team.name, day]
        for day in days
    )
    return TeamSeries(team, tuple(figures), hidden)


def _empty_week(team: str, monday: date) -> TeamWeek:
    zero = Decimal(0)
    return TeamWeek(team, monday, 0, 0, 0, zero, zero, zero)


def _empty_month(team: str, first: date) -> TeamMonth:
    return TeamMonth(team, first, 0, 0, None, None, Decimal(0), None, None, None)
