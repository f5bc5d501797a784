"""A store in memory, put together as the contracts take it."""

from github_tracker.adapters.memory import (
    MemoryApiKeyRepository,
    MemoryApiKeyUses,
    MemoryAttributionReader,
    MemoryAuthorDirectory,
    MemoryCollectionRepository,
    MemoryDataVersions,
    MemoryFigureDetails,
    MemoryForgottenAuthors,
    MemoryMetricsRepository,
    MemoryPlannedRuns,
    MemoryReportRepository,
    MemoryRetention,
    MemoryRollups,
    MemoryRosterRepository,
    MemoryStore,
    MemoryStoreInspector,
    MemoryTeamDirectory,
)
from tests.contracts.store import Store


def memory_store(data: MemoryStore | None = None) -> Store:
    """Return a store over these data; an empty one without."""
    data = MemoryStore() if data is None else data
    return Store(
        rosters=MemoryRosterRepository(data),
        metrics=MemoryMetricsRepository(data),
        collection=MemoryCollectionRepository(data),
        reports=MemoryReportRepository(data),
        details=MemoryFigureDetails(data),
        attributions=MemoryAttributionReader(data),
        inspector=MemoryStoreInspector(data),
        authors=MemoryAuthorDirectory(data),
        forgotten=MemoryForgottenAuthors(data),
        retention=MemoryRetention(data),
        rollups=MemoryRollups(),
        teams=MemoryTeamDirectory(data),
        versions=MemoryDataVersions(data),
        keys=MemoryApiKeyRepository(data),
        key_uses=MemoryApiKeyUses(data),
        planned=MemoryPlannedRuns(data),
    )
