"""A PostgreSQL server of the torture's own, which may be stopped as by a crash at any moment."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.ports.secret_store import Secret

PASSWORD = "pw-canary-7c1f"
"""In every address that the program is given, so that a leak can be seen; the server itself asks for none."""

_INSTALLED = Path("/usr/lib/postgresql")
_OLDEST = 15
# Nothing outlives the run, so nothing is flushed to disk; but what is committed is handed to the operating system,
# since a crash of the server alone must not lose it.
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "autovacuum": "off",
}


class PrivateServer:
    """One server over one data folder; makes migrated databases from a template."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self._folder = folder
        self._programs = programs
        self._user = user
        self._made = 0

    def create(self) -> None:
        """Make the data folder, start the server, and prepare the template of all databases."""
        self._run("initdb", "--pgdata=data", "--username=tracker", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = {**_OPTIONS, "unix_socket_directories": str(self._folder)}
        with (self._folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        self._run("pg_ctl", "--pgdata=data", "--log=log", "--wait", "--silent", "start")
        self._execute("CREATE DATABASE {}", "template_migrated")
        migrate(Secret(self.url("template_migrated")))

    def database(self) -> str:
        """Return the address of a new migrated database, password included."""
        self._made += 1
        name = f"torture_{self._made}"
        self._execute("CREATE DATABASE {} TEMPLATE template_migrated STRATEGY FILE_COPY", name)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", url.partition("?")[0].rpartition("/")[2])

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://tracker:{PASSWORD}@/{database}?host={quote(str(self._folder))}"

    def connect(self) -> Connection[TupleRow]:
        """Return a connection to a database that no program uses."""
        return psycopg.connect(self.url("postgres"), autocommit=True)

    def restart_at_once(self) -> None:
        """Crash the server and start it again: every connection is lost, nothing is written out first."""
        self._run("pg_ctl", "--pgdata=data", "--log=log", "--mode=immediate", "--wait", "--silent", "restart")

    def stop(self) -> None:
        """Stop the server if it runs."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "--pgdata=data", "--mode=immediate", "--silent", "stop")

    def _execute(self, statement: str, name: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, as the user that it may run as; its output goes nowhere unless it fails."""
        found = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server that pg_ctl leaves behind would keep it open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
            extra_groups=None if self._user is None else [],
            check=False,
        )
        if found.returncode:
            log = self._folder / "log"
            last_words = log.read_text(errors="replace")[-2000:] if log.exists() else "it left no log"
            raise RuntimeError(f"{program} {arguments[-1]} ended with {found.returncode}: {last_words}")


@contextmanager
def private_server() -> Iterator[PrivateServer]:
    """Give a running server in a folder of its own, and remove everything in the end."""
    programs = _programs()
    user = None if os.geteuid() else _user_of_server()
    folder = Path(tempfile.mkdtemp(prefix=f"torture-{secrets.token_hex(2)}-")).resolve()
    if user is not None:
        shutil.chown(folder, user)
    server = PrivateServer(folder, programs, user)
    try:
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _user_of_server() -> str:
    """PostgreSQL refuses to run as root, so root lends it another user."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _programs() -> Path:
    """Return where the newest installed server's programs are, else the embedded one's."""
    versions = [int(path.name) for path in _INSTALLED.glob("[0-9]*") if (path / "bin" / "initdb").exists()]
    if max(versions, default=0) >= _OLDEST:
        return _INSTALLED / str(max(versions)) / "bin"
    folder = Path(tempfile.mkdtemp(prefix="torture-embedded-"))
    folder.chmod(0o755)
    try:
        # Starting it once puts its programs where every user can run them.
        with LocalPostgres(folder) as local, psycopg.connect(local.database("postgres").reveal()) as connection:
            row = connection.execute("SELECT setting FROM pg_config() WHERE name = 'BINDIR'").fetchone()
            return Path(row[0] if row else "")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
