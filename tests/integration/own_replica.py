"""A streaming replica of a test's own server, for what reads from one place while writing goes to another."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from github_tracker.ports.secret_store import Secret
from tests.integration.own_server import OwnServer

_SECONDS: Final = 60.0

_WRITTEN: Final = "SELECT pg_current_wal_flush_lsn()::TEXT"

_IS_REPLAYED: Final = "SELECT pg_last_wal_replay_lsn() >= %s::TEXT::PG_LSN"


class NoReplicaError(Exception):
    """The server's programs cannot copy it."""


class OwnReplica:
    """A hot standby, which can be read and not written."""

    def __init__(self, primary: OwnServer, folder: Path) -> None:
        self._primary = primary
        self._folder = folder

    def url_of(self, url: Secret) -> Secret:
        """Return where the replica has what the primary has at this address."""
        address, _, _ = url.reveal().partition("?")
        return Secret(f"{address}?host={quote(str(self._folder))}")

    def catch_up(self) -> None:
        """Return when everything that the primary has committed so far can be read here."""
        with psycopg.connect(self._primary.url.reveal()) as primary:
            written = primary.execute(_WRITTEN).fetchone()
        assert written is not None
        deadline = time.monotonic() + _SECONDS
        with psycopg.connect(self.url_of(self._primary.url).reveal(), autocommit=True) as replica:
            while replica.execute(_IS_REPLAYED, written).fetchone() != (True,):
                assert time.monotonic() < deadline, "the replica does not follow its primary"
                time.sleep(0.02)


@contextmanager
def own_replica(primary: OwnServer) -> Iterator[OwnReplica]:
    """Give a running replica; its data are removed in the end. Raises NoReplicaError where none can be made."""
    if not (primary.programs / "pg_basebackup").exists():
        raise NoReplicaError(f"there is no pg_basebackup in {primary.programs}")
    folder = Path(tempfile.mkdtemp(prefix="github-tracker-test-")).resolve()
    if os.geteuid() == 0:
        os.chown(folder, primary.user, -1)
    data = folder / "data"
    try:
        # -R writes the address of the primary beside the copy, and makes a standby of it.
        primary.run(
            "pg_basebackup", "-D", str(data), "-d", primary.url.reveal(), "-R", "--checkpoint=fast", "--no-sync"
        )
        options = f"{primary.options} -k {folder} -c hot_standby=on -c wal_retrieve_retry_interval=100ms"
        primary.run("pg_ctl", "-D", str(data), "--wait", "--silent", "start", "-l", str(folder / "log"), "-o", options)
        try:
            yield OwnReplica(primary, folder)
        finally:
            primary.run("pg_ctl", "-D", str(data), "--wait", "--silent", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
