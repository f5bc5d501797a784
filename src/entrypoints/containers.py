"""One build function per entrypoint: what is opened here is closed here, and every port gets its adapter here."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import punq

from github_tracker.adapters.memory import (
    MemoryClock,
    MemoryCollectionRepository,
    MemoryGitHubSource,
    MemoryMetricsRepository,
    MemoryReportRepository,
    MemoryRosterRepository,
    MemorySecretStore,
    MemoryStore,
    MemoryTelemetry,
)
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.adapters.system import SystemClock
from github_tracker.application.collect import CollectPullRequests
from github_tracker.application.report import ReportFigures
from github_tracker.application.status import ReportStatus
from github_tracker.application.sync_roster import SyncRoster
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore
from github_tracker.ports.telemetry import Telemetry

DATABASE = "github_tracker"
DEMO_DATABASE = "github_tracker_demo"
"""Databases on the embedded server: the demonstration has one of its own, so that real collection starts clean."""


@contextmanager
def database_url(settings: Settings, local_database: str) -> Iterator[Secret]:
    """Give the address of the database: DB_URL, or a migrated one on the embedded server, up while this lasts."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with LocalPostgres(settings.data_folder) as server:
        url = server.database(local_database)
        migrate(url)
        yield url


@contextmanager
def command_line_container(
    settings: Settings, telemetry: Telemetry, local_database: str = DATABASE
) -> Iterator[punq.Container]:
    """Give a container whose use cases work on PostgreSQL and GitHub; the pool is closed at the end.

    GitHub's adapter is built when it is first asked for, since importing it takes longer than most commands.
    """
    with ExitStack() as stack:
        url = stack.enter_context(database_url(settings, local_database))
        # Every thread holds one connection to store a page and one for its claim; one more is for whoever reads.
        database = stack.enter_context(open_database(url, pool_size=2 * settings.collect_concurrency + 1))
        container = punq.Container()
        container.register(Database, instance=database)
        container.register(Telemetry, instance=telemetry)
        container.register(Clock, instance=SystemClock())
        container.register(SecretStore, instance=_secrets(settings))
        container.register(RosterRepository, PostgresRosterRepository)
        container.register(MetricsRepository, PostgresMetricsRepository)
        container.register(CollectionRepository, PostgresCollectionRepository)
        container.register(ReportRepository, PostgresReportRepository)
        container.register(GitHubSource, factory=lambda: _github(settings, container))
        _register_use_cases(container)
        yield container


def simulation_container(clock: MemoryClock | None = None) -> punq.Container:
    """Return a container that holds everything in memory, with time that passes only when somebody sleeps."""
    container = punq.Container()
    store, time = MemoryStore(), clock or MemoryClock()
    container.register(MemoryStore, instance=store)
    container.register(Telemetry, instance=MemoryTelemetry())
    container.register(Clock, instance=time)
    container.register(SecretStore, instance=MemorySecretStore({}))
    container.register(RosterRepository, instance=MemoryRosterRepository(store))
    container.register(MetricsRepository, instance=MemoryMetricsRepository(store))
    container.register(CollectionRepository, instance=MemoryCollectionRepository(store))
    container.register(ReportRepository, instance=MemoryReportRepository(store))
    container.register(GitHubSource, instance=MemoryGitHubSource(time))
    _register_use_cases(container)
    return container


def _register_use_cases(container: punq.Container) -> None:
    for use_case in (SyncRoster, CollectPullRequests, ReportFigures, ReportStatus):
        container.register(use_case)


def _github(settings: Settings, container: punq.Container) -> GitHubSource:
    from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions  # noqa: PLC0415  # over a second

    options = RestOptions(api_url=settings.github_api_url, keeps_titles=settings.stores_titles)
    return GitHubRestSource(
        options, container.resolve(SecretStore), container.resolve(Clock), container.resolve(Telemetry)
    )


def _secrets(settings: Settings) -> SecretStore:
    given = {SecretName.GITHUB_TOKEN: settings.github_token, SecretName.DATABASE_URL: settings.database_url}
    return MemorySecretStore({name: secret for name, secret in given.items() if secret is not None})
