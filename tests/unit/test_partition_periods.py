"""The periods that partitions hold: whole, in UTC, side by side, and never the whole of time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.adapters.postgres.partition_periods import (
    PERIODS_AHEAD,
    PartitionWidth,
    due_periods,
    period_of,
)
from tests.strategies import instants
from tests.unit.examples import MICROSECOND, at

WIDTHS = st.sampled_from(PartitionWidth)
YEAR, QUARTER, MONTH = PartitionWidth.YEAR, PartitionWidth.QUARTER, PartitionWidth.MONTH


@pytest.mark.parametrize(
    ("width", "suffix", "begins_at", "ends_at"),
    [
        (YEAR, "2024", "2024-01-01", "2025-01-01"),
        (QUARTER, "2024_q4", "2024-10-01", "2025-01-01"),
        (MONTH, "2024_12", "2024-12-01", "2025-01-01"),
    ],
)
def test_period_begins_and_ends_with_the_calendar(
    width: PartitionWidth, suffix: str, begins_at: str, ends_at: str
) -> None:
    """At 00:00 UTC; an evening in New York may lie in the next one."""
    period = period_of(at("2024-12-31T23:59:59"), width)
    assert (period.suffix, period.begins_at, period.ends_at) == (suffix, at(begins_at), at(ends_at))
    assert period_of(datetime.fromisoformat("2024-12-31T19:00:00-05:00"), width).begins_at == at("2025-01-01")


@given(instants(), WIDTHS)
def test_period_holds_its_instant_and_those_of_its_width(instant: datetime, width: PartitionWidth) -> None:
    """The beginning is in it, the end is not, and each instant lies in one."""
    period = period_of(instant, width)
    assert instant in period
    assert period.begins_at in period
    assert period.ends_at not in period
    assert period_of(period.ends_at - MICROSECOND, width) == period
    assert period.width is width
    assert period.overlaps_any([period])
    assert not period.overlaps_any([period_of(period.ends_at, width), period_of(period.begins_at - MICROSECOND, width)])


@given(st.lists(instants()), WIDTHS)
def test_due_are_those_with_pull_requests_and_those_to_come(created: list[datetime], width: PartitionWidth) -> None:
    """In order and apart, each with something in it, or the present one, or among the next."""
    now = at("2024-06-15")
    due = due_periods(created, now, width)
    assert all(one.ends_at <= other.begins_at for one, other in pairwise(due))
    held = [instant for instant in created if at("2008-01-01") <= instant < now]
    assert all(any(instant in period for period in due) for instant in held)
    past = [period for period in due if period.ends_at <= now]
    assert all(any(instant in period for instant in held) for period in past)
    assert len(due) - len(past) == 1 + PERIODS_AHEAD


def test_odd_instants_get_no_partition_of_their_own() -> None:
    """Before there was GitHub, and yet to come: one wrong clock does not make hundreds."""
    now = datetime(2024, 6, 15, tzinfo=UTC)
    odd = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), now + timedelta(days=9000)]
    assert due_periods(odd, now, YEAR) == due_periods([], now, YEAR)
    assert [period.suffix for period in due_periods([], now, YEAR)] == ["2024", "2025", "2026", "2027"]
