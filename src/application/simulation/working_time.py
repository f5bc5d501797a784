"""When people work: days off, local hours and what happens to things that fall outside them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from attrs import frozen

from github_tracker.application.simulation.daily_hours import OFFICE_HOURS, DailyHours
from github_tracker.domain.instants import start_of_day

LIVELY_DAY_OFF = 0.04
"""How likely something that falls on a day off happens all the same, in the organisation of the demo."""


@frozen
class WorkingTime:
    """The working time of an organisation or a person between two days, both included."""

    first_day: date
    last_day: date
    holidays: frozenset[date]
    """Days off besides Saturdays and Sundays; those of a person hold absences as well."""
    hours: DailyHours = OFFICE_HOURS
    liveliness: float = LIVELY_DAY_OFF
    """How likely something that falls on a day off happens all the same."""

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
            if self.is_day_off(day) and rng.random() >= self.liveliness:
                continue
            instant = self.instant_on(rng, zone, day)
            if self.begins_at <= instant < self.ends_at:
                return instant

    def instant_on(self, rng: Random, zone: ZoneInfo, day: date) -> datetime:
        """Return an instant of that day in the hours people work in that zone, whether the day is off or not."""
        return _at(day, self.hours.draw(rng), zone)

    def next_instant(self, rng: Random, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return that instant if people work then in that zone, or else a moment of the next morning they do."""
        local = instant.astimezone(zone)
        if self.is_day_off(local.date()) and rng.random() < self.liveliness:
            return instant
        if not self.is_day_off(local.date()) and self.hours.starts_at <= local.time() < self.hours.ends_at:
            return instant
        day = local.date() if local.time() < self.hours.starts_at else local.date() + timedelta(days=1)
        while self.is_day_off(day):
            day += timedelta(days=1)
        return _at(day, self.hours.draw_morning(rng), zone)


def working_time(first_day: date, last_day: date) -> WorkingTime:
    """Return the working time of an organisation that keeps the holidays most of Europe has in common."""
    years = range(first_day.year, last_day.year + 1)
    return WorkingTime(first_day, last_day, frozenset[date]().union(*(_holidays(year) for year in years)))


def days_between(first_day: date, last_day: date) -> Sequence[date]:
    """Return every day from the first to the last, both included."""
    return tuple(first_day + timedelta(days=days) for days in range((last_day - first_day).days + 1))


def _at(day: date, local: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, local, zone).astimezone(UTC)


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
