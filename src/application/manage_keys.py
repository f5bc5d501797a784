"""Keys of the metrics API for the operator: make, list, revoke."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from github_tracker.domain.api_key import ApiKey, Key, KeyRecord, KeyState, Scope, mint_key
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeySource
from github_tracker.ports.clock import Clock


@frozen
class KeyRequest:
    """What a new key is to be."""

    name: str
    scopes: tuple[Scope, ...] = (Scope.METRICS_READ,)
    teams: tuple[str, ...] | None = None
    """None: all."""
    expires_at: datetime | None = None
    """None: never."""


@frozen
class NewKey:
    """A key that was just made: the only time that it is whole."""

    key: Key
    record: KeyRecord


@frozen
class ListedKey:
    """A key with how it stands now."""

    key: ApiKey
    state: KeyState
    is_outside: bool = False
    """Whether it is given from outside the database, where it cannot be revoked here and its use is not noted."""


def new_key(request: KeyRequest, random_bytes: Callable[[int], bytes], now: datetime) -> NewKey:
    """Return a key that is kept nowhere yet. Raises InvalidValueError."""
    key = mint_key(random_bytes)
    known = ApiKey(key.public_id, request.name, request.scopes, now, request.teams, request.expires_at)
    return NewKey(key, KeyRecord(known, key.digest))


class ManageKeys:
    """Makes, lists and revokes keys; several of one name may live side by side, so that one can replace another."""

    def __init__(self, keys: ApiKeyRepository, outside: ApiKeySource, clock: Clock) -> None:
        self._keys = keys
        self._outside = outside
        self._clock = clock

    def create(self, request: KeyRequest, random_bytes: Callable[[int], bytes]) -> NewKey:
        """Make a key and keep its hash. Raises InvalidValueError and UnknownTeamError."""
        new = new_key(request, random_bytes, self._clock.now())
        self._keys.add(new.record)
        return new

    def all_keys(self) -> tuple[ListedKey, ...]:
        """Return every key that was ever made, the oldest first, and then those from outside.

        Raises SecretUnavailableError if nobody can tell which those are.
        """
        now = self._clock.now()
        kept = [ListedKey(key, key.state_at(now)) for key in self._keys.all_keys()]
        return (*kept, *(ListedKey(key, key.state_at(now), is_outside=True) for key in self._outside.all_keys()))

    def revoke(self, public_id: str) -> ApiKey:
        """Revoke a key for good, from now on; one that is revoked keeps its time. Raises UnknownApiKeyError."""
        return self._keys.revoke(public_id, self._clock.now())
