"""Telemetry for several who watch at once."""

from github_tracker.ports.telemetry import Event, Telemetry


class FanOutTelemetry(Telemetry):
    """Tells each of them every event, in the order in which they are given."""

    def __init__(self, *watching: Telemetry) -> None:
        self._watching = watching

    def observe(self, event: Event) -> None:
        """Pass the event on."""
        for telemetry in self._watching:
            telemetry.observe(event)
