"""Monthly lead time as a pure function: the reference that the SQL views are checked against (R10, R15).

The figures are pull-request cycle times, from created to merged. The name is the published one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone
from github_tracker.domain.percentile import MEDIAN, P95, effective_size, percentile, weighted_percentile
from github_tracker.domain.velocity import SECONDS_AN_HOUR, merged_by_people


@frozen
class TeamMonth:
    """One team's pull-request cycle times of one calendar month of merging, bots left out (R11)."""

    team: str
    month: date
    """The first day, in the reporting time zone."""
    prs_merged: int
    """Each pull request once, whatever its weight."""
    prs_timed: int
    """Those of them that have a cycle time, which the percentiles are taken over (R9)."""
    median_lead_time_hours: Fraction | None
    p95_lead_time_hours: Fraction | None
    weighted_prs_merged: Decimal
    weighted_median_lead_time_hours: Fraction | None
    weighted_p95_lead_time_hours: Fraction | None
    effective_prs: Fraction | None
    """Kish's n* of the weights: how many equally weighted pull requests the weighted percentiles are worth."""


@frozen
class UnattributedMonth:
    """Cycle times of the pull requests of one month of merging that no team earned in full, bots left out (R6, R11).

    Each weighs what was left of it, whatever the reason; else the figures are those of TeamMonth.
    """

    month: date
    """The first day, in the reporting time zone."""
    prs_merged: int
    """Each pull request once, whatever was left of it."""
    prs_timed: int
    median_lead_time_hours: Fraction | None
    p95_lead_time_hours: Fraction | None
    weighted_prs_merged: Decimal
    """With those of all teams it adds up to the merged pull requests of the month."""
    weighted_median_lead_time_hours: Fraction | None
    weighted_p95_lead_time_hours: Fraction | None
    effective_prs: Fraction | None


def monthly_lead_time(attributions: Iterable[Attribution], zone_name: str) -> tuple[TeamMonth, ...]:
    """Return every team's months in which something merged, ordered by team and month."""
    zone = time_zone(zone_name)
    cells: defaultdict[tuple[str, date], list[tuple[int | None, Decimal]]] = defaultdict(list)
    for merged_at, attribution in merged_by_people(attributions):
        for share in attribution.shares:
            entry = (attribution.pull_request.cycle_time_seconds, share.weight)
            cells[share.team, month_of(merged_at, zone)].append(entry)
    return tuple(team_month(team, month, cells[team, month]) for team, month in sorted(cells))


def unattributed_lead_time(attributions: Iterable[Attribution], zone_name: str) -> tuple[UnattributedMonth, ...]:
    """Return every month in which something merged that no team earned in full, in order."""
    zone = time_zone(zone_name)
    cells: defaultdict[date, list[tuple[int | None, Decimal]]] = defaultdict(list)
    for merged_at, attribution in merged_by_people(attributions):
        left = sum((rest.weight for rest in attribution.rest), Decimal(0))
        if left:
            cells[month_of(merged_at, zone)].append((attribution.pull_request.cycle_time_seconds, left))
    return tuple(unattributed_month(month, cells[month]) for month in sorted(cells))


def team_month(team: str, month: date, entries: list[tuple[int | None, Decimal]]) -> TeamMonth:
    """Return a team's month of these shares: cycle time in seconds, or None, and weight."""
    return TeamMonth(team=team, month=month, **_figures(entries))


def unattributed_month(month: date, entries: list[tuple[int | None, Decimal]]) -> UnattributedMonth:
    """Return a month of these rests: cycle time in seconds, or None, and what was left of the pull request."""
    return UnattributedMonth(month=month, **_figures(entries))


class _Figures(TypedDict):
    """What a month comes to, whoever it is of."""

    prs_merged: int
    prs_timed: int
    median_lead_time_hours: Fraction | None
    p95_lead_time_hours: Fraction | None
    weighted_prs_merged: Decimal
    weighted_median_lead_time_hours: Fraction | None
    weighted_p95_lead_time_hours: Fraction | None
    effective_prs: Fraction | None


def _figures(entries: list[tuple[int | None, Decimal]]) -> _Figures:
    timed = [(seconds, weight) for seconds, weight in entries if seconds is not None]
    return _Figures(
        prs_merged=len(entries),
        prs_timed=len(timed),
        median_lead_time_hours=hours_of(percentile((seconds for seconds, _ in timed), MEDIAN)),
        p95_lead_time_hours=hours_of(percentile((seconds for seconds, _ in timed), P95)),
        weighted_prs_merged=sum((weight for _, weight in entries), Decimal(0)),
        weighted_median_lead_time_hours=hours_of(weighted_percentile(timed, MEDIAN)),
        weighted_p95_lead_time_hours=hours_of(weighted_percentile(timed, P95)),
        effective_prs=effective_size(weight for _, weight in timed),
    )


def hours_of(seconds: Fraction | None) -> Fraction | None:
    """Return the hours, exactly; None of what is unknown."""
    return None if seconds is None else seconds / SECONDS_AN_HOUR
