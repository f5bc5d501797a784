"""A store on PostgreSQL, put together as the contracts take it."""

from collections.abc import Iterator
from contextlib import contextmanager

from github_tracker.adapters.postgres.api_key_repository import PostgresApiKeyRepository, PostgresApiKeyUses
from github_tracker.adapters.postgres.attribution_reader import PostgresAttributionReader
from github_tracker.adapters.postgres.author_directory import PostgresAuthorDirectory
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.data_version import PostgresDataVersions
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.figure_details import PostgresFigureDetails
from github_tracker.adapters.postgres.forgotten_authors import PostgresForgottenAuthors
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.planned_runs import PostgresPlannedRuns
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.retention import PostgresRetention
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.adapters.postgres.store_inspector import PostgresStoreInspector
from github_tracker.adapters.postgres.team_directory import PostgresTeamDirectory
from tests.contracts.store import Store
from tests.integration.databases import Databases


def postgres_store(database: Database) -> Store:
    """Return the store on a migrated database."""
    return Store(
        rosters=PostgresRosterRepository(database),
        metrics=PostgresMetricsRepository(database),
        collection=PostgresCollectionRepository(database),
        reports=PostgresReportRepository(database),
        details=PostgresFigureDetails(database),
        attributions=PostgresAttributionReader(database),
        inspector=PostgresStoreInspector(database),
        authors=PostgresAuthorDirectory(database),
        forgotten=PostgresForgottenAuthors(database),
        retention=PostgresRetention(database),
        rollups=PostgresRollups(database),
        teams=PostgresTeamDirectory(database),
        versions=PostgresDataVersions(database),
        keys=PostgresApiKeyRepository(database),
        key_uses=PostgresApiKeyUses(database),
        planned=PostgresPlannedRuns(database),
    )


@contextmanager
def empty_postgres_store(databases: Databases) -> Iterator[Store]:
    """Give an empty store on a database of its own: for examples that cannot share a fixture."""
    url = databases.create()
    try:
        with open_database(url, pool_size=2) as database:
            yield postgres_store(database)
    finally:
        databases.give_back(url)
