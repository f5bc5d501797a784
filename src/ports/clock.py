"""The role of time."""

from abc import ABC, abstractmethod
from datetime import datetime


class Clock(ABC):
    """Tells the time and lets it pass."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present instant, in UTC."""

    @abstractmethod
    def sleep(self, seconds: float) -> None:
        """Return when that many seconds have passed; at once for zero and less."""
