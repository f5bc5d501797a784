"""Weekly velocity as a pure function: the reference that the SQL views are checked against (R10)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import time_zone, week_of
from github_tracker.domain.person import RestReason

SECONDS_AN_HOUR = 3600


@frozen
class TeamWeek:
    """One team's merged pull requests of one ISO week, bots left out (R11)."""

    team: str
    week: date
    """The Monday, in the reporting time zone."""
    prs_merged: int
    """Each pull request once, whatever its weight."""
    prs_timed: int
    """Those of them that have a cycle time (R9)."""
    cycle_time_seconds: int
    """The sum over those that have one."""
    weighted_prs_merged: Decimal
    """The sum of the shares' weights."""
    weighted_prs_timed: Decimal
    """The sum of the weights of those that have a cycle time."""
    weighted_cycle_time_seconds: Decimal
    """The sum of weight x cycle time."""

    @property
    def avg_cycle_time_hours(self) -> Fraction | None:
        """Mean cycle time in hours; seconds are added up first and divided last (R9). None without any."""
        return Fraction(self.cycle_time_seconds, self.prs_timed * SECONDS_AN_HOUR) if self.prs_timed else None

    @property
    def weighted_avg_cycle_time_hours(self) -> Fraction | None:
        """Mean cycle time in hours, each pull request counted by its weight; None without any."""
        if not self.weighted_prs_timed:
            return None
        return Fraction(self.weighted_cycle_time_seconds) / (Fraction(self.weighted_prs_timed) * SECONDS_AN_HOUR)


@frozen
class UnattributedWeek:
    """What no team earned of one ISO week's merged pull requests, for one reason, bots left out (R6, R11)."""

    week: date
    reason: RestReason
    prs_merged: int
    """Pull requests with a rest of this reason, each once."""
    weighted_prs_merged: Decimal
    """The sum of the rests."""


def weekly_velocity(attributions: Iterable[Attribution], zone_name: str) -> tuple[TeamWeek, ...]:
    """Return every team's weeks in which something merged, ordered by team and week."""
    zone = time_zone(zone_name)
    cells: defaultdict[tuple[str, date], list[tuple[Decimal, int | None]]] = defaultdict(list)
    for merged_at, attribution in merged_by_people(attributions):
        for share in attribution.shares:
            entry = (share.weight, attribution.pull_request.cycle_time_seconds)
            cells[share.team, week_of(merged_at, zone)].append(entry)
    return tuple(_team_week(team, week, cells[team, week]) for team, week in sorted(cells))


def unattributed_velocity(attributions: Iterable[Attribution], zone_name: str) -> tuple[UnattributedWeek, ...]:
    """Return the rest of every week by reason, ordered by week and reason."""
    zone = time_zone(zone_name)
    cells: defaultdict[tuple[date, RestReason], list[Decimal]] = defaultdict(list)
    for merged_at, attribution in merged_by_people(attributions):
        for rest in attribution.rest:
            cells[week_of(merged_at, zone), rest.reason].append(rest.weight)
    return tuple(
        UnattributedWeek(week, reason, len(cells[week, reason]), sum(cells[week, reason], Decimal(0)))
        for week, reason in sorted(cells)
    )


def merged_by_people(attributions: Iterable[Attribution]) -> Iterator[tuple[datetime, Attribution]]:
    """Yield what the default figures are about, with merged_at: merged pull requests that no bot opened (R11)."""
    for attribution in attributions:
        merged_at = attribution.pull_request.merged_at
        if merged_at is not None and not attribution.is_bot:
            yield merged_at, attribution


def _team_week(team: str, week: date, entries: list[tuple[Decimal, int | None]]) -> TeamWeek:
    timed = [(weight, seconds) for weight, seconds in entries if seconds is not None]
    return TeamWeek(
        team=team,
        week=week,
        prs_merged=len(entries),
        prs_timed=len(timed),
        cycle_time_seconds=sum(seconds for _, seconds in timed),
        weighted_prs_merged=sum((weight for weight, _ in entries), Decimal(0)),
        weighted_prs_timed=sum((weight for weight, _ in timed), Decimal(0)),
        weighted_cycle_time_seconds=sum((weight * seconds for weight, seconds in timed), Decimal(0)),
    )
