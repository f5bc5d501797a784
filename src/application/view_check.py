"""Compares the store's figures with the domain's reference.

Every week and every month's counts are compared, percentiles in a sample of months: they need all cycle times.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import define, evolve

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone
from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.tally import Tally, TeamCell
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek, merged_by_people
from github_tracker.domain.verification import Finding, FindingKind
from github_tracker.ports.report_repository import ReportRepository, ReportScope

RELATIVE_PRECISION: Final = Fraction(1, 10**9)
"""A database's percentiles carry about 15 digits; the domain's are exact."""

_Month = TeamMonth | UnattributedMonth
_Figure = TeamWeek | UnattributedWeek | _Month
_Figures = dict[str, _Figure]
"""By what they are figures of, in words."""


class ViewCheck:
    """Takes every attribution, and keeps sums; cycle times only of the first, a middle and the last month.

    The store's figures are asked for before and after: only those that stayed the same can be compared, since a page
    may be stored meanwhile.
    """

    def __init__(self, reports: ReportRepository, zone_name: str) -> None:
        self._reports = reports
        self._zone = time_zone(zone_name)
        stored = _stored_figures(reports)
        self.weeks = tuple(sorted({figure.week for figure in stored if isinstance(figure, TeamWeek)}))
        self.months = _sample(figure.month for figure in stored if isinstance(figure, TeamMonth))
        self._before = self._figures(stored)
        self._tally = Tally(zone_name)
        self._counts: defaultdict[TeamCell, _Counts] = defaultdict(_Counts)
        self._rest_counts: defaultdict[date, _Counts] = defaultdict(_Counts)

    def take(self, attribution: Attribution) -> None:
        """Count the attribution."""
        for merged_at, merged in merged_by_people((attribution,)):
            month = month_of(merged_at, self._zone)
            if month in self.months:
                self._tally.add(merged)
            else:
                self._tally.add_to_weeks(merged)
            is_timed = merged.pull_request.cycle_time_seconds is not None
            for share in merged.shares:
                self._counts[share.team, month].add(share.weight, is_timed)
            left = sum((rest.weight for rest in merged.rest), Decimal(0))
            if left:
                self._rest_counts[month].add(left, is_timed)

    def compare(self) -> tuple[list[Finding], int]:
        """Return where the store differs from the reference, and how many figures changed meanwhile."""
        after = self._figures(_stored_figures(self._reports))
        months: list[_Month] = [self._tally.month(cell) or counts.month(cell) for cell, counts in self._counts.items()]
        months += [
            self._tally.rest_month(month) or counts.rest_month(month) for month, counts in self._rest_counts.items()
        ]
        reference = self._figures((*self._tally.weeks(), *self._tally.rests(), *months))
        findings: list[Finding] = []
        unsettled = 0
        for name in sorted(self._before.keys() | after.keys() | reference.keys()):
            found, wanted = after.get(name), reference.get(name)
            if found != self._before.get(name):
                unsettled += 1
            elif not _agree(found, wanted):
                message = f"{name}: the view says {found or 'nothing'}, the pull requests give {wanted or 'nothing'}"
                findings.append(Finding(FindingKind.VIEW_DIFFERS, None, None, message))
        return findings, unsettled

    def _figures(self, figures: Iterable[_Figure]) -> _Figures:
        return {_name_of(figure): self._comparable(figure) for figure in figures}

    def _comparable(self, figure: _Figure) -> _Figure:
        if isinstance(figure, _Month) and figure.month not in self.months:
            return _without_percentiles(figure)
        return figure


@define
class _Counts:
    """What a month of a team, or of none, comes to without its cycle times."""

    merged: int = 0
    timed: int = 0
    weight: Decimal = Decimal(0)

    def add(self, weight: Decimal, is_timed: bool) -> None:
        """Count one share."""
        self.merged += 1
        self.timed += is_timed
        self.weight += weight

    def month(self, cell: TeamCell) -> TeamMonth:
        """Return the figures, of which the percentiles are left out."""
        return TeamMonth(*cell, self.merged, self.timed, None, None, self.weight, None, None, None)

    def rest_month(self, month: date) -> UnattributedMonth:
        """Return the figures of what no team earned, of which the percentiles are left out."""
        return UnattributedMonth(month, self.merged, self.timed, None, None, self.weight, None, None, None)


def _stored_figures(reports: ReportRepository) -> tuple[_Figure, ...]:
    everything = ReportScope()
    return (
        *reports.velocity(everything),
        *reports.unattributed(everything),
        *reports.lead_time(everything),
        *reports.unattributed_lead_time(everything),
    )


def _sample(days: Iterable[date]) -> tuple[date, ...]:
    every = sorted(set(days))
    return tuple(sorted({every[0], every[len(every) // 2], every[-1]})) if every else ()


def _name_of(figure: _Figure) -> str:
    match figure:
        case TeamWeek():
            return f"velocity of {figure.team} in the week of {figure.week}"
        case UnattributedWeek():
            return f"unattributed velocity ({figure.reason.value}) in the week of {figure.week}"
        case TeamMonth():
            return f"lead time of {figure.team} in {figure.month:%Y-%m}"
        case UnattributedMonth():
            return f"unattributed lead time in {figure.month:%Y-%m}"


def _agree(found: _Figure | None, wanted: _Figure | None) -> bool:
    if isinstance(found, _Month) and isinstance(wanted, _Month):
        pairs = zip(_percentiles(found), _percentiles(wanted), strict=True)
        return _without_percentiles(found) == _without_percentiles(wanted) and all(
            _is_near(one, other) for one, other in pairs
        )
    return found == wanted


def _percentiles(month: _Month) -> tuple[Fraction | None, ...]:
    return (
        month.median_lead_time_hours,
        month.p95_lead_time_hours,
        month.weighted_median_lead_time_hours,
        month.weighted_p95_lead_time_hours,
        month.effective_prs,
    )


def _without_percentiles(month: _Month) -> _Month:
    return evolve(
        month,
        median_lead_time_hours=None,
        p95_lead_time_hours=None,
        weighted_median_lead_time_hours=None,
        weighted_p95_lead_time_hours=None,
        effective_prs=None,
    )


def _is_near(found: Fraction | None, wanted: Fraction | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= RELATIVE_PRECISION * abs(wanted)
