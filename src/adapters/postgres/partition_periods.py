"""The stretches of time that a partition holds: years, quarters or months, in UTC."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from attrs import frozen

PERIODS_AHEAD: Final = 3
"""How many are made ready after the present one: whoever forgets the command for so long loses nothing by it."""

_FIRST: Final = datetime(2008, 1, 1, tzinfo=UTC)
"""GitHub's first year. What says that it was created before, or is yet to be, lies with everything else."""


class PartitionWidth(StrEnum):
    """How long a stretch each partition holds."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"

    @property
    def months(self) -> int:
        """How many months it holds."""
        return {PartitionWidth.YEAR: 12, PartitionWidth.QUARTER: 3, PartitionWidth.MONTH: 1}[self]


@frozen(order=True)
class Period:
    """One stretch, [begins_at, ends_at), in UTC."""

    begins_at: datetime
    ends_at: datetime

    @property
    def suffix(self) -> str:
        """What is put behind a table's name: 2024, 2024_q3, 2024_07."""
        year, month = self.begins_at.year, self.begins_at.month
        return {12: f"{year:04}", 3: f"{year:04}_q{month // 3 + 1}", 1: f"{year:04}_{month:02}"}[self._months]

    @property
    def width(self) -> PartitionWidth:
        """Whether it is a year, a quarter or a month."""
        return next(width for width in PartitionWidth if width.months == self._months)

    def __contains__(self, instant: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.begins_at <= instant < self.ends_at

    def overlaps_any(self, others: Iterable["Period"]) -> bool:
        """Whether it has an instant in common with any of them."""
        return any(self.begins_at < other.ends_at and other.begins_at < self.ends_at for other in others)

    @property
    def _months(self) -> int:
        return _month_number(self.ends_at) - _month_number(self.begins_at)


def period_of(instant: datetime, width: PartitionWidth) -> Period:
    """Return the period that an instant lies in.

    >>> period_of(datetime(2024, 8, 5, tzinfo=UTC), PartitionWidth.QUARTER).suffix
    '2024_q3'
    """
    month = _month_number(instant.astimezone(UTC)) // width.months * width.months
    return Period(_beginning(month), _beginning(month + width.months))


def due_periods(created: Iterable[datetime], now: datetime, width: PartitionWidth) -> tuple[Period, ...]:
    """Return the periods that hold any of these instants, the present one and those to come, in order."""
    past = {period_of(instant, width) for instant in created if _FIRST <= instant < now}
    return tuple(sorted(past.union(_coming(now, width))))


def _coming(now: datetime, width: PartitionWidth) -> Iterator[Period]:
    period = period_of(now, width)
    for _ in range(PERIODS_AHEAD + 1):
        yield period
        period = period_of(period.ends_at, width)


def _month_number(instant: datetime) -> int:
    return instant.year * 12 + instant.month - 1


def _beginning(month_number: int) -> datetime:
    return datetime(month_number // 12, month_number % 12 + 1, 1, tzinfo=UTC)
