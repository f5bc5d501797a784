"""Many time limits, watched by one thread."""

import threading
from threading import Event

from github_tracker.adapters.github_rest.time_limits import TimeLimits

PATIENCE = 10.0
"""Seconds until a test says that something does not happen."""


def watching_threads() -> set[threading.Thread]:
    """Those of this process that watch limits, of whichever kind."""
    return {thread for thread in threading.enumerate() if thread.name == "time-limits"}


def test_each_is_called_when_its_time_is_over_the_earliest_first() -> None:
    """In whatever order they were added, and a later one never holds up an earlier one."""
    limits, called, is_over = TimeLimits(), list[str](), Event()
    limits.add(3600, lambda: called.append("in an hour"))
    limits.add(0.8, is_over.set)
    limits.add(0.4, lambda: called.append("second"))
    limits.add(0.0, lambda: called.append("first"))
    assert is_over.wait(PATIENCE)
    assert called == ["first", "second"]


def test_one_thread_watches_all_of_them_and_ends_with_the_last() -> None:
    """A process that asks nothing more has no thread of it left; the next limit begins another."""
    limits = TimeLimits()
    before = watching_threads()
    for _ in range(2):
        is_over = Event()
        for _ in range(50):
            limits.add(0.3, lambda: None)
        limits.add(0.35, is_over.set)
        new = watching_threads() - before
        assert len(new) <= 1
        assert is_over.wait(PATIENCE)
        for thread in new:
            thread.join(PATIENCE)
            assert not thread.is_alive()
