"""The PostgreSQL adapters pass the contracts of the ports, the same as those in memory."""

import pytest

from github_tracker.adapters.postgres.database import Database
from tests.contracts.api_keys import ApiKeyContract
from tests.contracts.attributions import AttributionContract
from tests.contracts.author_directory import AuthorDirectoryContract
from tests.contracts.collection import CollectionContract
from tests.contracts.data_versions import DataVersionContract
from tests.contracts.figure_details import FigureDetailsContract
from tests.contracts.forgetting import ForgettingContract
from tests.contracts.inspections import InspectionContract
from tests.contracts.metrics import MetricsContract
from tests.contracts.metrics_refusals import RefusalsContract
from tests.contracts.planned_runs import PlannedRunsContract
from tests.contracts.reports import ReportContract
from tests.contracts.retention import RetentionContract
from tests.contracts.rollups import RollupContract
from tests.contracts.roster_changes import RosterChangeContract
from tests.contracts.roster_derivations import RosterDerivationContract
from tests.contracts.rosters import RosterContract
from tests.contracts.store import Store
from tests.contracts.team_directory import TeamDirectoryContract
from tests.contracts.texts import TextContract
from tests.integration.postgres_store import postgres_store


@pytest.fixture
def store(database: Database) -> Store:
    """An empty store on a database of its own."""
    return postgres_store(database)


class TestPostgresMetrics(MetricsContract):
    """Pages in pull_requests, pr_metrics and pr_unattributed."""


class TestPostgresRefusals(RefusalsContract):
    """Transactions that leave nothing behind."""


class TestPostgresCollection(CollectionContract):
    """Repositories, collection_state and runs."""


class TestPostgresPlannedRuns(PlannedRunsContract):
    """planned_runs, planned_repositories and run_parts."""


class TestPostgresRoster(RosterContract):
    """Rosters in teams, team_memberships, roster_versions and membership_history."""


class TestPostgresRosterChange(RosterChangeContract):
    """Shares follow the roster in one transaction."""


class TestPostgresRosterDerivation(RosterDerivationContract):
    """Changes are compared with the version under the lock."""


class TestPostgresReport(ReportContract):
    """Figures from the published views."""


class TestPostgresAttribution(AttributionContract):
    """The stream from one statement over facts, shares and rests."""


class TestPostgresAuthorDirectory(AuthorDirectoryContract):
    """Authors counted by the database."""


class TestPostgresFigureDetails(FigureDetailsContract):
    """What lies behind figures."""


class TestPostgresForgetting(ForgettingContract):
    """People forgotten in every table."""


class TestPostgresRetention(RetentionContract):
    """Old pull requests removed from every table."""


class TestPostgresRollups(RollupContract):
    """Weeks and months in tables, except where marks say otherwise."""


class TestPostgresApiKeys(ApiKeyContract):
    """Keys in api_keys and api_key_teams."""


class TestPostgresText(TextContract):
    """Odd text in columns, arrays and JSON."""


class TestPostgresInspection(InspectionContract):
    """Statements over pr_metrics and pr_unattributed."""


class TestPostgresTeamDirectory(TeamDirectoryContract):
    """Rows of teams and team_memberships."""


class TestPostgresDataVersions(DataVersionContract):
    """One statement over settings, collection_state and runs."""
