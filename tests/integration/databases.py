"""Databases of the tests' own, on the embedded server or on the one that TEST_DB_URL names."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.ports.secret_store import Secret
from tools.working_tree import CHECKOUT

FOLDER = CHECKOUT / ".github-tracker" / "tests"
"""Where the embedded server of the tests keeps its data; all worker processes share it."""

_PREFIX = "github_tracker_tests_"
_DROPPED_AT_ONCE = 20
# Nothing here outlives the run. All can be set without a restart; a server of somebody else's is left as it is.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")


class Databases:
    """Makes databases, empty or with the schema, and drops them all in the end."""

    def __init__(self, server: Secret, connection: Connection[TupleRow], prefix: str) -> None:
        self._server = server
        self._connection = connection
        self._prefix = prefix
        self._made = 0
        self._template: str | None = None
        self._done_with: list[str] = []

    def create_empty(self) -> Secret:
        """Return the address of a new database without any table of ours."""
        return self._create("template0")

    def create(self) -> Secret:
        """Return the address of a new migrated database; copying a template takes a twentieth of migrating."""
        if self._template is None:
            url = self.create_empty()
            migrate(url)
            self._template = _name_in(url)
            # Nobody else may come near it: copying waits for whoever is connected, autovacuum included.
            self._execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS FALSE", self._template)
        return self._create(self._template)

    def create_copy(self, url: Secret) -> Secret:
        """Return the address of a new copy of a database of ours that nobody is connected to."""
        return self._create(_name_in(url))

    def give_back(self, url: Secret) -> None:
        """Remove the database, whoever is connected to it, together with others: each time costs a checkpoint."""
        self._done_with.append(_name_in(url))
        if len(self._done_with) >= _DROPPED_AT_ONCE:
            done_with, self._done_with = self._done_with, []
            self._drop(done_with)

    def drop_all(self) -> None:
        """Remove every database that was made here and is still there."""
        self._drop(_names_like(self._connection, self._prefix))

    def _create(self, template: str) -> Secret:
        self._made += 1
        name = f"{self._prefix}{self._made}"
        # Ten megabytes a database need not go through the log; nobody here counts on it after a crash.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return _in_database(self._server, name)

    def _drop(self, names: list[str]) -> None:
        for name in names:
            # A test may have dropped its own: what happens then was what it looked at.
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def test_server() -> Iterator[Secret]:
    """Give the address of a server where databases can be made; the embedded one is up as long as anyone uses it."""
    given = os.environ.get("TEST_DB_URL")
    if given:
        yield Secret(given)
        return
    local = LocalPostgres(FOLDER)
    # Starting, joining and leaving take turns: a worker must not join a server that another is just stopping.
    with _turn():
        local.__enter__()
    try:
        url = local.database("postgres")
        with psycopg.connect(url.reveal(), autocommit=True) as connection:
            for setting in _FAST:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        with _turn():
            local.__exit__(None, None, None)


@contextmanager
def own_databases(server: Secret) -> Iterator[Databases]:
    """Give databases under a name that is nobody else's, and drop them; drop those of runs that were killed as well.

    Each holder keeps an advisory lock on the number in its names: whoever can take that lock knows that the holder
    is dead.
    """
    number = secrets.randbelow(2**62)
    with psycopg.connect(server.reveal(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [number])
        databases = Databases(server, connection, f"{_PREFIX}{number}_")
        _drop_abandoned(server, connection, number)
        try:
            yield databases
        finally:
            databases.drop_all()


def _drop_abandoned(server: Secret, connection: Connection[TupleRow], own_number: int) -> None:
    numbers = {int(name.removeprefix(_PREFIX).partition("_")[0]) for name in _names_like(connection, _PREFIX)}
    for number in sorted(numbers - {own_number}):
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        if row == (True,):
            Databases(server, connection, f"{_PREFIX}{number}_").drop_all()
            connection.execute("SELECT pg_advisory_unlock(%s)", [number])


def _names_like(connection: Connection[TupleRow], prefix: str) -> list[str]:
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname", [prefix]
    )
    return [row[0] for row in rows]


def _in_database(server: Secret, name: str) -> Secret:
    """Return the server's address with another database in it."""
    address, mark, parameters = server.reveal().partition("?")
    scheme, _, place = address.partition("://")
    host, _, _ = place.partition("/")
    return Secret(f"{scheme}://{host}/{name}{mark}{parameters}")


def _name_in(url: Secret) -> str:
    return url.reveal().partition("?")[0].rpartition("/")[2]


@contextmanager
def _turn() -> Iterator[None]:
    """The lock goes with its holder, so that a killed run leaves nothing behind."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Path(FOLDER / "turn.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
