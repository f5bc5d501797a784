"""The one PostgreSQL server of a measurement: its databases, its processor time and its write-ahead log."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from psycopg import sql

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.ports.secret_store import Secret

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_TEMPLATE: Final = "migrated"


class Databases(Protocol):
    """Where the ways write to."""

    def migrated(self) -> Secret:
        """Return the address of a new database with the product's schema."""

    def with_table(self, statement: str) -> Secret:
        """Return the address of a new database with one table."""

    def settle(self) -> None:
        """Write out what is dirty, so that no way pays for what another one left."""

    def cpu_seconds(self) -> float:
        """Return the processor time of all the server's processes so far, those that ended included."""


class DatabaseServer(Databases):
    """The embedded server with its settings as they come, save that autovacuum comes at no time of its own."""

    def __init__(self, local: LocalPostgres) -> None:
        self._local = local
        self._url = local.database("postgres")
        self._process = int((local.folder / "postgresql" / "postmaster.pid").read_text().split()[0])
        self._made = 0
        self._execute("ALTER SYSTEM SET autovacuum = off")
        self._execute("SELECT pg_reload_conf()")
        migrate(local.database(_TEMPLATE))

    def migrated(self) -> Secret:
        """Return the address of a new database with the product's schema."""
        return self._create(_TEMPLATE)

    def with_table(self, statement: str) -> Secret:
        """Return the address of a new database with one table."""
        url = self._create("template0")
        with psycopg.connect(url.reveal(), autocommit=True) as connection:
            connection.execute(statement.encode())
        return url

    def settle(self) -> None:
        """Write out what is dirty, so that no way pays for what another one left."""
        self._execute("CHECKPOINT")

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes so far, those that ended included."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            if int(stat.parent.name) == self._process:
                # Its own, and that of its children who have ended.
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self._process:
                ticks += sum(map(int, fields[11:13]))
        return ticks / _TICKS

    def _create(self, template: str) -> Secret:
        self._made += 1
        name = f"made_{self._made}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self._local.database(name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._url.reveal(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """Give a server over a folder of its own; its data are removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="github-tracker-bench-")).resolve()
    # As root the server runs as another user, who has to get there.
    folder.chmod(0o755)
    local = LocalPostgres(folder / "data")
    try:
        with local:
            yield DatabaseServer(local)
    finally:
        shutil.rmtree(local.folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def rows(url: Secret, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds."""
    with psycopg.connect(url.reveal()) as connection:
        return connection.execute(statement.encode()).fetchall()


def log_position(url: Secret) -> int:
    """Return how many bytes were ever written to the write-ahead log of the server."""
    ((position,),) = rows(url, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return int(position)
