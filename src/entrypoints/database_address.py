"""Which database a command works on: the one that DB_URL names, or one of the embedded server's."""

from collections.abc import Iterator
from contextlib import contextmanager

from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.secret_store import Secret, SecretName, SecretSource, SecretStore

DATABASE = "github_tracker"
DEMO_DATABASE = "github_tracker_demo"
"""Databases on the embedded server: the demonstration has one of its own, so that real collection starts clean."""


@contextmanager
def database_url(
    settings: Settings, local_database: str, secrets: SecretStore | None = None
) -> Iterator[Secret | SecretSource]:
    """Give the address of the database: DB_URL, or a migrated one on the embedded server, up while this lasts.

    DB_URL is read from the store, or from a new one, where it is needed.
    """
    if settings.secrets.has(SecretName.DATABASE_URL):
        yield SecretSource(secrets or secret_store(settings.secrets), SecretName.DATABASE_URL)
        return
    from github_tracker.adapters.postgres.local_server import LocalPostgres  # noqa: PLC0415  # most have a server
    from github_tracker.adapters.postgres.migrations import migrate  # noqa: PLC0415  # as above

    with LocalPostgres(settings.data_folder) as server:
        url = server.database(local_database)
        migrate(url)
        yield url
