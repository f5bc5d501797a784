"""Comparing months: a database's percentiles carry about 15 digits, the domain's are exact."""

from collections.abc import Sequence
from fractions import Fraction

from attrs import evolve

from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth

RELATIVE_PRECISION = 1e-9

Month = TeamMonth | UnattributedMonth


def months_differ(found: Sequence[Month], wanted: Sequence[Month]) -> str:
    """Return what differs by more than the precision, or nothing."""
    if len(found) != len(wanted):
        return f"{len(found)} months instead of {len(wanted)}"
    pairs = zip(found, wanted, strict=True)
    return "; ".join(f"{one} instead of {other}" for one, other in pairs if not _is_close(one, other))


def _is_close(found: Month, wanted: Month) -> bool:
    pairs = zip(_measured(found), _measured(wanted), strict=True)
    return _counted(found) == _counted(wanted) and all(_is_near(one, other) for one, other in pairs)


def _counted(month: Month) -> Month:
    return evolve(
        month,
        median_lead_time_hours=None,
        p95_lead_time_hours=None,
        weighted_median_lead_time_hours=None,
        weighted_p95_lead_time_hours=None,
        effective_prs=None,
    )


def _measured(month: Month) -> tuple[Fraction | None, ...]:
    return (
        month.median_lead_time_hours,
        month.p95_lead_time_hours,
        month.weighted_median_lead_time_hours,
        month.weighted_p95_lead_time_hours,
        month.effective_prs,
    )


def _is_near(found: Fraction | None, wanted: Fraction | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= Fraction(RELATIVE_PRECISION) * abs(wanted)
