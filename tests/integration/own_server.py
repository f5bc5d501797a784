"""A PostgreSQL server of a test's own, which may be stopped, killed and filled up."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.entrypoints.database_address import DATABASE
from github_tracker.ports.secret_store import Secret
from tests.integration.prepared_data import put_prepared_data


class OwnServer:
    """The embedded server over a folder of its own."""

    def __init__(self, local: LocalPostgres) -> None:
        self.url = local.database("postgres")
        """Of its superuser; no password is asked for."""
        self._local = local
        self._made = 0
        self._data = local.folder / "postgresql"
        pid = (self._data / "postmaster.pid").read_text().split()[0]
        self.programs = Path(f"/proc/{pid}/exe").resolve().parent
        """The folder of the server's own programs."""
        self.user = self._data.stat().st_uid
        """The number of the user that it runs as."""
        _, *started = shlex.split((self._data / "postmaster.opts").read_text())
        place = started.index("-D")
        self.options = shlex.join(started[:place] + started[place + 2 :])
        """What it was started with, besides its folder."""
        self._is_up = True

    def create_database(self) -> Secret:
        """Return the address of a new migrated database."""
        self._made += 1
        name = f"made_{self._made}"
        # By the other strategy, through the log, a sequence that was used begins anew after a crash of the server: the
        # numbers that it has fetched in advance are copied, and not that they were.
        self.execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, DATABASE)
        return self._local.database(name)

    def execute(self, statement: str, *names: str) -> None:
        """Do something as the superuser; names take the places of {}."""
        with psycopg.connect(self.url.reveal(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def kill(self) -> None:
        """Stop at once, as in a crash: what was not committed is gone, and so are all connections."""
        self._control("stop", "-m", "immediate")
        self._is_up = False

    def start(self) -> None:
        """Start again, and return when it lets somebody in."""
        if not self._is_up:
            self._control("start", "-l", str(self._data / "log"), "-o", self.options)
        self._is_up = True

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def ask_for_passwords(self, role: str) -> None:
        """Let this role in with its password only."""
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        self.execute("SELECT pg_reload_conf()")

    @contextmanager
    def small_disk(self, size: str) -> Iterator[Path]:
        """Give a folder on a file system of its own, for a tablespace. Raises OSError where none can be mounted."""
        folder = self._data.parent / "small"
        folder.mkdir()
        command: list[str] = [
            "mount",
            "-t",
            "tmpfs",
            "-o",
            f"size={size},mode=0700,uid={self.user}",
            "tmpfs",
            str(folder),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as exc:
            raise OSError("no file system can be mounted here") from exc
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as the user that it runs as. Raises CalledProcessError if it fails."""
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True,
            cwd=self._data.parent,
            user=self.user if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _control(self, action: str, *options: str) -> None:
        self.run("pg_ctl", "-D", str(self._data), "--wait", "--silent", action, *options)


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Give a running server; its data are removed in the end."""
    # Not pytest's folders: those are closed to the user that runs root's server.
    folder = Path(tempfile.mkdtemp(prefix="github-tracker-test-")).resolve()
    folder.chmod(0o755)
    try:
        put_prepared_data(folder / "data")
        with LocalPostgres(folder / "data") as local:
            server = OwnServer(local)
            try:
                yield server
            finally:
                server.start()
    finally:
        shutil.rmtree(LocalPostgres(folder / "data").folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def with_password(url: Secret, password: str, role: str = "postgres") -> Secret:
    """Return the address with a role and its password in it; a server that trusts everybody does not look at it."""
    scheme, _, rest = url.reveal().partition("://")
    place = rest.partition("@")[2] if "@" in rest.partition("/")[0] else rest
    return Secret(f"{scheme}://{role}:{password}@{place}")
