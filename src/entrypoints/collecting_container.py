"""What collecting needs of the outside world, registered once for all entrypoints that collect, and nothing else.

Importing what the other use cases need takes longer than a run in which nothing has changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import punq

from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.adapters.system.clock import SystemClock
from github_tracker.application.collect import CollectPullRequests, threads_for
from github_tracker.application.refresh_rollups import RefreshRollups
from github_tracker.application.sync_roster import SyncRoster
from github_tracker.entrypoints.database_address import DATABASE, database_url
from github_tracker.entrypoints.process_memory import without_looking_for_garbage
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.rollups import Rollups
from github_tracker.ports.roster_repository import RosterRepository
from github_tracker.ports.secret_store import SecretStore
from github_tracker.ports.telemetry import Telemetry


@contextmanager
def collecting_container(
    settings: Settings, telemetry: Telemetry, local_database: str = DATABASE
) -> Iterator[punq.Container]:
    """Give a container that collects from GitHub into PostgreSQL; the pool is closed at the end."""
    secrets = secret_store(settings.secrets)
    with (
        database_url(settings, local_database, secrets) as url,
        open_database(url, pool_size(settings)) as database,
    ):
        container = punq.Container()
        container.register(Telemetry, instance=telemetry)
        register_collecting(container, settings, database, secrets)
        yield container


def register_collecting(
    container: punq.Container,
    settings: Settings,
    database: Database,
    secrets: SecretStore,
    *,
    shares_budget: bool = False,
) -> None:
    """Register PostgreSQL, GitHub, the clock, the secrets and the two use cases; Telemetry is to be there already.

    GitHub's adapter is built when it is first asked for, since importing it takes longer than most commands. Unless
    GITHUB_SHARED_BUDGET says otherwise, `shares_budget` tells whether requests are paid from the credential's budget.
    """
    set_to = settings.github_shared_budget
    is_shared = shares_budget if set_to is None else set_to
    container.register(Database, instance=database)
    container.register(Clock, instance=SystemClock())
    container.register(SecretStore, instance=secrets)
    # One for all: it remembers the roster that it read last.
    container.register(RosterRepository, instance=PostgresRosterRepository(database))
    container.register(MetricsRepository, PostgresMetricsRepository)
    container.register(CollectionRepository, PostgresCollectionRepository)
    container.register(ReportRepository, PostgresReportRepository)
    # One a container: what is left of its leases is paid with next time.
    container.register(
        GitHubSource, factory=lambda: _github(settings, container, is_shared), scope=punq.Scope.singleton
    )
    container.register(Rollups, PostgresRollups)
    container.register(RefreshRollups)
    container.register(SyncRoster)
    container.register(CollectPullRequests)


def pool_size(settings: Settings) -> int:
    """Return how many connections a run may hold, besides one a thread for its claim."""
    # Every thread holds one to store a page; one more is for whoever reads.
    return threads_for(settings.collect_concurrency) + 1


def _github(settings: Settings, container: punq.Container, is_shared: bool) -> GitHubSource:
    with without_looking_for_garbage():
        from github_tracker.adapters import github_rest  # noqa: PLC0415  # takes longer than most commands

    app = settings.github_app
    options = github_rest.RestOptions(
        api_url=settings.github_api_url,
        keeps_titles=settings.stores_titles,
        app=None if app is None else github_rest.AppInstallation(app.app_id, app.installation_id),
    )
    secrets, clock = container.resolve(SecretStore), container.resolve(Clock)
    telemetry = container.resolve(Telemetry)
    source = github_rest.GitHubRestSource(options, secrets, clock, telemetry)
    if not is_shared:
        return source
    from github_tracker.entrypoints.shared_budget import (  # noqa: PLC0415  # most have the credential to themselves
        budgeted_source,
        github_credential,
        shared_request_budget,
    )

    credential = github_credential(secrets, None if app is None else app.installation_id)
    budget = shared_request_budget(container.resolve(Database), credential, settings)
    return budgeted_source(source, budget, clock, telemetry)
