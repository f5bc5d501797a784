"""Instants, weeks and months: every datetime is aware and in UTC once it is inside (R3)."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from github_tracker.domain.errors import InvalidValueError

LEAST_INSTANT = datetime.min.replace(tzinfo=UTC)


def to_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; a naive datetime is refused, since it names no instant (R3).

    >>> to_utc(datetime.fromisoformat("2024-01-01T01:30:00+02:00")).isoformat()
    '2023-12-31T23:30:00+00:00'
    """
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise InvalidValueError("instant", instant.isoformat(), "a datetime with a time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as exc:
        raise InvalidValueError("instant", instant.isoformat(), "a year from 1 to 9999 in UTC") from exc


def to_utc_or_none(instant: datetime | None) -> datetime | None:
    """Return the same instant in UTC, or None for an instant that is not there."""
    return None if instant is None else to_utc(instant)


def start_of_day(day: date) -> datetime:
    """Return 00:00 UTC of that day: what a bare date in a roster file means (R3)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def beginning_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which the day begins in that zone; the least one that there is, if that lies before it.

    >>> beginning_of(date(2024, 7, 1), ZoneInfo("Europe/Berlin")).isoformat()
    '2024-06-30T22:00:00+00:00'
    """
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:  # the year 1 begins in the east while UTC has none yet
        return LEAST_INSTANT


def week_of(instant: datetime, zone: tzinfo) -> date:
    """Return the Monday of the ISO week that the instant falls into, seen from that zone (R10).

    >>> week_of(datetime.fromisoformat("2024-01-07T23:30:00+00:00"), ZoneInfo("Europe/Berlin"))
    datetime.date(2024, 1, 8)
    """
    local_day = day_of(instant, zone)
    return local_day - timedelta(days=local_day.weekday())


def month_of(instant: datetime, zone: tzinfo) -> date:
    """Return the first day of the calendar month that the instant falls into, seen from that zone (R10)."""
    return day_of(instant, zone).replace(day=1)


def day_of(instant: datetime, zone: tzinfo) -> date:
    """Return the day that the instant falls into, seen from that zone."""
    return instant.astimezone(zone).date()


def time_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name, such as Europe/Berlin; an unknown one is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise InvalidValueError("time zone", name, "an IANA name such as UTC or Europe/Berlin") from exc
