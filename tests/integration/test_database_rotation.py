"""A password that is changed under a pool: its address is read again once, and whoever needs it goes on."""

from collections.abc import Callable, Iterator
from threading import Lock

import psycopg
import pytest

from github_tracker.adapters.memory import MemorySecretStore
from github_tracker.adapters.postgres.database import check_connection, open_database
from github_tracker.adapters.postgres.migrations import migrate, migration_names, migration_status
from github_tracker.domain.run_report import RunOutcome
from github_tracker.ports.errors import SecretUnavailableError, StorageUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName, SecretSource
from github_tracker.ports.telemetry import PageCollected
from tests.contracts.store import put_roster
from tests.integration.faulted import (
    CANARY,
    ROSTER,
    Faulted,
    Meddling,
    essence_of,
    everything_logged,
    faulted,
    retries,
    shown,
)
from tests.integration.own_server import OwnServer, own_server, with_password
from tests.integration.postgres_store import postgres_store

pytestmark = pytest.mark.slow

ROLE = "rotating"
NAME = SecretName.DATABASE_URL


class RotatingAddress(MemorySecretStore):
    """Gives the same until it is read again, as a cache does; counts that, and may then have nothing to give."""

    def __init__(self, world: Faulted) -> None:
        self._world = world
        self._lock = Lock()
        self.rereads = 0
        self.is_away = False
        self.password = f"{CANARY}1"
        super().__init__({NAME: self._address(self.password)})

    def reread(self, name: SecretName) -> Secret:
        """Return the address with the password that lies there now."""
        with self._lock:
            self.rereads += 1
            if self.is_away:
                raise SecretUnavailableError(f"{name}: simulated absence")
            self.replace(name, self._address(self.password))
            return self.read(name)

    def _address(self, password: str) -> Secret:
        return with_password(self._world.url, password, ROLE)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server that these tests alone use, with a role that has to say its password."""
    with own_server() as made:
        made.execute("CREATE ROLE {} LOGIN", ROLE)
        made.ask_for_passwords(ROLE)
        yield made


@pytest.fixture
def world(server: OwnServer, caplog: pytest.LogCaptureFixture) -> Iterator[Faulted]:
    """A migrated database on it; no log may hold a password."""
    with everything_logged(caplog):
        made = faulted(server.create_database())
        made.execute(
            f"ALTER ROLE {ROLE} PASSWORD '{CANARY}1'",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
        )
        yield made


@pytest.fixture
def secrets(world: Faulted) -> RotatingAddress:
    """Where the address lies."""
    return RotatingAddress(world)


@pytest.fixture
def source(secrets: RotatingAddress) -> SecretSource:
    """The address as a pool is given it."""
    return SecretSource(secrets, NAME)


@pytest.fixture
def rotate(world: Faulted, secrets: RotatingAddress) -> Callable[[str], None]:
    """Changes the password, and the secret as well, and ends every connection."""

    def change(password: str) -> None:
        secrets.password = f"{CANARY}{password}"
        world.execute(f"ALTER ROLE {ROLE} PASSWORD '{secrets.password}'")
        world.terminate()

    return change


def test_rotation_in_the_middle_costs_no_page(
    world: Faulted, secrets: RotatingAddress, source: SecretSource, rotate: Callable[[str], None]
) -> None:
    """Two threads lose their connections and are refused; the address is read again once for both."""
    with open_database(source, pool_size=5) as database:
        store = postgres_store(database)
        put_roster(store, ROSTER)
        report = world.collect(store, Meddling(PageCollected, lambda: rotate("2")))
        assert report.outcome is RunOutcome.COMPLETE
        assert essence_of(store) == world.untroubled()
        assert secrets.rereads == 1


def test_every_rotation_is_followed(
    secrets: RotatingAddress, source: SecretSource, rotate: Callable[[str], None]
) -> None:
    """A process lives through several, one soon after another if need be."""
    with open_database(source, pool_size=2) as database:
        assert database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
        for number in range(2, 5):
            rotate(str(number))
            assert database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    assert secrets.rereads == 3


def test_stale_address_is_read_again_when_a_pool_is_opened(
    world: Faulted, secrets: RotatingAddress, source: SecretSource, rotate: Callable[[str], None]
) -> None:
    """The cache of a process may be older than the rotation; what needs no pool follows as well."""
    rotate("2")
    check_connection(source)
    rotate("3")
    assert migration_status(source).applied == migration_names()
    rotate("4")
    assert migrate(source) == ()
    rotate("5")
    with open_database(source) as database:
        assert database.read(lambda connection: connection.execute("SELECT current_user").fetchone()) == (ROLE,)
    assert secrets.rereads == 4
    assert world.figure("SELECT 1") == 1


def test_password_that_stays_wrong_is_told(
    secrets: RotatingAddress, source: SecretSource, rotate: Callable[[str], None]
) -> None:
    """After one more reading, by whoever asks; the server is not asked again with the same password."""
    with open_database(source, pool_size=2) as database, retries() as causes:
        # The pool connects behind our back, and might else be refused before there is anything to lose.
        assert database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
        rotate("2")
        secrets.password = f"{CANARY}3"
        for _ in range(2):
            with pytest.raises(StorageUnavailableError, match=r"password authentication failed .*; check") as caught:
                database.read(lambda connection: connection.execute("SELECT 1").fetchone())
            shown(caught.value)
        assert secrets.rereads == 1
        assert ["terminating connection" in cause for cause in causes] == [True]
    secrets.password = f"{CANARY}2"
    check_connection(source)
    with psycopg.connect(secrets.read(NAME).reveal()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (ROLE,)


def test_source_that_is_away_is_told(
    secrets: RotatingAddress, source: SecretSource, rotate: Callable[[str], None]
) -> None:
    """With the refusal, which is why it was asked."""
    with open_database(source, pool_size=2) as database:
        rotate("2")
        secrets.is_away = True
        with pytest.raises(
            StorageUnavailableError, match=r"password authentication failed .*simulated absence"
        ) as caught:
            database.read(lambda connection: connection.execute("SELECT 1").fetchone())
        shown(caught.value)


def test_source_without_the_secret_is_told_as_that() -> None:
    """Before anything is connected."""
    with (
        pytest.raises(SecretUnavailableError, match="DB_URL"),
        open_database(SecretSource(MemorySecretStore({}), NAME)),
    ):
        pass
