"""The machine's clock."""

import time
from datetime import UTC, datetime

from github_tracker.ports.clock import Clock


class SystemClock(Clock):
    """Tells the machine's time."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let the calling thread wait."""
        time.sleep(max(seconds, 0))
