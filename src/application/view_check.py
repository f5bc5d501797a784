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
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.tally import Tally, TeamCell
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek, merged_by_people
from github_tracker.domain.verification import Finding, FindingKind
from github_tracker.ports.report_repository import ReportRepository, ReportScope

RELATIVE_PRECISION: Final = Fraction(1, 10**9)
"""A database's percentiles carry about 15 digits; the domain's are exact."""

_Figure = TeamWeek | UnattributedWeek | TeamMonth
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
        weeks, months = reports.velocity(ReportScope()), reports.lead_time(ReportScope())
        self.weeks = tuple(sorted({week.week for week in weeks}))
        self.months = _sample(month.month for month in months)
        self._before = self._figures((*weeks, *reports.unattributed(ReportScope()), *months))
        self._tally = Tally(zone_name)
        self._counts: defaultdict[TeamCell, _Counts] = defaultdict(_Counts)

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

    def compare(self) -> tuple[list[Finding], int]:
        """Return where the store differs from the reference, and how many figures changed meanwhile."""
        after = self._stored_figures()
        months = (self._reference_month(cell) for cell in self._counts)
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

    def _stored_figures(self) -> _Figures:
        everything = ReportScope()
        reports = self._reports
        return self._figures(
            (*reports.velocity(everything), *reports.unattributed(everything), *reports.lead_time(everything))
        )

    def _reference_month(self, cell: TeamCell) -> TeamMonth:
        return self._tally.month(cell) or self._counts[cell].month(cell)

    def _figures(self, figures: Iterable[_Figure]) -> _Figures:
        return {_name_of(figure): self._comparable(figure) for figure in figures}

    def _comparable(self, figure: _Figure) -> _Figure:
        if isinstance(figure, TeamMonth) and figure.month not in self.months:
            return _without_percentiles(figure)
        return figure


@define
class _Counts:
    """What a team's month comes to without its cycle times."""

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


def _agree(found: _Figure | None, wanted: _Figure | None) -> bool:
    if isinstance(found, TeamMonth) and isinstance(wanted, TeamMonth):
        pairs = zip(_percentiles(found), _percentiles(wanted), strict=True)
        return _without_percentiles(found) == _without_percentiles(wanted) and all(
            _is_near(one, other) for one, other in pairs
        )
    return found == wanted


def _percentiles(month: TeamMonth) -> tuple[Fraction | None, ...]:
    return (
        month.median_lead_time_hours,
        month.p95_lead_time_hours,
        month.weighted_median_lead_time_hours,
        month.weighted_p95_lead_time_hours,
        month.effective_prs,
    )


def _without_percentiles(month: TeamMonth) -> TeamMonth:
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
