"""A role that can only read what the metrics API answers from."""

from typing import Final

import psycopg
from psycopg import sql

from github_tracker.adapters.postgres.address import Address
from github_tracker.adapters.postgres.connections import admitted
from github_tracker.adapters.postgres.faults import translated_errors
from github_tracker.ports.secret_store import Secret, SecretSource

READ_BY_READERS: Final = (
    "api_key_teams",
    "api_keys",
    "collection_state",
    "forgotten_authors",
    "pr_metrics",
    "pr_unattributed",
    "pull_requests",
    "repositories",
    "runs",
    "settings",
    "team_memberships",
    "teams",
    "view_dora_lead_time",
    "view_team_velocity",
    "view_unattributed_lead_time",
    "view_unattributed_velocity",
)
"""Tables and views."""

_CREATE: Final = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        CREATE ROLE {role};
    END IF;
END
$$"""

_STATEMENTS: Final = (
    "ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    "ALTER ROLE {role} SET statement_timeout = '15s'",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s'",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON {tables} TO {role}",
)


def reader_statements(role: str) -> tuple[str, ...]:
    """Return the statements that make or update the role; running them twice changes nothing more."""
    names = {
        "role": sql.Identifier(role),
        "name": sql.Literal(role),
        "tables": sql.SQL(", ").join(map(sql.Identifier, READ_BY_READERS)),
    }
    return tuple(sql.SQL(text).format(**names).as_string(None) for text in (_CREATE.strip(), *_STATEMENTS))


def create_reader(url: Secret | SecretSource, role: str, password: Secret | None) -> None:
    """Make or update the role, all or nothing; without a password the one that it has stays. Raises StorageError."""
    with translated_errors(), admitted(Address(url), lambda each: psycopg.connect(each.reveal())) as connection:
        for statement in reader_statements(role):
            connection.execute(statement.encode())
        if password is not None:
            # Hashed here, so that the password itself comes into no log of the server.
            hashed = connection.pgconn.encrypt_password(password.reveal().encode(), role.encode(), b"scram-sha-256")
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(change.format(sql.Identifier(role), sql.Literal(hashed.decode())))
