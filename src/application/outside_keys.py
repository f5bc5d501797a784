"""Keys that are given from outside the database, in one secret."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from github_tracker.domain.api_key import ApiKey, KeyRecord
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.ports.api_key_repository import ApiKeySource
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import PortError, SecretUnavailableError
from github_tracker.ports.secret_store import SecretName, SecretStore

READ_AGAIN_AFTER: Final = timedelta(seconds=60)
"""So a key that is taken out of the secret opens nothing a minute later."""

FAILED_FOR: Final = timedelta(seconds=5)
"""How long nobody else tries after the secret could not be read."""

KeyListReader = Callable[[str], tuple[KeyRecord, ...]]
"""Makes keys of the secret's text. Raises a GitHubTrackerError whose message shows nothing of it."""


class NoOutsideKeys(ApiKeySource):
    """Knows no key."""

    def find(self, public_id: str) -> KeyRecord | None:  # noqa: ARG002  # the port's
        """Return None."""
        return None

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return nothing."""
        return ()


class KeyOfProcess(ApiKeySource):
    """Knows one key that is kept nowhere and goes with its process, and whatever another source knows."""

    def __init__(self, record: KeyRecord, others: ApiKeySource) -> None:
        self._record = record
        self._others = others

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id. Raises SecretUnavailableError as the other source does."""
        return self._record if public_id == self._record.key.public_id else self._others.find(public_id)

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return those of the other source: its own is nobody's to hand out."""
        return self._others.all_keys()


class OutsideKeys(ApiKeySource):
    """Knows the keys of the secret API_KEYS, which is read again every minute. Safe to be used by several threads.

    When it cannot be read any more, or says something else than keys, nobody can tell which keys were taken out, so
    none is accepted until it can.
    """

    def __init__(self, secrets: SecretStore, read: KeyListReader, clock: Clock) -> None:
        self._secrets = secrets
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, KeyRecord] = {}
        self._failure: str | None = None
        self._until: datetime = LEAST_INSTANT

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id. Raises SecretUnavailableError."""
        return self._present().get(public_id)

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key in the secret. Raises SecretUnavailableError."""
        keys = (record.key for record in self._present().values())
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.public_id)))

    def _present(self) -> Mapping[str, KeyRecord]:
        with self._lock:
            now = self._clock.now()
            if self._until <= now:
                self._reread(now)
            if self._failure is not None:
                raise SecretUnavailableError(self._failure)
            return self._known

    def _reread(self, now: datetime) -> None:
        try:
            records = self._read(self._secrets.reread(SecretName.API_KEYS).reveal())
        except PortError as exc:
            self._failure, self._until = str(exc), now + FAILED_FOR
        except GitHubTrackerError as exc:
            self._failure, self._until = f"{SecretName.API_KEYS}: {exc}", now + FAILED_FOR
        else:
            self._known = {record.key.public_id: record for record in records}
            self._failure, self._until = None, now + READ_AGAIN_AFTER
