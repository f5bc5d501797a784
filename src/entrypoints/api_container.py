"""What the API answers with, put together: the read side only, so that nothing else is imported when it starts."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import Final

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.adapters.postgres.api_key_repository import PostgresApiKeyRepository, PostgresApiKeyUses
from github_tracker.adapters.postgres.attribution_reader import PostgresAttributionReader
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.data_version import PostgresDataVersions
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.figure_details import PostgresFigureDetails
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.roster_reader import PostgresRosterReader
from github_tracker.adapters.postgres.team_directory import PostgresTeamDirectory
from github_tracker.adapters.system.clock import SystemClock
from github_tracker.application.authenticate import Authenticate
from github_tracker.application.explain import ExplainPullRequest
from github_tracker.application.explain_to_reader import ExplainToReader
from github_tracker.application.figures_behind import ReadFiguresBehind
from github_tracker.application.outside_keys import KeyOfProcess, NoOutsideKeys, OutsideKeys
from github_tracker.application.report import Discretion
from github_tracker.application.team_figures import ReadTeamFigures
from github_tracker.application.what_if import WhatIf
from github_tracker.domain.api_key import KeyRecord
from github_tracker.entrypoints.api.application import ApiServices
from github_tracker.entrypoints.api.settings import ApiSettings
from github_tracker.entrypoints.api.turns import FIGURES, QUICK
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.key_list import read_key_list
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.ports.api_key_repository import ApiKeySource
from github_tracker.ports.clock import Clock
from github_tracker.ports.secret_store import Secret, SecretName, SecretSource, SecretStore
from github_tracker.ports.telemetry import Telemetry

POOL_SIZE: Final = QUICK.at_once + FIGURES.at_once
"""Whoever has a turn has a connection."""

WHAT_IF_PATIENCE: Final = timedelta(seconds=20)
"""API Gateway gives up after 29 seconds."""

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for a database that is away; whoever asks is told to come back instead."""

STATEMENT_SECONDS: Final = 15
"""After which the server gives up a statement."""


@contextmanager
def open_api_services(
    url: Secret | SecretSource,
    discretion: Discretion,
    outside_keys: SecretStore | None = None,
    keys_url: Secret | SecretSource | None = None,
    telemetry: Telemetry | None = None,
    own_key: KeyRecord | None = None,
) -> Iterator[ApiServices]:
    """Give services on a database, or on its replica with `keys_url` as the primary; closed at the end.

    `outside_keys` is the store that holds API_KEYS, if it does; it is asked once a minute. `own_key` opens these
    services only, and is kept nowhere.

    Raises StorageUnavailableError if no connection can be made.
    """
    with ExitStack() as stack:
        database = stack.enter_context(_opened(url, POOL_SIZE, telemetry))
        # A replica takes no notes; where the primary is away, keys are still accepted, and their use is not noted.
        primary = database if keys_url is None else stack.enter_context(_opened(keys_url, 1, telemetry))
        clock = SystemClock()
        outside = _outside(outside_keys, clock)
        if own_key is not None:
            outside = KeyOfProcess(own_key, outside)
        authenticate = Authenticate(
            PostgresApiKeyRepository(database),
            outside,
            PostgresApiKeyUses(primary),
            PostgresTeamDirectory(database),
            clock,
        )
        yield postgres_services(database, authenticate, discretion)


def services_of(
    settings: ApiSettings,
    local: Secret | None = None,
    telemetry: Telemetry | None = None,
    own_key: KeyRecord | None = None,
) -> AbstractContextManager[ApiServices]:
    """Give services as the settings say; on a database of the embedded server where they name none.

    `own_key` is accepted beside those that are kept.

    Raises StorageUnavailableError and SecretUnavailableError, and BadInputError where no database is there at all.
    """
    secrets = secret_store(settings.secrets)

    def source(name: SecretName | None) -> SecretSource | None:
        return None if name is None else SecretSource(secrets, name)

    url = source(settings.database) or local
    if url is None:
        raise BadInputError([Fault("DB_URL", "nothing", "postgresql://USER:PASSWORD@HOST:PORT/DATABASE")])
    has_keys = settings.secrets.has(SecretName.API_KEYS)
    discretion = Discretion(settings.min_group_size)
    keys, keys_url = secrets if has_keys else None, source(settings.keys_database)
    return open_api_services(url, discretion, keys, keys_url, telemetry, own_key)


def postgres_services(database: Database, authenticate: Authenticate, discretion: Discretion) -> ApiServices:
    """Return services on an open database."""
    rosters = PostgresRosterReader(database)
    collection = PostgresCollectionRepository(database)
    metrics = PostgresMetricsRepository(database)
    directory, versions = PostgresTeamDirectory(database), PostgresDataVersions(database)
    reports, details = PostgresReportRepository(database), PostgresFigureDetails(database)
    return ApiServices(
        authenticate=authenticate,
        figures=ReadTeamFigures(reports, rosters, directory, versions, discretion),
        behind=ReadFiguresBehind(details, reports, rosters, directory, versions, discretion),
        what_if=WhatIf(rosters, PostgresAttributionReader(database), SystemClock(), WHAT_IF_PATIENCE),
        explain=ExplainToReader(ExplainPullRequest(rosters, collection, metrics), collection, metrics, directory),
        directory=directory,
        collection=collection,
        versions=versions,
    )


def memory_services(store: MemoryStore, authenticate: Authenticate, discretion: Discretion) -> ApiServices:
    """Return services on a store in memory, such as a simulation's."""
    from github_tracker.adapters import memory  # noqa: PLC0415  # what runs for real needs none of it

    rosters, collection = memory.MemoryRosterRepository(store), memory.MemoryCollectionRepository(store)
    metrics = memory.MemoryMetricsRepository(store)
    directory, versions = memory.MemoryTeamDirectory(store), memory.MemoryDataVersions(store)
    reports, details = memory.MemoryReportRepository(store), memory.MemoryFigureDetails(store)
    return ApiServices(
        authenticate=authenticate,
        figures=ReadTeamFigures(reports, rosters, directory, versions, discretion),
        behind=ReadFiguresBehind(details, reports, rosters, directory, versions, discretion),
        what_if=WhatIf(rosters, memory.MemoryAttributionReader(store), SystemClock(), WHAT_IF_PATIENCE),
        explain=ExplainToReader(ExplainPullRequest(rosters, collection, metrics), collection, metrics, directory),
        directory=directory,
        collection=collection,
        versions=versions,
    )


def _opened(
    url: Secret | SecretSource, pool_size: int, telemetry: Telemetry | None
) -> AbstractContextManager[Database]:
    return open_database(url, pool_size, PATIENCE_SECONDS, STATEMENT_SECONDS, telemetry)


def _outside(secrets: SecretStore | None, clock: Clock) -> ApiKeySource:
    return NoOutsideKeys() if secrets is None else OutsideKeys(secrets, read_key_list, clock)
