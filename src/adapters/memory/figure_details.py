"""What lies behind figures, from memory."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from github_tracker.adapters.memory.known_teams import refuse_unknown_team
from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.cycle_time_distribution import MonthDistribution, monthly_distribution
from github_tracker.domain.instants import day_of, time_zone
from github_tracker.domain.person import RestReason
from github_tracker.domain.velocity import merged_by_people
from github_tracker.ports.figure_details import DetailPosition, DetailScope, FigureDetails, PullRequestDetail
from github_tracker.ports.report_repository import ReportScope


class MemoryFigureDetails(FigureDetails):
    """Looks through a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def pull_requests(
        self, scope: DetailScope, limit: int, after: DetailPosition | None = None
    ) -> tuple[PullRequestDetail, ...]:
        """Return the pull requests in the scope."""
        refuse_unknown_team(self._store, scope.team)
        found = sorted(self._details(scope), key=lambda detail: detail.position)
        return tuple(islice((detail for detail in found if after is None or detail.position > after), limit))

    def distribution(self, scope: ReportScope) -> tuple[MonthDistribution, ...]:
        """Return the months in the scope."""
        refuse_unknown_team(self._store, scope.team)
        months = monthly_distribution(self._store.in_order(), self._store.in_force.policy.time_zone)
        return tuple(month for month in months if scope.team in (None, month.team) and scope.covers(month.month))

    def _details(self, scope: DetailScope) -> Iterator[PullRequestDetail]:
        zone = time_zone(self._store.in_force.policy.time_zone)
        for merged_at, attribution in merged_by_people(self._store.in_order()):
            fact = attribution.pull_request
            weight, reasons = _part_of(scope.team, attribution)
            if (
                not weight
                or not scope.since <= day_of(merged_at, zone) < scope.until
                or not scope.includes(fact.cycle_time_seconds)
            ):
                continue
            yield PullRequestDetail(
                position=DetailPosition(merged_at, fact.repository_id, fact.number),
                repository=self._store.states[fact.repository_id].repository.full_name,
                title=fact.title,
                author=None if fact.author is None else fact.author.login,
                created_at=fact.created_at,
                cycle_time_seconds=fact.cycle_time_seconds,
                weight=weight,
                reasons=reasons,
            )


def _part_of(team: str | None, attribution: Attribution) -> tuple[Decimal, tuple[RestReason, ...]]:
    if team is not None:
        return sum((share.weight for share in attribution.shares if share.team == team), Decimal(0)), ()
    reasons = tuple(sorted(rest.reason for rest in attribution.rest))
    return sum((rest.weight for rest in attribution.rest), Decimal(0)), reasons
