"""A store in memory, put together as the contracts take it."""

from github_tracker.adapters.memory import (
    MemoryCollectionRepository,
    MemoryMetricsRepository,
    MemoryReportRepository,
    MemoryRosterRepository,
    MemoryStore,
)
from tests.contracts.store import Store


def memory_store() -> Store:
    """Return an empty one."""
    data = MemoryStore()
    return Store(
        rosters=MemoryRosterRepository(data),
        metrics=MemoryMetricsRepository(data),
        collection=MemoryCollectionRepository(data),
        reports=MemoryReportRepository(data),
    )
