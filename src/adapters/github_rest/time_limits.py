"""Time limits that are watched by one thread, however many there are: a thread for each would cost more than it."""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread


class TimeLimits:
    """Calls what it was given when its time is over. The thread begins with the first limit and ends with the last.

    A limit is not taken back: what is called must look whether it still matters.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._limits: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._thread: Thread | None = None

    def add(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it that many seconds from now, in the watching thread; it must be quick, and not raise."""
        with self._changed:
            limit = (time.monotonic() + seconds, next(self._order), call)
            heappush(self._limits, limit)
            # One that was forked away is not alive.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._watch, name="time-limits", daemon=True)
                self._thread.start()
            elif self._limits[0] is limit:
                # Only the earliest is waited for.
                self._changed.notify()

    def _watch(self) -> None:
        while (call := self._next()) is not None:
            call()

    def _next(self) -> Callable[[], None] | None:
        """Wait for the earliest limit and return what to call; None when there is none left."""
        with self._changed:
            while self._limits:
                left = self._limits[0][0] - time.monotonic()
                if left <= 0:
                    return heappop(self._limits)[2]
                self._changed.wait(left)
            self._thread = None
            return None
