"""The schema's migrations, applied by yoyo; this is the only module that knows yoyo."""

from importlib.resources import as_file, files
from typing import Final

import psycopg
from attrs import frozen

from github_tracker.adapters.postgres.address import Address
from github_tracker.adapters.postgres.connections import admitted
from github_tracker.adapters.postgres.faults import translated_errors
from github_tracker.ports.secret_store import Secret, SecretSource

_SCHEMA: Final = files("github_tracker.schema")
_LOCK: Final = 4_721_000_561_902_318
"""Key of the advisory lock that lets one process migrate at a time; it goes with its holder."""


@frozen
class MigrationStatus:
    """Which migrations a database has and lacks, by name, in order."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]
    """Applied ones that this version does not know: the database belongs to a newer version."""


def migration_names() -> tuple[str, ...]:
    """Return the names of all migrations of this version, in order."""
    return tuple(sorted(file.name.removesuffix(".sql") for file in _SCHEMA.iterdir() if file.name.endswith(".sql")))


def migration_status(url: Secret | SecretSource) -> MigrationStatus:
    """Return what the database has and lacks; writes nothing."""
    with translated_errors(), _connected(Address(url)) as connection:
        found = _applied(connection)
    known = migration_names()
    return MigrationStatus(
        applied=tuple(name for name in known if name in found),
        pending=tuple(name for name in known if name not in found),
        unknown=tuple(sorted(found - set(known))),
    )


def migrate(url: Secret | SecretSource) -> tuple[str, ...]:
    """Apply what is pending, each file in a transaction of its own, and return the names applied."""
    if not migration_status(url).pending:
        return ()
    address = Address(url)
    with translated_errors(), _connected(address) as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        pending = tuple(name for name in migration_names() if name not in _applied(lock))
        if pending:
            _apply(address.current())
        return pending


def _connected(address: Address) -> "psycopg.Connection[tuple[object, ...]]":
    return admitted(address, lambda url: psycopg.connect(url.reveal(), connect_timeout=10, autocommit=True))


def _applied(connection: "psycopg.Connection[tuple[object, ...]]") -> set[str]:
    """Ask without yoyo: importing it and its own bookkeeping cost more than everything else here."""
    if connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
        return set()
    rows = connection.execute("SELECT migration_id FROM _yoyo_migration ORDER BY migration_id").fetchall()
    return {str(row[0]) for row in rows}


def _apply(url: Secret) -> None:
    """Our advisory lock stands in for yoyo's lock table, whose row a killed process would leave behind."""
    from yoyo import get_backend, read_migrations  # noqa: PLC0415  # half a second, needed once in a database's life

    names = migration_names()
    _, _, address = url.reveal().partition("://")
    backend = get_backend(f"postgresql+psycopg://{address}")
    try:
        with as_file(_SCHEMA) as folder:
            # The folder's __init__.py is no migration, though yoyo takes every Python file for one.
            found = read_migrations(str(folder)).filter(lambda migration: migration.id in names)
            backend.apply_migrations(backend.to_apply(found))
    finally:
        backend.connection.close()
