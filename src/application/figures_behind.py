"""What lies behind figures, for readers elsewhere: pull requests, how long they took, and how large a team was."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, groupby, islice
from typing import Final

from attrs import evolve, frozen

from github_tracker.application.report import Discretion
from github_tracker.application.settled_figures import listed_team, settled, withheld_in
from github_tracker.application.team_figures import LONGEST_RANGE
from github_tracker.domain.cycle_time_distribution import BucketSums, MonthDistribution
from github_tracker.domain.instants import beginning_of, time_zone
from github_tracker.domain.periods import first_month_from, range_of
from github_tracker.domain.small_groups import Cell, Withheld
from github_tracker.domain.staffing import Staffing, staffing
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.ports.data_version import DataVersion, DataVersions
from github_tracker.ports.figure_details import DetailPosition, DetailScope, FigureDetails, PullRequestDetail
from github_tracker.ports.report_repository import ReportRepository, ReportScope
from github_tracker.ports.roster_repository import RosterReader
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams

LONGEST_LIST: Final = timedelta(days=366)
"""Pull requests are listed for at most so long a time at once: a bar is a week or a month."""


@frozen
class TeamDistribution:
    """How the cycle times of one team, or of what no team earned, are distributed over whole months."""

    team: KnownTeam | None
    months: MonthDistribution
    """All months together; its month is the first one."""
    withheld_months: tuple[date, ...]
    """Those whose figures are not told, and are not among them."""


@frozen
class Distributions:
    """Of the teams that were asked for."""

    version: DataVersion
    since: date
    """The first day of a month."""
    until: date
    """The first day of the first month that no longer counts."""
    discretion: Discretion
    teams: tuple[TeamDistribution, ...]
    unattributed: TeamDistribution | None
    """None out of reach."""


@frozen
class PullRequestList:
    """A page of the pull requests behind a figure."""

    version: DataVersion
    since: date
    until: date
    discretion: Discretion
    team: KnownTeam | None
    """None: of those that no team earned in full."""
    pull_requests: tuple[PullRequestDetail, ...]
    following: DetailPosition | None
    """Where the next page goes on; None if there is none."""
    is_withheld: bool
    """Whether some of the days lie in a week or a month whose figures are not told; what merged on them is left out."""


@frozen
class TeamStaffing:
    """A team's size over [since, until)."""

    version: DataVersion
    since: date
    until: date
    team: KnownTeam
    staffing: Staffing


class ReadFiguresBehind:
    """Answers what is behind the bars of team figures, to readers who may be restricted to some teams."""

    def __init__(
        self,
        details: FigureDetails,
        reports: ReportRepository,
        rosters: RosterReader,
        directory: TeamDirectory,
        versions: DataVersions,
        discretion: Discretion,
    ) -> None:
        self._details = details
        self._reports = reports
        self._rosters = rosters
        self._directory = directory
        self._versions = versions
        self._discretion = discretion

    @property
    def discretion(self) -> Discretion:
        """How small a group's figures may be to be told."""
        return self._discretion

    def distributions(self, scope: ReportScope, visible: VisibleTeams, known: DataVersion) -> Distributions:
        """Return how cycle times are distributed over the months whose first day lies in the scope."""
        return settled(self._versions, known, lambda version: self._distributions(version, scope, visible))

    def pull_requests(
        self,
        team_id: int | None,
        scope: DetailScope,
        visible: VisibleTeams,
        limit: int,
        after: DetailPosition | None,
        known: DataVersion,
    ) -> PullRequestList:
        """Return the pull requests that a team earned a part of, or without an id those no team earned in full.

        The scope's team is of no account. Raises NoSuchTeamError.
        """

        def read(version: DataVersion) -> PullRequestList:
            team = None if team_id is None else listed_team(self._directory, team_id, visible)
            asked = evolve(scope, team=None if team is None else team.name)
            stretches = tuple(self._told_days(asked))
            of_stretches = (
                self._details.pull_requests(evolve(asked, since=since, until=until), limit + 1, after)
                for since, until in stretches
            )
            found = tuple(islice(chain.from_iterable(of_stretches), limit + 1))
            return PullRequestList(
                version=version,
                since=scope.since,
                until=scope.until,
                discretion=self._discretion,
                team=team,
                pull_requests=found[:limit],
                following=found[limit - 1].position if len(found) > limit else None,
                is_withheld=stretches != ((scope.since, scope.until),),
            )

        return settled(self._versions, known, read)

    def staffing(
        self, team_id: int, since: date, until: date, visible: VisibleTeams, known: DataVersion
    ) -> TeamStaffing:
        """Return how large a team was, by the roster in force. Raises NoSuchTeamError."""

        def read(version: DataVersion) -> TeamStaffing:
            team = listed_team(self._directory, team_id, visible)
            begins_at, ends_at = (beginning_of(day, time_zone(version.time_zone)) for day in (since, until))
            found = staffing(self._rosters.in_force().roster, team.name, begins_at, ends_at)
            return TeamStaffing(version, since, until, team, found)

        return settled(self._versions, known, read)

    def _distributions(self, version: DataVersion, scope: ReportScope, visible: VisibleTeams) -> Distributions:
        kept = withheld_in(self._discretion, self._rosters, self._reports.monthly_authors, scope)
        teams = tuple(team for team in self._directory.teams(visible) if team.is_listed)
        if visible is None:
            months = self._details.distribution(scope)
        else:
            # Each team alone: so no other team's figures are read.
            months = tuple(m for team in teams for m in self._details.distribution(evolve(scope, team=team.name)))
        days = range_of(tuple(month.month for month in months), scope.since, scope.until, LONGEST_RANGE)
        since, until = map(first_month_from, days)
        months = tuple(month for month in months if since <= month.month < until)
        return Distributions(
            version=version,
            since=since,
            until=until,
            discretion=self._discretion,
            teams=tuple(_together(team, months, kept, since) for team in teams),
            unattributed=_together(None, months, kept, since) if visible is None else None,
        )

    def _told_days(self, scope: DetailScope) -> Iterator[tuple[date, date]]:
        """Yield the stretches [since, until) of the scope that lie in no week and no month whose figures are withheld.

        Weeks and months that reach into the scope are looked at whole. What is withheld is never asked for, so that
        neither an empty page nor where the next one begins tells how much it is.
        """
        around = ReportScope(
            since=scope.since - min(_A_MONTH, scope.since - date.min),
            until=scope.until,
        )
        weeks = withheld_in(self._discretion, self._rosters, self._reports.weekly_authors, around)
        months = withheld_in(self._discretion, self._rosters, self._reports.monthly_authors, around)

        def is_told(day: date) -> bool:
            monday = date.fromordinal(max(day.toordinal() - day.weekday(), 1))
            return not (_hides(weeks, scope.team, monday) or _hides(months, scope.team, day.replace(day=1)))

        days = map(date.fromordinal, range(scope.since.toordinal(), scope.until.toordinal()))
        for told, run in groupby(days, is_told):
            if told:
                stretch = tuple(run)
                yield stretch[0], stretch[-1] + timedelta(days=1)


_A_MONTH: Final = timedelta(days=31)


def _hides(kept: Withheld, team: str | None, begins_on: date) -> bool:
    return begins_on in kept.rests if team is None else Cell(team, begins_on) in kept.cells


def _together(
    team: KnownTeam | None, months: tuple[MonthDistribution, ...], kept: Withheld, since: date
) -> TeamDistribution:
    name = None if team is None else team.name
    sums, hidden = BucketSums(), []
    for entry in months:
        if entry.team != name:
            continue
        if _hides(kept, name, entry.month):
            hidden.append(entry.month)
            continue
        for bucket, (prs, weight) in enumerate(zip(entry.prs, entry.weighted_prs, strict=True)):
            sums.add_many(bucket, prs, weight)
        sums.add_many(None, entry.prs_untimed, Decimal(0))
    return TeamDistribution(team, sums.distribution(name, since), tuple(hidden))
