"""The container of the Lambda functions that collect, kept from one invocation to the next."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import Final

import attrs
import punq

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.system.clock import SystemClock
from github_tracker.entrypoints.collecting_container import pool_size, register_collecting
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.clock import Clock
from github_tracker.ports.secret_store import Secret, SecretName, SecretSource
from github_tracker.ports.telemetry import Telemetry

LONGEST_IDLE: Final = timedelta(minutes=5)
"""After which connections are not trusted: a NAT gateway forgets those that were silent for 350 seconds."""

Opening = Callable[[Settings, Telemetry], AbstractContextManager[punq.Container]]


@contextmanager
def lambda_container(settings: Settings, telemetry: Telemetry) -> Iterator[punq.Container]:
    """Give a container that collects from GitHub into PostgreSQL; the pool is closed at the end.

    There is no embedded server in Lambda: without an address, SecretUnavailableError is raised. Raises
    StorageUnavailableError if no connection can be made.
    """
    secrets = secret_store(settings.secrets)
    address = SecretSource(secrets, SecretName.DATABASE_URL)
    with open_database(address, pool_size(settings), telemetry=telemetry) as database:
        container = punq.Container()
        container.register(Telemetry, instance=telemetry)
        register_collecting(container, settings, database, secrets)
        yield container


class WarmContainer:
    """Holds one container as long as the process lives, the settings stay the same and nothing went wrong."""

    def __init__(self, telemetry: Telemetry, opening: Opening = lambda_container, clock: Clock | None = None) -> None:
        self._telemetry = telemetry
        self._opening = opening
        self._clock = clock or SystemClock()
        self._opened = ExitStack()
        self._container: punq.Container | None = None
        self._built_for: dict[str, object] = {}
        self._used_at = self._clock.now()

    def container(self, settings: Settings) -> punq.Container:
        """Return the container for these settings; what is read anew at each invocation needs no other one."""
        wanted, now = _what_counts(settings), self._clock.now()
        if self._built_for != wanted or now - self._used_at > LONGEST_IDLE:
            self.drop()
        if self._container is None:
            self._container = self._opened.enter_context(self._opening(settings, self._telemetry))
            self._built_for = wanted
        self._used_at = now
        return self._container

    def rest(self) -> None:
        """Note that the container was used up to now: the process may be frozen from here on."""
        self._used_at = self._clock.now()

    def drop(self) -> None:
        """Close it. The next one reads its secrets anew, which may be what is needed."""
        self._container = None
        self._built_for = {}
        self._opened.close()


def _what_counts(settings: Settings) -> dict[str, object]:
    """Return the settings that a container is built from; secrets by their values, since no two are ever equal."""
    same = attrs.evolve(settings, roster=None, repositories=())
    fields = attrs.asdict(same, recurse=False)
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}
