"""The machine's own clock and log."""

from github_tracker.adapters.system.clock import SystemClock
from github_tracker.adapters.system.fan_out_telemetry import FanOutTelemetry
from github_tracker.adapters.system.log_telemetry import LogTelemetry

__all__ = ["FanOutTelemetry", "LogTelemetry", "SystemClock"]
