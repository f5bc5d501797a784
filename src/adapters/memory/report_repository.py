"""Figures for readers, computed by the domain's reference functions."""

from collections.abc import Generator, Iterator

from github_tracker.adapters.memory.known_teams import refuse_unknown_team
from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.lead_time import (
    TeamMonth,
    UnattributedMonth,
    monthly_lead_time,
    unattributed_lead_time,
)
from github_tracker.domain.small_groups import CellAuthor, monthly_authors, weekly_authors
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek, unattributed_velocity, weekly_velocity
from github_tracker.ports.report_repository import ReportRepository, ReportScope, ShareLine


class MemoryReportRepository(ReportRepository):
    """Answers readers from a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def velocity(self, scope: ReportScope) -> tuple[TeamWeek, ...]:
        """Return the teams' weeks in the scope."""
        refuse_unknown_team(self._store, scope.team)
        weeks = weekly_velocity(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(week for week in weeks if scope.team in (None, week.team) and scope.covers(week.week))

    def unattributed(self, scope: ReportScope) -> tuple[UnattributedWeek, ...]:
        """Return what no team earned in the scope's weeks."""
        refuse_unknown_team(self._store, scope.team)
        weeks = unattributed_velocity(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(week for week in weeks if scope.covers(week.week))

    def lead_time(self, scope: ReportScope) -> tuple[TeamMonth, ...]:
        """Return the teams' months in the scope."""
        refuse_unknown_team(self._store, scope.team)
        months = monthly_lead_time(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(month for month in months if scope.team in (None, month.team) and scope.covers(month.month))

    def unattributed_lead_time(self, scope: ReportScope) -> tuple[UnattributedMonth, ...]:
        """Return the months of what no team earned in the scope."""
        refuse_unknown_team(self._store, scope.team)
        months = unattributed_lead_time(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(month for month in months if scope.covers(month.month))

    def weekly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the weeks in the scope."""
        refuse_unknown_team(self._store, scope.team)
        authors = weekly_authors(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(author for author in authors if scope.covers(author.cell.begins_on))

    def monthly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the months in the scope."""
        refuse_unknown_team(self._store, scope.team)
        authors = monthly_authors(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(author for author in authors if scope.covers(author.cell.begins_on))

    def shares(self, scope: ReportScope) -> Generator[ShareLine]:
        """Yield the shares in the scope."""
        refuse_unknown_team(self._store, scope.team)
        yield from sorted(self._lines(scope))

    def _lines(self, scope: ReportScope) -> Iterator[ShareLine]:
        for attribution in self._store.in_order():
            fact = attribution.pull_request
            if fact.author is None or not scope.covers(fact.created_date):
                continue
            repository = self._store.states[fact.repository_id].repository.full_name
            for share in attribution.shares:
                if scope.team in (None, share.team):
                    login = fact.author.login
                    yield ShareLine(share.team, repository, fact.number, login, share.weight, attribution.rule)
