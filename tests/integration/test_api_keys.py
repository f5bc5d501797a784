"""Keys on PostgreSQL: what the constraints refuse, and what becomes of use that cannot be noted."""

from datetime import date

import psycopg
import pytest
from psycopg import errors

from github_tracker.adapters.postgres.api_key_repository import PostgresApiKeyUses
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.ports.errors import StorageError, StorageUnavailableError
from github_tracker.ports.secret_store import Secret
from tests.contracts.api_keys import minted, record_of
from tests.integration.postgres_store import postgres_store

DAY = date(2024, 5, 2)
SOUND = {
    "public_id": "'aaaaaaaaaaa'",
    "digest": "repeat('0', 64)",
    "name": "'wall'",
    "scopes": "ARRAY['metrics:read']",
    "is_restricted": "TRUE",
    "created_at": "'2024-05-01 00:00Z'",
}


def insertion(**columns: str) -> bytes:
    """Return the statement that adds a sound key with some columns changed."""
    values = SOUND | columns
    return f"INSERT INTO api_keys ({', '.join(values)}) VALUES ({', '.join(values.values())})".encode()  # noqa: S608


@pytest.mark.parametrize(
    "columns",
    [
        {"public_id": "'aaaaaaaaaa'"},
        {"public_id": "'aaaaaaaaaa_'"},
        {"public_id": "E'aaaaaaaaaaa\\n'"},
        {"digest": "repeat('0', 63)"},
        {"digest": "repeat('A', 64)"},
        {"name": "' '"},
        {"name": "repeat('a', 101)"},
        {"scopes": "'{}'"},
        {"scopes": "ARRAY['metrics:read', 'write']"},
        {"scopes": "ARRAY['metrics:read', NULL]"},
        {"scopes": "ARRAY['admin', 'metrics:read']"},
        {"expires_at": "'2024-05-01 00:00Z'"},
        {"is_restricted": "NULL"},
    ],
    ids=str,
)
def test_constraints_say_what_the_rules_say(fresh_database: Secret, columns: dict[str, str]) -> None:
    """Whoever writes the table by hand cannot make a key that could not exist."""
    with psycopg.connect(fresh_database.reveal(), autocommit=True) as connection:
        with pytest.raises(errors.IntegrityError):
            connection.execute(insertion(**columns))
        connection.execute(insertion())


def test_restricted_key_that_lost_its_teams_opens_none(database: Database, fresh_database: Secret) -> None:
    """Nothing is the safe side of everything."""
    with psycopg.connect(fresh_database.reveal()) as connection:
        connection.execute(insertion())
    (key,) = postgres_store(database).keys.all_keys()
    assert key.teams == ()


def test_use_is_not_noted_on_a_read_only_server(fresh_database: Secret, database: Database) -> None:
    """As on a replica: it is said at once, and reading goes on over the same connection."""
    record = record_of(minted())
    postgres_store(database).keys.add(record)
    url = Secret(f"{fresh_database.reveal()}{'&' if '?' in fresh_database.reveal() else '?'}{READ_ONLY}")
    with open_database(url, pool_size=1) as replica:
        store = postgres_store(replica)
        before = backend_of(replica)
        with pytest.raises(StorageUnavailableError, match="read-only"):
            store.key_uses.note_use(record.key.public_id, DAY)
        assert store.keys.find(record.key.public_id) == record
        assert backend_of(replica) == before


def test_use_that_waits_for_a_lock_is_given_up(fresh_database: Secret, database: Database) -> None:
    """Whoever asks waits for an answer, not for this."""
    record = record_of(minted())
    postgres_store(database).keys.add(record)
    with psycopg.connect(fresh_database.reveal()) as other:
        other.execute("SELECT FROM api_keys FOR UPDATE")
        with pytest.raises(StorageError, match="busy"):
            PostgresApiKeyUses(database).note_use(record.key.public_id, DAY)
    PostgresApiKeyUses(database).note_use(record.key.public_id, DAY)
    assert [key.last_used_on for key in postgres_store(database).keys.all_keys()] == [DAY]


READ_ONLY = "options=-c%20default_transaction_read_only%3Don"


def backend_of(database: Database) -> object:
    """Return which of the server's processes answers."""
    return database.read(lambda connection: connection.execute("SELECT pg_backend_pid()").fetchone())
