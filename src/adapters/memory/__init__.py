"""Every port in memory: for simulation, for tests of other programs, and as the reference for the real adapters."""

from github_tracker.adapters.memory.clock import MemoryClock
from github_tracker.adapters.memory.collection_repository import MemoryCollectionRepository
from github_tracker.adapters.memory.github_source import MemoryGitHubSource
from github_tracker.adapters.memory.metrics_repository import MemoryMetricsRepository
from github_tracker.adapters.memory.report_repository import MemoryReportRepository
from github_tracker.adapters.memory.roster_repository import MemoryRosterRepository
from github_tracker.adapters.memory.secret_store import MemorySecretStore
from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.adapters.memory.telemetry import MemoryTelemetry

__all__ = [
    "MemoryClock",
    "MemoryCollectionRepository",
    "MemoryGitHubSource",
    "MemoryMetricsRepository",
    "MemoryReportRepository",
    "MemoryRosterRepository",
    "MemorySecretStore",
    "MemoryStore",
    "MemoryTelemetry",
]
