"""Keys of the metrics API on PostgreSQL."""

from datetime import date, datetime
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope, is_public_id
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeyUses
from github_tracker.ports.errors import (
    ApiKeyExistsError,
    StorageUnavailableError,
    UnknownApiKeyError,
    UnknownTeamError,
)

_KEYS: Final = """
SELECT
    digest, public_id, name, scopes, created_at,
    CASE WHEN is_restricted THEN ARRAY(
        SELECT teams.name
        FROM api_key_teams
        INNER JOIN teams ON teams.id = api_key_teams.team_id
        WHERE api_key_teams.public_id = api_keys.public_id
    ) END,
    expires_at, revoked_at, last_used_on,
    CASE WHEN is_restricted THEN ARRAY(
        SELECT team_id
        FROM api_key_teams
        WHERE api_key_teams.public_id = api_keys.public_id
        ORDER BY team_id
    ) END
FROM api_keys
"""

_ALL: Final = f'{_KEYS} ORDER BY created_at, public_id COLLATE "C"'

_ONE: Final = f"{_KEYS} WHERE public_id = %(public_id)s"

_ADD: Final = """
INSERT INTO api_keys (public_id, digest, name, scopes, is_restricted, created_at, expires_at, revoked_at, last_used_on)
VALUES (
    %(public_id)s, %(digest)s, %(name)s, %(scopes)s, %(is_restricted)s,
    %(created_at)s, %(expires_at)s, %(revoked_at)s, %(last_used_on)s
)
ON CONFLICT (public_id) DO NOTHING
"""

_TEAMS: Final = 'SELECT name, id FROM teams WHERE is_listed ORDER BY name COLLATE "C"'

_ADD_TEAMS: Final = """
INSERT INTO api_key_teams (public_id, team_id)
SELECT %(public_id)s, given.team_id
FROM unnest(%(team_ids)s::BIGINT[]) AS given (team_id)
"""

_REVOKE: Final = """
UPDATE api_keys
SET revoked_at = %(at)s
WHERE public_id = %(public_id)s
    AND revoked_at IS NULL
"""

_GIVE_UP_EARLY: Final = "SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '1s'"

_IS_READ_ONLY: Final = "SELECT current_setting('transaction_read_only') = 'on'"

_NOTE_USE: Final = """
UPDATE api_keys
SET last_used_on = %(day)s
WHERE public_id = %(public_id)s
    AND (last_used_on IS NULL OR last_used_on < %(day)s)
"""


class PostgresApiKeyRepository(ApiKeyRepository):
    """Keeps keys in api_keys and api_key_teams."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id, with its teams as they are called now."""
        if not is_public_id(public_id):  # which PostgreSQL may not even take as text
            return None
        return self._database.read(lambda connection: _find(public_id, connection))

    def add(self, record: KeyRecord) -> None:
        """Keep a new key."""
        self._database.transact(lambda connection: _add(record, connection))

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key."""
        rows = self._database.read(lambda connection: connection.execute(_ALL).fetchall())
        return tuple(_record_of(row).key for row in rows)

    def revoke(self, public_id: str, at: datetime) -> ApiKey:
        """Revoke the key for good."""

        def revoke(connection: Connection[TupleRow]) -> ApiKey:
            connection.execute(_REVOKE, {"public_id": public_id, "at": at})
            record = _find(public_id, connection)
            if record is None:
                raise UnknownApiKeyError(public_id)
            return record.key

        if not is_public_id(public_id):
            raise UnknownApiKeyError(public_id)
        return self._database.transact(revoke)


class PostgresApiKeyUses(ApiKeyUses):
    """Notes days of use in api_keys, in one short attempt."""

    def __init__(self, database: Database) -> None:
        self._database = database.without_patience()

    def note_use(self, public_id: str, day: date) -> None:
        """Note the day. A server that only reads is asked first: its refusal would cost the pool its connections."""

        def note(connection: Connection[TupleRow]) -> None:
            if connection.execute(_IS_READ_ONLY).fetchone() == (True,):
                raise StorageUnavailableError("the database is read-only, so that the use of API keys is not noted")
            connection.execute(_GIVE_UP_EARLY)
            connection.execute(_NOTE_USE, {"public_id": public_id, "day": day})

        self._database.transact(note)


def _find(public_id: str, connection: Connection[TupleRow]) -> KeyRecord | None:
    row = connection.execute(_ONE, {"public_id": public_id}).fetchone()
    return None if row is None else _record_of(row)


def _add(record: KeyRecord, connection: Connection[TupleRow]) -> None:
    """Adding the very same key again is no error, since an attempt whose outcome stayed unknown is repeated."""
    key = record.key
    ids: dict[str, int] = dict(connection.execute(_TEAMS).fetchall())
    for name in key.teams or ():
        if name not in ids:
            raise UnknownTeamError(name, tuple(ids))
    values: dict[str, object] = {
        "public_id": key.public_id,
        "digest": record.digest,
        "name": key.name,
        "scopes": [scope.value for scope in key.scopes],
        "is_restricted": key.teams is not None,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_on": key.last_used_on,
    }
    if connection.execute(_ADD, values).rowcount:
        team_ids = [ids[name] for name in key.teams or ()]
        connection.execute(_ADD_TEAMS, {"public_id": key.public_id, "team_ids": team_ids})
        return
    kept = _find(key.public_id, connection)
    if kept is None or kept.digest != record.digest:
        raise ApiKeyExistsError(key.public_id)


def _record_of(row: TupleRow) -> KeyRecord:
    digest, public_id, name, scopes, created_at, teams, expires_at, revoked_at, last_used_on, team_ids = row
    key = ApiKey(
        public_id=public_id,
        name=name,
        scopes=tuple(map(Scope, scopes)),
        created_at=created_at,
        teams=teams,
        expires_at=expires_at,
        revoked_at=revoked_at,
        last_used_on=last_used_on,
    )
    return KeyRecord(key, digest, None if team_ids is None else tuple(team_ids))
