"""The machine's own clock and log."""

from github_tracker.adapters.system.clock import SystemClock
from github_tracker.adapters.system.log_telemetry import LogTelemetry

__all__ = ["LogTelemetry", "SystemClock"]
