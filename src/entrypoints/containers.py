"""One build function per entrypoint: what is opened here is closed here, and every port gets its adapter here."""

from collections.abc import Iterator
from contextlib import contextmanager

import punq

from github_tracker.adapters.memory import (
    MemoryApiKeyRepository,
    MemoryApiKeyUses,
    MemoryAttributionReader,
    MemoryAuthorDirectory,
    MemoryClock,
    MemoryCollectionRepository,
    MemoryDataVersions,
    MemoryFigureDetails,
    MemoryForgottenAuthors,
    MemoryGitHubSource,
    MemoryMetricsRepository,
    MemoryPlannedRuns,
    MemoryReportRepository,
    MemoryRetention,
    MemoryRollups,
    MemoryRosterRepository,
    MemorySecretStore,
    MemoryStore,
    MemoryStoreInspector,
    MemoryTeamDirectory,
    MemoryTelemetry,
    MemoryWorkQueue,
)
from github_tracker.adapters.postgres.api_key_repository import PostgresApiKeyRepository, PostgresApiKeyUses
from github_tracker.adapters.postgres.attribution_reader import PostgresAttributionReader
from github_tracker.adapters.postgres.author_directory import PostgresAuthorDirectory
from github_tracker.adapters.postgres.data_version import PostgresDataVersions
from github_tracker.adapters.postgres.figure_details import PostgresFigureDetails
from github_tracker.adapters.postgres.forgotten_authors import PostgresForgottenAuthors
from github_tracker.adapters.postgres.planned_runs import PostgresPlannedRuns
from github_tracker.adapters.postgres.retention import PostgresRetention
from github_tracker.adapters.postgres.roster_reader import PostgresRosterReader
from github_tracker.adapters.postgres.store_inspector import PostgresStoreInspector
from github_tracker.adapters.postgres.team_directory import PostgresTeamDirectory
from github_tracker.application.as_known_at import FiguresAsKnownAt
from github_tracker.application.authenticate import Authenticate
from github_tracker.application.check_roster import CheckRoster
from github_tracker.application.collect import CollectPullRequests
from github_tracker.application.collect_one import CollectOneRepository
from github_tracker.application.edit_roster import EditRoster
from github_tracker.application.explain import ExplainPullRequest
from github_tracker.application.export import ExportTables
from github_tracker.application.figures_behind import ReadFiguresBehind
from github_tracker.application.forget_author import ForgetAuthor
from github_tracker.application.manage_keys import ManageKeys
from github_tracker.application.outside_keys import NoOutsideKeys, OutsideKeys
from github_tracker.application.plan_collection import PlanCollection
from github_tracker.application.prune import PruneStore
from github_tracker.application.reattribute import Reattribute
from github_tracker.application.refresh_rollups import RefreshRollups
from github_tracker.application.report import Discretion, ReportFigures
from github_tracker.application.roster_history import RosterHistory
from github_tracker.application.status import ReportStatus
from github_tracker.application.sync_roster import SyncRoster
from github_tracker.application.team_figures import ReadTeamFigures
from github_tracker.application.verify import VerifyStore
from github_tracker.application.what_if import WhatIf
from github_tracker.application.work_off import WorkOff
from github_tracker.entrypoints.collecting_container import collecting_container
from github_tracker.entrypoints.database_address import DATABASE
from github_tracker.entrypoints.html_report import HtmlReport
from github_tracker.entrypoints.key_list import read_key_list
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeySource, ApiKeyUses
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.author_directory import AuthorDirectory
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.figure_details import FigureDetails
from github_tracker.ports.forgotten_authors import ForgottenAuthors
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.planned_runs import PlannedRuns
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.retention import Retention
from github_tracker.ports.rollups import Rollups
from github_tracker.ports.roster_repository import RosterReader, RosterRepository
from github_tracker.ports.secret_store import SecretName, SecretStore
from github_tracker.ports.store_inspector import StoreInspector
from github_tracker.ports.team_directory import TeamDirectory
from github_tracker.ports.telemetry import Telemetry
from github_tracker.ports.work_queue import WorkInbox, WorkQueue


@contextmanager
def command_line_container(
    settings: Settings, telemetry: Telemetry, local_database: str = DATABASE
) -> Iterator[punq.Container]:
    """Give a container whose use cases work on PostgreSQL and GitHub; the pool is closed at the end."""
    with collecting_container(settings, telemetry, local_database) as container:
        container.register(Discretion, instance=Discretion(settings.min_group_size))
        container.register(PlannedRuns, PostgresPlannedRuns)
        container.register(RosterReader, PostgresRosterReader)
        container.register(AttributionReader, PostgresAttributionReader)
        container.register(FigureDetails, PostgresFigureDetails)
        container.register(TeamDirectory, PostgresTeamDirectory)
        container.register(DataVersions, PostgresDataVersions)
        container.register(StoreInspector, PostgresStoreInspector)
        container.register(AuthorDirectory, PostgresAuthorDirectory)
        container.register(ForgottenAuthors, PostgresForgottenAuthors)
        container.register(Retention, PostgresRetention)
        container.register(ApiKeyRepository, PostgresApiKeyRepository)
        container.register(ApiKeyUses, PostgresApiKeyUses)
        container.register(ApiKeySource, instance=outside_keys(settings, container))
        _register_use_cases(container)
        yield container


def simulation_container(clock: MemoryClock | None = None, source: GitHubSource | None = None) -> punq.Container:
    """Return a container that holds everything in memory, with time that passes only when somebody sleeps.

    A source of one's own may stand in for GitHub; without one, an empty one in memory is there to be filled.
    """
    container = punq.Container()
    store, time = MemoryStore(), clock or MemoryClock()
    container.register(MemoryStore, instance=store)
    container.register(Telemetry, instance=MemoryTelemetry())
    container.register(Clock, instance=time)
    container.register(SecretStore, instance=MemorySecretStore({}))
    container.register(Discretion, instance=Discretion())
    rosters = MemoryRosterRepository(store)
    container.register(RosterRepository, instance=rosters)
    container.register(RosterReader, instance=rosters)
    container.register(MetricsRepository, instance=MemoryMetricsRepository(store))
    container.register(CollectionRepository, instance=MemoryCollectionRepository(store))
    container.register(ReportRepository, instance=MemoryReportRepository(store))
    container.register(AttributionReader, instance=MemoryAttributionReader(store))
    container.register(FigureDetails, instance=MemoryFigureDetails(store))
    container.register(TeamDirectory, instance=MemoryTeamDirectory(store))
    container.register(DataVersions, instance=MemoryDataVersions(store))
    container.register(StoreInspector, instance=MemoryStoreInspector(store))
    container.register(AuthorDirectory, instance=MemoryAuthorDirectory(store))
    container.register(ForgottenAuthors, instance=MemoryForgottenAuthors(store))
    container.register(Retention, instance=MemoryRetention(store))
    container.register(Rollups, instance=MemoryRollups())
    container.register(ApiKeyRepository, instance=MemoryApiKeyRepository(store))
    container.register(ApiKeyUses, instance=MemoryApiKeyUses(store))
    container.register(ApiKeySource, instance=NoOutsideKeys())
    container.register(GitHubSource, instance=source or MemoryGitHubSource(time))
    container.register(SyncRoster)
    container.register(CollectPullRequests)
    container.register(RefreshRollups)
    queue = MemoryWorkQueue(time)
    container.register(WorkQueue, instance=queue)
    container.register(WorkInbox, instance=queue)
    container.register(PlannedRuns, instance=MemoryPlannedRuns(store))
    _register_use_cases(container)
    for use_case in SHARED_RUN_USE_CASES:
        container.register(use_case)
    return container


_USE_CASES = (
    CheckRoster,
    ForgetAuthor,
    ReportFigures,
    ReadTeamFigures,
    ReadFiguresBehind,
    HtmlReport,
    ReportStatus,
    ExplainPullRequest,
    Reattribute,
    WhatIf,
    FiguresAsKnownAt,
    RosterHistory,
    EditRoster,
    VerifyStore,
    PruneStore,
    ExportTables,
    ManageKeys,
)


SHARED_RUN_USE_CASES = (PlanCollection, CollectOneRepository, WorkOff)
"""Those of runs that many workers share; they need a queue of work."""


def _register_use_cases(container: punq.Container) -> None:
    for use_case in _USE_CASES:
        container.register(use_case)
    # One a container: what it remembers saves the database a question at every request.
    container.register(Authenticate, scope=punq.Scope.singleton)


def outside_keys(settings: Settings, container: punq.Container) -> ApiKeySource:
    """Return the source of keys besides the database: the secret API_KEYS, if it is set."""
    if not settings.secrets.has(SecretName.API_KEYS):
        return NoOutsideKeys()
    return OutsideKeys(container.resolve(SecretStore), read_key_list, container.resolve(Clock))
