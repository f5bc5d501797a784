"""How long pull requests are kept: those that ended before an instant, the retention floor, are not."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import frozen

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.pull_request import PullRequest


class AgeUnit(StrEnum):
    """In what an age is told."""

    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


@frozen
class Age:
    """How old something may become: so many days or weeks, or so many months or years of the calendar."""

    count: int
    unit: AgeUnit

    def before(self, day: date) -> date:
        """Return the day that lies this age before another; a day that its month lacks becomes the month's last.

        Raises InvalidValueError where the calendar has no such day.

        >>> Age(1, AgeUnit.MONTH).before(date(2024, 3, 31))
        datetime.date(2024, 2, 29)
        """
        try:
            if self.unit in (AgeUnit.DAY, AgeUnit.WEEK):
                return day - timedelta(days=self.count * (7 if self.unit is AgeUnit.WEEK else 1))
            months = self.count * (12 if self.unit is AgeUnit.YEAR else 1)
            year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        except (OverflowError, ValueError) as exc:
            raise InvalidValueError("age", f"{self.count}{self.unit}", "one that begins after the year 1") from exc


def floor_at(age: Age, now: datetime) -> datetime:
    """Return the retention floor of an age: 00:00 UTC of its day, so that all runs of one day agree."""
    return start_of_day(age.before(now.date()))


def ended_at(fact: PullRequest) -> datetime | None:
    """Return when it merged, else when it was closed; None while it is open, and where GitHub told no instant."""
    return fact.merged_at if fact.merged_at is not None else fact.closed_at


def is_expired(fact: PullRequest, floor: datetime | None) -> bool:
    """Whether it ended before the floor, which itself is kept; an open one never did, and without a floor none."""
    if floor is None:
        return False
    end = ended_at(fact)
    return end is not None and end < floor
