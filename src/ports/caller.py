"""Whoever waits for an answer, and may leave before it is there; then nobody needs what is being read for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from github_tracker.ports.errors import CallerLeftError


class Caller:
    """Somebody who asked. Safe to be used by several threads; one of them works for the caller at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stop: Callable[[], None] | None = None
        self._has_left = False

    @property
    def has_left(self) -> bool:
        """Whether nobody waits any more."""
        return self._has_left

    def leave(self) -> None:
        """Stop what is being done for the caller, and let nothing more begin; takes as long as stopping does."""
        with self._lock:
            self._has_left = True
            if self._stop is not None:
                self._stop()

    @contextmanager
    def served(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called by another thread if the caller leaves meanwhile; at the end it is over and done with.

        Raises CallerLeftError if the caller has left already.
        """
        with self._lock:
            if self._has_left:
                raise CallerLeftError
            self._stop = stop
        try:
            yield
        finally:
            with self._lock:
                self._stop = None


CALLER: ContextVar[Caller | None] = ContextVar("github_tracker_caller", default=None)
"""For whom the present thread works; None: for somebody who stays."""
