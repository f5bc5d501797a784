"""A work queue in memory, on virtual time: redelivery, delays and dead letters as Amazon SQS has them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from threading import RLock
from typing import Final

from attrs import define, field, frozen

from github_tracker.domain.work import MOST_ATTEMPTS, WorkItem
from github_tracker.ports.clock import Clock
from github_tracker.ports.work_queue import AT_ONCE, LONGEST_DELAY, Delivery, WorkInbox, WorkQueue

VISIBILITY_TIMEOUT: Final = timedelta(minutes=16)
"""Longer than any worker may take, so that nobody is given what another one is still at."""


@define(order=True)
class _Message:
    visible_at: datetime
    number: int
    item: WorkItem = field(order=False)
    attempts: int = field(default=0, order=False)
    is_done: bool = field(default=False, order=False)
    """Stays in the heap until it would be visible again: taking it out would cost a look at all the others."""


@frozen
class QueueDepths:
    """How much lies in the queue."""

    ready: int
    """Could be taken now."""
    held: int
    """With a worker, or held back."""
    dead: int


class MemoryWorkQueue(WorkQueue, WorkInbox):
    """Delivers in the order in which items become visible. Safe to be used by several threads."""

    def __init__(
        self,
        clock: Clock,
        visibility_timeout: timedelta = VISIBILITY_TIMEOUT,
        most_attempts: int = MOST_ATTEMPTS,
    ) -> None:
        self._clock = clock
        self._visibility_timeout = visibility_timeout
        self._most_attempts = most_attempts
        self._numbers = count(1)
        self._waiting: list[_Message] = []
        """A heap; a message that is with a worker lies in it too, by when it becomes visible again."""
        self._in_hands: dict[str, _Message] = {}
        """By the receipt of the latest delivery."""
        self._dead: list[WorkItem] = []
        self._lock = RLock()

    @property
    def dead_letters(self) -> tuple[WorkItem, ...]:
        """What was delivered too often, the first first."""
        with self._lock:
            return tuple(self._dead)

    @property
    def depths(self) -> QueueDepths:
        """How much lies where at present."""
        with self._lock:
            now = self._clock.now()
            waiting = [message.visible_at for message in self._waiting if not message.is_done]
            ready = sum(visible_at <= now for visible_at in waiting)
            return QueueDepths(ready, len(waiting) - ready, len(self._dead))

    @property
    def next_visible_at(self) -> datetime | None:
        """When the next item can be taken, which may be past already; None if there is none."""
        with self._lock:
            while self._waiting and self._waiting[0].is_done:
                heappop(self._waiting)
            return self._waiting[0].visible_at if self._waiting else None

    def send(self, items: Sequence[WorkItem], delay: timedelta = AT_ONCE) -> None:
        """Put the items behind what is visible by then."""
        visible_at = self._clock.now() + _bounded(delay)
        with self._lock:
            for item in items:
                heappush(self._waiting, _Message(visible_at, next(self._numbers), item))

    def take(self, most: int) -> tuple[Delivery, ...]:
        """Return what is visible, the longest visible first."""
        taken: list[Delivery] = []
        with self._lock:
            now = self._clock.now()
            while len(taken) < most and self._waiting and self._waiting[0].visible_at <= now:
                message = heappop(self._waiting)
                self._in_hands.pop(_receipt(message), None)
                if message.is_done:
                    continue
                if message.attempts >= self._most_attempts:
                    self._dead.append(message.item)
                else:
                    taken.append(self._delivery(message, now))
        return tuple(taken)

    def acknowledge(self, delivery: Delivery) -> None:
        """Remove the item, unless it was delivered again meanwhile: then that delivery counts."""
        with self._lock:
            message = self._in_hands.pop(delivery.receipt, None)
            if message is not None:
                message.is_done = True

    def give_back(self, delivery: Delivery, delay: timedelta = AT_ONCE) -> None:
        """Make the item visible after the delay, unless it was delivered again meanwhile."""
        with self._lock:
            message = self._in_hands.pop(delivery.receipt, None)
            if message is not None:
                message.visible_at = self._clock.now() + _bounded(delay)
                heapify(self._waiting)

    def _delivery(self, message: _Message, now: datetime) -> Delivery:
        message.attempts += 1
        message.visible_at = now + self._visibility_timeout
        heappush(self._waiting, message)
        receipt = _receipt(message)
        self._in_hands[receipt] = message
        return Delivery(message.item, receipt, message.attempts)


def _receipt(message: _Message) -> str:
    return f"{message.number}.{message.attempts}"


def _bounded(delay: timedelta) -> timedelta:
    return min(max(delay, AT_ONCE), LONGEST_DELAY)
