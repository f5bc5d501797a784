"""Refresh: figures that changed are made ready, so that readers need not wait for them to be computed."""

from datetime import datetime

from attrs import frozen

from github_tracker.ports.clock import Clock
from github_tracker.ports.rollups import Rollups


@frozen
class Refreshment:
    """What came of it."""

    figures: int
    """Weeks and months that were made ready."""
    is_complete: bool
    """False if it had to stop: what is left is computed for each reader until the next time."""


class RefreshRollups:
    """Makes ready what changed; what it does not come to costs readers time, and no figure is ever wrong for it."""

    def __init__(self, rollups: Rollups, clock: Clock) -> None:
        self._rollups = rollups
        self._clock = clock

    def __call__(self, stop_at: datetime | None = None) -> Refreshment:
        """Refresh until nothing is left, or until the first step that ends after `stop_at`."""
        figures = 0
        if self._is_over(stop_at):
            return Refreshment(0, is_complete=False)
        for step in self._rollups.refresh():
            figures += step
            if self._is_over(stop_at):
                return Refreshment(figures, is_complete=False)
        return Refreshment(figures, is_complete=True)

    def rebuild(self) -> Refreshment:
        """Make everything ready anew, whatever was ready before; readers get exact figures meanwhile."""
        self._rollups.distrust()
        return self()

    def _is_over(self, stop_at: datetime | None) -> bool:
        return stop_at is not None and self._clock.now() >= stop_at
