"""The role of the store for keeping pull requests no longer than wanted."""

from abc import ABC, abstractmethod
from datetime import date, datetime

from attrs import frozen

from github_tracker.domain.pull_request import Repository


@frozen
class RepositoryLoss:
    """What one repository loses."""

    repository: Repository
    facts: int
    shares: int
    rests: int


@frozen
class MonthLoss:
    """A team's month of merging whose figures change, bots left out (R10, R11)."""

    team: str
    month: date
    prs_lost: int
    prs_kept: int
    """More than 0 only in the month that the floor lies in."""


@frozen
class Losses:
    """What a floor removes."""

    repositories: tuple[RepositoryLoss, ...]
    """By id; those that lose nothing are left out."""
    months: tuple[MonthLoss, ...]
    """By team and month."""


class Retention(ABC):
    """Keeps the retention floor, and removes what ended before it.

    Whatever page is stored while there is a floor, what ended before it is not stored, and removes what was stored of
    that pull request earlier: so pruning before, while or after a page is stored ends in the same state.
    """

    @abstractmethod
    def floor(self) -> datetime | None:
        """Return the floor in force, in UTC; None while everything is kept."""

    @abstractmethod
    def rehearse(self, floor: datetime) -> Losses:
        """Return what lies below this floor, whichever is in force; nothing is written."""

    @abstractmethod
    def prune(self, floor: datetime) -> tuple[RepositoryLoss, ...]:
        """Raise the floor to this instant, unless it is there or later, and remove all that ended before it.

        Facts go with their shares and rests, a bounded number at a time: no reader sees one without the others.
        Stopped in the middle it is gone on with by doing it again, and doing it twice removes nothing the second time.
        Returns what was removed, by repository id.
        """

    @abstractmethod
    def reset(self, floor: datetime | None) -> None:
        """Put the floor there, further back or away as well; what was removed only GitHub can give back."""
