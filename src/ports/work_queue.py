"""The roles of a queue that hands work to whoever is free: at least once, in no certain order."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from attrs import frozen

from github_tracker.domain.work import WorkItem

LONGEST_DELAY: Final = timedelta(minutes=15)
"""The longest time for which a queue holds something back; that of Amazon SQS."""

AT_ONCE: Final = timedelta(0)


@frozen
class Delivery:
    """One item in the hands of one worker. The same item may be delivered again, even to two at once."""

    item: WorkItem
    receipt: str
    """What this delivery is known by; another one for each."""
    attempt: int = 1
    """The how many-th delivery it is, about; sent again, an item begins with 1."""


class WorkQueue(ABC):
    """Takes work for others to do."""

    @abstractmethod
    def send(self, items: Sequence[WorkItem], delay: timedelta = AT_ONCE) -> None:
        """Hand over all items, to be delivered not before the delay has passed; a longer one counts as LONGEST_DELAY.

        Raises QueueError if not all could be handed over; some may have been, and sending all again does no harm.
        """


class WorkInbox(ABC):
    """Gives out work, where nothing else delivers it: a worker that is fed by its platform needs none."""

    @abstractmethod
    def take(self, most: int) -> tuple[Delivery, ...]:
        """Return at most so many items, none of which another worker is given until the visibility timeout passes.

        An item that was taken MOST_ATTEMPTS times and never acknowledged is put aside instead. Raises QueueError.
        """

    @abstractmethod
    def acknowledge(self, delivery: Delivery) -> None:
        """Say that the item is dealt with, so that it is not delivered again; twice is once. Raises QueueError."""

    @abstractmethod
    def give_back(self, delivery: Delivery, delay: timedelta = AT_ONCE) -> None:
        """Let the item be delivered again once the delay has passed; it counts as an attempt. Raises QueueError."""
