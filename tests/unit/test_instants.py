"""Instants, weeks and months, seen from any zone (R3, R10)."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import month_of, start_of_day, time_zone, to_utc, to_utc_or_none, week_of
from tests.strategies import ZONES, in_other_offsets, instants
from tests.unit.examples import at


@given(st.data(), instants())
def test_the_same_instant_comes_out_in_utc(data: st.DataObject, instant: datetime) -> None:
    """Only the way of writing changes (R3)."""
    for inside in (to_utc(data.draw(in_other_offsets(instant))), to_utc_or_none(instant)):
        assert inside is not None
        assert inside.tzinfo is UTC
        assert inside == instant


def test_a_naive_datetime_is_refused() -> None:
    """It names no instant; the refusal says what is missing (R3)."""
    naive = datetime(2024, 1, 1)  # noqa: DTZ001  # this is the point
    for convert in (to_utc, to_utc_or_none):
        with pytest.raises(InvalidValueError, match=r"time zone.*2024-01-01T00:00:00"):
            convert(naive)


def test_an_instant_before_all_years_is_refused() -> None:
    """The first hour of year 1 in the east lies in no year of UTC."""
    with pytest.raises(InvalidValueError, match="year"):
        to_utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))))


def test_no_instant_stays_none() -> None:
    """Absent is absent."""
    assert to_utc_or_none(None) is None


def test_a_bare_date_begins_at_midnight_utc() -> None:
    """What a date in a roster file means (R3)."""
    assert start_of_day(date(2024, 2, 29)) == at("2024-02-29T00:00:00")
    assert start_of_day(date(2024, 2, 29)).tzinfo is UTC


@given(instants(), st.sampled_from(ZONES))
def test_a_week_is_the_iso_week_of_the_local_day(instant: datetime, zone: str) -> None:
    """Its Monday, found through the ISO calendar (R10)."""
    local_day = instant.astimezone(ZoneInfo(zone))
    year, week, _ = local_day.isocalendar()
    assert week_of(instant, ZoneInfo(zone)) == date.fromisocalendar(year, week, 1)


@given(instants(), st.sampled_from(ZONES))
def test_a_month_is_that_of_the_local_day(instant: datetime, zone: str) -> None:
    """Its first day (R10)."""
    local_day = instant.astimezone(ZoneInfo(zone))
    assert month_of(instant, ZoneInfo(zone)) == date(local_day.year, local_day.month, 1)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../UTC", "/etc/localtime", "Europe"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """The refusal names it."""
    with pytest.raises(InvalidValueError) as refusal:
        time_zone(name)
    assert (refusal.value.field, refusal.value.value) == ("time zone", name)


@pytest.mark.parametrize("name", ZONES)
def test_a_known_zone_is_found(name: str) -> None:
    """By its IANA name."""
    assert time_zone(name) == ZoneInfo(name)
