"""Prune: pull requests that ended before the retention floor go, with their shares and rests, and stay away."""

from datetime import datetime

from attrs import frozen

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.retention import Age, floor_at
from github_tracker.ports.clock import Clock
from github_tracker.ports.retention import Losses, RepositoryLoss, Retention


@frozen
class PruningPlan:
    """Where the floor would be, and what that removes."""

    floor_before: datetime | None
    """None while everything is kept."""
    floor: datetime
    losses: Losses

    @property
    def is_held_back(self) -> bool:
        """Whether another floor was asked for: an earlier one than is in force."""
        return self.floor == self.floor_before


class PruneStore:
    """Raises the retention floor and removes what lies below it."""

    def __init__(self, retention: Retention, clock: Clock) -> None:
        self._retention = retention
        self._clock = clock

    def floor(self) -> datetime | None:
        """Return the floor in force; None while everything is kept."""
        return self._retention.floor()

    def floor_at(self, age: Age) -> datetime:
        """Return the floor that an age means today. Raises InvalidValueError."""
        return floor_at(age, self._clock.now())

    def plan(self, floor: datetime) -> PruningPlan:
        """Return what pruning to this floor would do, writing nothing; the floor in force is never taken back.

        Raises InvalidValueError for a floor that is yet to come.
        """
        in_force = self._retention.floor()
        return self._plan(in_force, floor if in_force is None else max(floor, in_force))

    def plan_anew(self, floor: datetime) -> PruningPlan:
        """Return what pruning to this floor would do after the floor in force is taken away; else like `plan`."""
        return self._plan(self._retention.floor(), floor)

    def __call__(self, plan: PruningPlan) -> tuple[RepositoryLoss, ...]:
        """Do what was planned and return what was removed, by repository id."""
        if plan.floor_before is not None and plan.floor < plan.floor_before:
            self._retention.reset(plan.floor)
        return self._retention.prune(plan.floor)

    def keep_everything(self) -> None:
        """Take the floor away; what was removed comes back when everything is walked over again."""
        self._retention.reset(None)

    def _plan(self, in_force: datetime | None, floor: datetime) -> PruningPlan:
        if floor > self._clock.now():
            raise InvalidValueError("retention floor", floor.isoformat(), "a day that is not yet to come")
        return PruningPlan(in_force, floor, self._retention.rehearse(floor))
