"""As known at: the figures that the roster, rule, zone and bot patterns of an earlier instant give."""

from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime

from attrs import evolve

from github_tracker.application.report import (
    Basis,
    Discretion,
    LeadTimeReport,
    VelocityReport,
    lead_time_report,
    velocity_report,
)
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.instants import to_utc
from github_tracker.domain.small_groups import CellAuthor, Withheld, monthly_authors, weekly_authors, withheld
from github_tracker.domain.tally import Tally
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.errors import UnknownTeamError
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.roster_repository import RosterRepository, RosterVersion

AuthorsOf = Callable[[Iterable[Attribution], str], tuple[CellAuthor, ...]]


class NothingKnownError(GitHubTrackerError):
    """No roster was in force at the instant that is asked for."""

    def __init__(self, instant: datetime, first: RosterVersion | None) -> None:
        told = "none has been put in force yet"
        if first is not None:
            told = f"the first one came at {first.recorded_at.isoformat()}; ask for that instant or a later one"
        super().__init__(f"as-known-at: no roster was in force at {instant.isoformat()}; {told}")


class FiguresAsKnownAt:
    """Answers what the reports would have said, had they known today's pull requests.

    Computed from the stored facts, never from stored shares: those follow the roster of today.
    """

    def __init__(self, rosters: RosterRepository, reader: AttributionReader, discretion: Discretion) -> None:
        self._rosters = rosters
        self._reader = reader
        self._discretion = discretion

    def velocity(self, scope: ReportScope, instant: datetime) -> VelocityReport:
        """Return the weeks whose Monday lies in the scope. Raises NothingKnownError and UnknownTeamError."""
        version = self._version_at(to_utc(instant))
        tally, kept = self._tally(version, scope, weekly_authors)
        weeks = (week for week in tally.weeks() if scope.team in (None, week.team) and scope.covers(week.week))
        rests = (week for week in tally.rests() if scope.covers(week.week))
        return velocity_report(_basis(version, instant), tuple(weeks), tuple(rests), self._discretion, kept)

    def lead_time(self, scope: ReportScope, instant: datetime) -> LeadTimeReport:
        """Return the months whose first day lies in the scope. Raises NothingKnownError and UnknownTeamError."""
        version = self._version_at(to_utc(instant))
        tally, kept = self._tally(version, scope, monthly_authors)
        months = (month for month in tally.months() if scope.team in (None, month.team) and scope.covers(month.month))
        return lead_time_report(_basis(version, instant), tuple(months), self._discretion, kept)

    def _version_at(self, instant: datetime) -> RosterVersion:
        history = self._rosters.history()
        known = [version for version in history if version.recorded_at <= instant]
        if not known:
            raise NothingKnownError(instant, history[0] if history else None)
        return known[-1]

    def _tally(self, version: RosterVersion, scope: ReportScope, authors_of: AuthorsOf) -> tuple[Tally, Withheld]:
        teams = tuple(team.name for team in version.roster.teams)
        if scope.team is not None and scope.team not in teams:
            raise UnknownTeamError(scope.team, teams)
        zone_name = version.policy.time_zone
        attributor, tally = Attributor(version.roster, version.policy), Tally(zone_name)
        authors: set[CellAuthor] = set()
        with closing(self._reader.attributions()) as stored:
            for fact in stored:
                attribution = attributor.attribute(fact.pull_request)
                tally.add(attribution)
                if self._discretion.is_wanted:
                    authors.update(authors_of((attribution,), zone_name))
        return tally, withheld(_merged(authors), version.roster, self._discretion.min_group_size)


def _merged(authors: set[CellAuthor]) -> list[CellAuthor]:
    """One entry an author and cell, timed if any of them is."""
    timed = {evolve(author, is_timed=True) for author in authors if author.is_timed}
    return [*timed, *(author for author in authors - timed if evolve(author, is_timed=True) not in timed)]


def _basis(version: RosterVersion, instant: datetime) -> Basis:
    return Basis(version.policy, version.version, to_utc(instant))
