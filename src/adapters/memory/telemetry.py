"""Remembers what it was told."""

from threading import Lock

from github_tracker.ports.telemetry import Event, Telemetry


class MemoryTelemetry(Telemetry):
    """Keeps every event in the order of arrival."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = Lock()

    @property
    def events(self) -> tuple[Event, ...]:
        """What was observed so far."""
        with self._lock:
            return tuple(self._events)

    def observe(self, event: Event) -> None:
        """Take note of the event."""
        with self._lock:
            self._events.append(event)
