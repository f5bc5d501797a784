"""Weeks and months in a range, and the range itself where its ends are not given."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.periods import mondays_in, month_beginnings_in, range_of

LONGEST = timedelta(days=3660)
DAYS = st.dates()
FIRST, LAST = date(2024, 1, 8), date(2024, 3, 4)


@given(since=DAYS, length=st.integers(0, 4000))
def test_every_week_and_month_of_a_range_is_there_once(since: date, length: int) -> None:
    """As by looking at each day."""
    until = date.fromordinal(min(since.toordinal() + length, date.max.toordinal()))
    days = [date.fromordinal(day) for day in range(since.toordinal(), until.toordinal())]
    assert list(mondays_in(since, until)) == [day for day in days if day.weekday() == 0]
    assert list(month_beginnings_in(since, until)) == [day for day in days if day.day == 1]


@pytest.mark.parametrize(
    ("found", "since", "until", "wanted"),
    [
        ((LAST, FIRST), None, None, (FIRST, date(2024, 3, 5))),
        ((LAST, FIRST), date(2024, 1, 1), None, (date(2024, 1, 1), date(2024, 3, 5))),
        ((LAST, FIRST), None, date(2024, 4, 1), (FIRST, date(2024, 4, 1))),
        ((LAST, FIRST), date(2024, 2, 1), date(2024, 2, 2), (date(2024, 2, 1), date(2024, 2, 2))),
        ((), date(2024, 2, 1), None, (date(2024, 2, 1), date(2024, 2, 1))),
        ((), None, date(2024, 2, 1), (date(2024, 2, 1), date(2024, 2, 1))),
        ((date(2000, 1, 1), LAST), None, None, (date(2014, 2, 26), date(2024, 3, 5))),
        ((LAST,), date(1, 1, 1), None, (date(1, 1, 1), date(11, 1, 9))),
    ],
)
def test_end_that_is_not_given_is_that_of_what_was_found(
    found: tuple[date, ...], since: date | None, until: date | None, wanted: tuple[date, date]
) -> None:
    """And gives way where the range would be too long."""
    assert range_of(found, since, until, LONGEST) == wanted


@given(found=st.lists(DAYS, max_size=4), since=st.none() | DAYS, until=st.none() | DAYS)
def test_range_is_never_too_long_nor_impossible(found: list[date], since: date | None, until: date | None) -> None:
    """Whatever was found, to the ends of the calendar; a given end stays as it is."""
    within = tuple(day for day in found if (since is None or since <= day) and (until is None or day < until))
    start, end = range_of(within, since, until, LONGEST)
    assert since in (None, start)
    assert until in (None, end)
    if since is None or until is None:
        assert timedelta(0) <= end - start <= LONGEST
