"""Weeks and months in a range of days, so that one in which nothing merged is there as well (R10)."""

from collections.abc import Iterator
from datetime import date, timedelta

_DAYS_A_WEEK = 7


def mondays_in(since: date, until: date) -> Iterator[date]:
    """Yield the Mondays in [since, until).

    >>> [str(day) for day in mondays_in(date(2024, 1, 2), date(2024, 1, 16))]
    ['2024-01-08', '2024-01-15']
    """
    first = since.toordinal() + -since.weekday() % _DAYS_A_WEEK
    for ordinal in range(first, until.toordinal(), _DAYS_A_WEEK):
        yield date.fromordinal(ordinal)


def month_beginnings_in(since: date, until: date) -> Iterator[date]:
    """Yield the first days of months in [since, until).

    >>> [str(day) for day in month_beginnings_in(date(2024, 1, 2), date(2024, 3, 2))]
    ['2024-02-01', '2024-03-01']
    """
    first = since.year * 12 + since.month - (1 if since.day == 1 else 0)
    last = until.year * 12 + until.month - (1 if until.day == 1 else 0)
    for months in range(first, last):
        yield date(months // 12, months % 12 + 1, 1)


def first_month_from(day: date) -> date:
    """Return the first day of a month that is not before the day; 9999 ends without one.

    >>> [str(first_month_from(date(2024, *day))) for day in ((1, 1), (1, 2), (12, 31))]
    ['2024-01-01', '2024-02-01', '2025-01-01']
    """
    months = day.year * 12 + day.month - (1 if day.day == 1 else 0)
    return date(months // 12, months % 12 + 1, 1) if months // 12 <= date.max.year else date.max


def range_of(found: tuple[date, ...], since: date | None, until: date | None, longest: timedelta) -> tuple[date, date]:
    """Return the range [since, until), of which an end that is not given is that of what was found.

    It is never longer than `longest`: an end that is not given gives way. With nothing found it may be empty.
    """
    nothing = since or until or date.min
    first, last = (min(found), max(found)) if found else (nothing, nothing - timedelta(days=nothing > date.min))
    after_last = last + timedelta(days=last < date.max)
    if since is None:
        end = until or after_last
        least = date.fromordinal(max(end.toordinal() - longest.days, 1))
        return max(first, least) if first < end else end, end
    if until is None:
        most = date.fromordinal(min(since.toordinal() + longest.days, date.max.toordinal()))
        return since, max(since, min(after_last, most))
    return since, until
