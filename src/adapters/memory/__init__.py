"""Every port in memory: for simulation, for tests of other programs, and as the reference for the real adapters."""

from github_tracker.adapters.memory.api_key_repository import MemoryApiKeyRepository, MemoryApiKeyUses
from github_tracker.adapters.memory.attribution_reader import MemoryAttributionReader
from github_tracker.adapters.memory.author_directory import MemoryAuthorDirectory
from github_tracker.adapters.memory.clock import MemoryClock
from github_tracker.adapters.memory.collection_repository import MemoryCollectionRepository
from github_tracker.adapters.memory.data_version import MemoryDataVersions
from github_tracker.adapters.memory.figure_details import MemoryFigureDetails
from github_tracker.adapters.memory.forgotten_authors import MemoryForgottenAuthors
from github_tracker.adapters.memory.github_source import Interference, MemoryGitHubSource, MemoryRequest
from github_tracker.adapters.memory.metrics_repository import MemoryMetricsRepository
from github_tracker.adapters.memory.planned_runs import MemoryPlannedRuns
from github_tracker.adapters.memory.report_repository import MemoryReportRepository
from github_tracker.adapters.memory.request_budget import MemoryRequestBudget
from github_tracker.adapters.memory.retention import MemoryRetention
from github_tracker.adapters.memory.rollups import MemoryRollups
from github_tracker.adapters.memory.roster_repository import MemoryRosterRepository
from github_tracker.adapters.memory.secret_store import MemorySecretStore
from github_tracker.adapters.memory.source_faults import FaultKind, SourceFault, SourceFaults
from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.adapters.memory.store_inspector import MemoryStoreInspector
from github_tracker.adapters.memory.team_directory import MemoryTeamDirectory
from github_tracker.adapters.memory.telemetry import MemoryTelemetry
from github_tracker.adapters.memory.work_queue import MemoryWorkQueue, QueueDepths

__all__ = [
    "FaultKind",
    "Interference",
    "MemoryApiKeyRepository",
    "MemoryApiKeyUses",
    "MemoryAttributionReader",
    "MemoryAuthorDirectory",
    "MemoryClock",
    "MemoryCollectionRepository",
    "MemoryDataVersions",
    "MemoryFigureDetails",
    "MemoryForgottenAuthors",
    "MemoryGitHubSource",
    "MemoryMetricsRepository",
    "MemoryPlannedRuns",
    "MemoryReportRepository",
    "MemoryRequest",
    "MemoryRequestBudget",
    "MemoryRetention",
    "MemoryRollups",
    "MemoryRosterRepository",
    "MemorySecretStore",
    "MemoryStore",
    "MemoryStoreInspector",
    "MemoryTeamDirectory",
    "MemoryTelemetry",
    "MemoryWorkQueue",
    "QueueDepths",
    "SourceFault",
    "SourceFaults",
]
