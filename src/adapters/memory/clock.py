"""Time that passes only when somebody sleeps."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from github_tracker.domain.instants import to_utc
from github_tracker.ports.clock import Clock


class MemoryClock(Clock):
    """Starts at a given instant; sleeping moves it on at once."""

    def __init__(self, starts_at: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> None:
        self._now = to_utc(starts_at)
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the instant that was last reached."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by that many seconds, without waiting."""
        with self._lock:
            self._now += timedelta(seconds=max(seconds, 0))
