"""Time for many threads that passes only when all of them sleep: then the earliest sleeper goes on, alone.

So one thread runs at a time, every run of a seed is the same, and a simulated hour lasts as long as its work takes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Event, Lock, Thread

from attrs import field, frozen

from github_tracker.ports.clock import Clock


@frozen(order=True)
class _Sleeper:
    wakes_at: datetime
    number: int
    turn: Lock = field(factory=Lock, order=False)


class VirtualClock(Clock):
    """Whoever calls `sleep` hands on to the earliest sleeper; who sleeps equally long wakes in the order of asking."""

    def __init__(self, starts_at: datetime) -> None:
        self._now = starts_at
        self._sleepers: list[_Sleeper] = []
        self._numbers = count()
        self._all_done = Event()
        self._failure: BaseException | None = None

    def now(self) -> datetime:
        """Return the instant at which the one that runs is."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let all others go on that wake earlier."""
        mine = self._lie_down(seconds)
        self._wake_next()
        mine.turn.acquire()

    def run(self, *works: Callable[[], None]) -> None:
        """Begin all works at this instant, each in a thread of its own, and return when all have ended.

        What one of them raises is raised here; the others are left where they are.
        """
        self._all_done.clear()
        for work in works:
            Thread(target=self._main, args=(work, self._lie_down(0)), daemon=True).start()
        self._wake_next()
        self._all_done.wait()
        if self._failure is not None:
            raise self._failure

    def _main(self, work: Callable[[], None], begins: _Sleeper) -> None:
        begins.turn.acquire()
        try:
            work()
        except BaseException as exc:  # noqa: BLE001  # raised again by whoever waits for all
            self._failure = exc
            self._all_done.set()
            return
        self._wake_next()

    def _lie_down(self, seconds: float) -> _Sleeper:
        mine = _Sleeper(self._now + timedelta(seconds=max(seconds, 0)), next(self._numbers))
        mine.turn.acquire()
        heappush(self._sleepers, mine)
        return mine

    def _wake_next(self) -> None:
        if not self._sleepers:
            self._all_done.set()
            return
        earliest = heappop(self._sleepers)
        self._now = earliest.wakes_at
        earliest.turn.release()
