"""The in-memory adapters pass the contracts of the ports."""

from collections.abc import Callable

import pytest

from github_tracker.adapters.memory import (
    MemoryClock,
    MemorySecretStore,
    MemoryTelemetry,
)
from github_tracker.adapters.system import LogTelemetry
from github_tracker.ports.clock import Clock
from github_tracker.ports.secret_store import Secret, SecretName
from github_tracker.ports.telemetry import Telemetry
from tests.contracts.api_keys import ApiKeyContract
from tests.contracts.attributions import AttributionContract
from tests.contracts.author_directory import AuthorDirectoryContract
from tests.contracts.collection import CollectionContract
from tests.contracts.data_versions import DataVersionContract
from tests.contracts.figure_details import FigureDetailsContract
from tests.contracts.forgetting import ForgettingContract
from tests.contracts.inspections import InspectionContract
from tests.contracts.memory import memory_store
from tests.contracts.metrics import MetricsContract
from tests.contracts.metrics_refusals import RefusalsContract
from tests.contracts.reports import ReportContract
from tests.contracts.retention import RetentionContract
from tests.contracts.roles import (
    EVENTS,
    KNOWN_SECRET,
    ClockContract,
    SecretStoreContract,
    TelemetryContract,
)
from tests.contracts.roster_changes import RosterChangeContract
from tests.contracts.roster_derivations import RosterDerivationContract
from tests.contracts.rosters import RosterContract
from tests.contracts.store import Store
from tests.contracts.team_directory import TeamDirectoryContract
from tests.contracts.texts import TextContract


@pytest.fixture
def store() -> Store:
    """An empty store in memory."""
    return memory_store()


@pytest.fixture
def clock() -> Clock:
    """A clock whose time passes only in sleep."""
    return MemoryClock()


@pytest.fixture
def secrets() -> MemorySecretStore:
    """A store that was given one of two secrets."""
    return MemorySecretStore({SecretName.GITHUB_TOKEN: Secret(KNOWN_SECRET)})


@pytest.fixture
def rotate(secrets: MemorySecretStore) -> Callable[[str], None]:
    """Puts another token in its place."""
    return lambda text: secrets.replace(SecretName.GITHUB_TOKEN, Secret(text))


@pytest.fixture(params=[MemoryTelemetry, LogTelemetry])
def telemetry(request: pytest.FixtureRequest) -> Telemetry:
    """Everyone who can be told without a network."""
    made = request.param()
    assert isinstance(made, Telemetry)
    return made


class TestMemoryMetrics(MetricsContract):
    """Pages in memory."""


class TestMemoryRefusals(RefusalsContract):
    """What memory refuses."""


class TestMemoryCollection(CollectionContract):
    """Repositories and runs in memory."""


class TestMemoryRoster(RosterContract):
    """Rosters in memory."""


class TestMemoryRosterChange(RosterChangeContract):
    """Shares in memory follow the roster."""


class TestMemoryRosterDerivation(RosterDerivationContract):
    """Changes in memory know of those before them."""


class TestMemoryReport(ReportContract):
    """Figures from memory."""


class TestMemoryAttribution(AttributionContract):
    """The stream from memory."""


class TestMemoryInspection(InspectionContract):
    """What can differ in memory."""


class TestMemoryAuthorDirectory(AuthorDirectoryContract):
    """Authors counted in memory."""


class TestMemoryFigureDetails(FigureDetailsContract):
    """What lies behind figures in memory."""


class TestMemoryForgetting(ForgettingContract):
    """People forgotten in memory."""


class TestMemoryRetention(RetentionContract):
    """Old pull requests removed from memory."""


class TestMemoryApiKeys(ApiKeyContract):
    """Keys in memory."""


class TestMemoryText(TextContract):
    """Odd text in memory."""


class TestMemoryClock(ClockContract):
    """The clock of simulations."""


class TestMemorySecretStore(SecretStoreContract):
    """Secrets handed over at the start."""


class TestMemoryTelemetry(TelemetryContract):
    """Whoever is told, in memory or in the log."""


def test_events_are_remembered_in_order() -> None:
    """Whoever asks later sees all of them."""
    memory = MemoryTelemetry()
    for event in EVENTS:
        memory.observe(event)
    assert memory.events == EVENTS


def test_replaced_secret_is_given_out_from_then_on() -> None:
    """As after a rotation."""
    secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret("old")})
    secrets.replace(SecretName.GITHUB_TOKEN, Secret("new"))
    assert secrets.reread(SecretName.GITHUB_TOKEN).reveal() == "new"


class TestMemoryTeamDirectory(TeamDirectoryContract):
    """Teams numbered as a roster brings them."""


class TestMemoryDataVersions(DataVersionContract):
    """Counted from the states."""
