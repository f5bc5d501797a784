"""Keys of the metrics API, in memory."""

from datetime import date, datetime

from attrs import evolve

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.api_key import ApiKey, KeyRecord
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeyUses
from github_tracker.ports.errors import ApiKeyExistsError, UnknownApiKeyError, UnknownTeamError


class MemoryApiKeyRepository(ApiKeyRepository):
    """Keeps keys in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id."""
        with self._store.lock:
            record = self._store.keys.get(public_id)
            return None if record is None else self._with_teams(record)

    def add(self, record: KeyRecord) -> None:
        """Keep a new key."""
        public_id = record.key.public_id
        with self._store.lock:
            kept = self._store.keys.get(public_id)
            if kept is not None:
                if kept.digest != record.digest:
                    raise ApiKeyExistsError(public_id)
                return
            if record.key.teams is not None:
                self._store.key_teams[public_id] = self._ids_of(record.key.teams)
            self._store.keys[public_id] = evolve(record, key=evolve(record.key, teams=None))

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key."""
        with self._store.lock:
            keys = [self._with_teams(record).key for record in self._store.keys.values()]
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.public_id)))

    def revoke(self, public_id: str, at: datetime) -> ApiKey:
        """Revoke the key for good."""
        with self._store.lock:
            record = self._store.keys.get(public_id)
            if record is None:
                raise UnknownApiKeyError(public_id)
            if record.key.revoked_at is None:
                record = evolve(record, key=evolve(record.key, revoked_at=at))
                self._store.keys[public_id] = record
            return self._with_teams(record).key

    def _with_teams(self, record: KeyRecord) -> KeyRecord:
        ids = self._store.key_teams.get(record.key.public_id)
        if ids is None:
            return record
        names = tuple(team.name for team in self._store.teams if team.id in ids)
        return evolve(record, key=evolve(record.key, teams=names), team_ids=tuple(sorted(ids)))

    def _ids_of(self, names: tuple[str, ...]) -> frozenset[int]:
        ids = {team.name: team.id for team in self._store.teams if team.is_listed}
        for name in names:
            if name not in ids:
                raise UnknownTeamError(name, tuple(sorted(ids)))
        return frozenset(ids[name] for name in names)


class MemoryApiKeyUses(ApiKeyUses):
    """Notes days of use in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def note_use(self, public_id: str, day: date) -> None:
        """Note the day."""
        with self._store.lock:
            record = self._store.keys.get(public_id)
            if record is not None and (record.key.last_used_on is None or record.key.last_used_on < day):
                self._store.keys[public_id] = evolve(record, key=evolve(record.key, last_used_on=day))
