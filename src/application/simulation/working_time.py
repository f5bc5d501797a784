"""When people work: days off, local hours and what happens to things that fall outside them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from attrs import frozen

from github_tracker.domain.instants import start_of_day

LIVELY_DAY_OFF = 0.04
"""How likely something that falls on a day off happens all the same."""

# Local hours 7 to 19 and how much happens in each: late morning and mid-afternoon lead, lunch does not.
_HOURS = range(7, 20)
_ACTIVITY = (1, 4, 8, 11, 11, 6, 7, 11, 11, 9, 6, 2, 1)
_OPENING, _CLOSING = 8, 19


@frozen
class WorkingTime:
    """The working time of the organisation between two days, both included."""

    first_day: date
    last_day: date
    holidays: frozenset[date]

    @property
    def begins_at(self) -> datetime:
        """The first instant at which something may happen."""
        return start_of_day(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """The first instant at which nothing may happen any more."""
        return start_of_day(self.last_day + timedelta(days=1))

    def is_day_off(self, day: date) -> bool:
        """Whether the day is a Saturday, a Sunday or a holiday."""
        return day.weekday() >= 5 or day in self.holidays

    def draw_instant(self, rng: Random, zone: ZoneInfo, days: Sequence[date]) -> datetime:
        """Return an instant on one of the days, seldom on one that is off, in the hours people work in that zone."""
        while True:
            day = rng.choice(days)
            if self.is_day_off(day) and rng.random() >= LIVELY_DAY_OFF:
                continue
            instant = _at_hour(rng, day, zone, rng.choices(_HOURS, _ACTIVITY)[0])
            if self.begins_at <= instant < self.ends_at:
                return instant

    def next_instant(self, rng: Random, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return that instant if people work then in that zone, or else a moment of the next morning they do."""
        local = instant.astimezone(zone)
        if self.is_day_off(local.date()) and rng.random() < LIVELY_DAY_OFF:
            return instant
        if not self.is_day_off(local.date()) and _OPENING <= local.hour < _CLOSING:
            return instant
        day = local.date() if local.hour < _OPENING else local.date() + timedelta(days=1)
        while self.is_day_off(day):
            day += timedelta(days=1)
        return _at_hour(rng, day, zone, rng.choice((8, 9, 9, 10, 10, 11)))


def working_time(first_day: date, last_day: date) -> WorkingTime:
    """Return the working time of an organisation that keeps the holidays most of Europe has in common."""
    years = range(first_day.year, last_day.year + 1)
    return WorkingTime(first_day, last_day, frozenset[date]().union(*(_holidays(year) for year in years)))


def days_between(first_day: date, last_day: date) -> Sequence[date]:
    """Return every day from the first to the last, both included."""
    return tuple(first_day + timedelta(days=days) for days in range((last_day - first_day).days + 1))


def _at_hour(rng: Random, day: date, zone: ZoneInfo, hour: int) -> datetime:
    local = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), zone)
    return local.astimezone(UTC)


def _holidays(year: int) -> frozenset[date]:
    easter = _easter(year)
    around_easter = {easter + timedelta(days=days) for days in (-2, 1, 39, 50)}
    turn_of_year = {date(year, 12, day) for day in range(24, 32)}
    return frozenset({date(year, 1, 1), date(year, 5, 1), *around_easter, *turn_of_year})


def _easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian algorithm (Nature, 20 April 1876)."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - epact - in_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
