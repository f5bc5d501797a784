"""Turns: so many requests are worked on at once, so many more wait for a while, and all others are to come back."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Final, TypeVar

from attrs import frozen

from github_tracker.entrypoints.api.problems import overloaded
from github_tracker.entrypoints.api.trace import TRACE

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits altogether until it is worked on; then whoever asks does better to come back later."""

T = TypeVar("T")


@frozen
class Room:
    """For how many there is room."""

    at_once: int
    """Each of them uses a connection to the database at a time."""
    waiting: int
    """Whoever comes beyond them is sent away at once."""


QUICK: Final = Room(at_once=4, waiting=200)
"""Looking at the key and at whether the client has the present answer already; takes some milliseconds."""

FIGURES: Final = Room(at_once=6, waiting=60)
"""Reading figures: more at once would make none of them faster. 60 can be done in time if each takes 0.2 seconds."""


class Turns:
    """Gives turns in the order of asking. Of one event loop."""

    def __init__(self, room: Room, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._room = room
        self._patience_seconds = patience_seconds
        self._free = asyncio.Semaphore(room.at_once)
        self._waiting = 0
        # As many threads as turns, so that whoever has a turn has a thread.
        self._threads = ThreadPoolExecutor(room.at_once, thread_name_prefix="api")

    async def take(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, done in a thread. Raises a problem where there is no turn in time.

        Who is cancelled meanwhile goes on at once; the turn is over when the work is.
        """
        await self._begin()
        loop = asyncio.get_running_loop()

        def end(_done: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop is closed: the process ends
                loop.call_soon_threadsafe(self._free.release)

        begun = self._threads.submit(copy_context().run, work)
        begun.add_done_callback(end)
        return await asyncio.wrap_future(begun)

    async def _begin(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._room.waiting:
            raise overloaded()
        trace, since = TRACE.get(), time.monotonic()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_seconds - trace.waited_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise overloaded() from None
        finally:
            self._waiting -= 1
            trace.waited_seconds += time.monotonic() - since


@frozen
class Counters:
    """Where requests take turns: what is answered quickly does not stand behind what is not."""

    quick: Turns
    figures: Turns
