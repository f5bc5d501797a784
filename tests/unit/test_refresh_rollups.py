"""Refreshing figures: until nothing is left, or as far as the time goes."""

from collections.abc import Iterator

from github_tracker.adapters.memory import MemoryClock
from github_tracker.application.refresh_rollups import Refreshment, RefreshRollups
from github_tracker.ports.rollups import Rollups
from tests.unit.examples import at

NOON = at("2024-06-01T12:00")


class SlowRollups(Rollups):
    """Three steps of five figures, ten seconds each; twice as many after everything was distrusted."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock
        self._steps = 3

    def refresh(self) -> Iterator[int]:
        """Take the time."""
        for _ in range(self._steps):
            self._clock.sleep(10)
            yield 5

    def distrust(self) -> None:
        """There is more to do."""
        self._steps = 6


def test_everything_is_refreshed_without_an_end() -> None:
    """All figures are counted."""
    clock = MemoryClock(NOON)
    assert RefreshRollups(SlowRollups(clock), clock)() == Refreshment(15, is_complete=True)


def test_refresh_stops_after_the_step_in_which_the_time_ends() -> None:
    """What is done stays done, and what is left is left to the next time."""
    clock = MemoryClock(NOON)
    refreshed = RefreshRollups(SlowRollups(clock), clock)(at("2024-06-01T12:00:15"))
    assert refreshed == Refreshment(10, is_complete=False)
    assert clock.now() == at("2024-06-01T12:00:20")


def test_refresh_that_comes_too_late_does_nothing() -> None:
    """At the very end as well."""
    clock = MemoryClock(NOON)
    assert RefreshRollups(SlowRollups(clock), clock)(NOON) == Refreshment(0, is_complete=False)
    assert clock.now() == NOON


def test_rebuild_distrusts_everything_first() -> None:
    """Whatever was ready before."""
    clock = MemoryClock(NOON)
    assert RefreshRollups(SlowRollups(clock), clock).rebuild() == Refreshment(30, is_complete=True)
