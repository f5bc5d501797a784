"""At which hours of a day people work, on their own clocks."""

from abc import ABC, abstractmethod
from datetime import time
from random import Random
from typing import Final

from attrs import field, frozen

from github_tracker.domain.errors import InvalidValueError

# Hours 7 to 19 and how much happens in each: late morning and mid-afternoon lead, lunch does not.
_HOURS = range(7, 20)
_ACTIVITY = (1, 4, 8, 11, 11, 6, 7, 11, 11, 9, 6, 2, 1)
_LONGEST_MORNING = 2 * 3600


class DailyHours(ABC):
    """The hours of one working day."""

    starts_at: time
    """From when on things happen by themselves."""
    ends_at: time
    """From when on they wait for the next morning."""

    @abstractmethod
    def draw(self, rng: Random) -> time:
        """Return a moment of the day at which somebody begins something."""

    @abstractmethod
    def draw_morning(self, rng: Random) -> time:
        """Return a moment at which what was left from the evening before is done."""


@frozen
class OfficeHours(DailyHours):
    """The hours of an organisation, where some are early and some late."""

    starts_at: time = time(8)
    ends_at: time = time(19)

    def draw(self, rng: Random) -> time:
        """Return mostly a moment of the late morning or the mid-afternoon."""
        return _in_hour(rng, rng.choices(_HOURS, _ACTIVITY)[0])

    def draw_morning(self, rng: Random) -> time:
        """Return a moment from 8 to 12."""
        return _in_hour(rng, rng.choice((8, 9, 9, 10, 10, 11)))


OFFICE_HOURS: Final = OfficeHours()


@frozen
class FixedHours(DailyHours):
    """The half-open hours [starts_at, ends_at) of one person, every moment as likely as any other."""

    starts_at: time = time(9)
    ends_at: time = field(default=time(17, 30))

    def __attrs_post_init__(self) -> None:
        if self.starts_at >= self.ends_at:
            wanted = f"a time of the same day after starts_at {self.starts_at.isoformat()}"
            raise InvalidValueError("ends_at", self.ends_at.isoformat(), wanted)

    def draw(self, rng: Random) -> time:
        """Return any whole second of the hours."""
        return _of_second(_second_of(self.starts_at) + rng.randrange(self._seconds))

    def draw_morning(self, rng: Random) -> time:
        """Return a moment of the first two hours."""
        return _of_second(_second_of(self.starts_at) + rng.randrange(min(self._seconds, _LONGEST_MORNING)))

    @property
    def _seconds(self) -> int:
        return _second_of(self.ends_at) - _second_of(self.starts_at)


def _in_hour(rng: Random, hour: int) -> time:
    return time(hour, rng.randrange(60), rng.randrange(60))


def _second_of(local: time) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second


def _of_second(second: int) -> time:
    return time(second // 3600, second // 60 % 60, second % 60)
