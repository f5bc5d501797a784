"""The command line as its user meets it: a process of its own, in a clean environment, on a data folder of its own."""

import csv
import fcntl
import io
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
from attrs import evolve, frozen
from psycopg import sql

from github_tracker.adapters.postgres.local_server import LocalPostgres

SECONDS = 120
"""Longer than any command here takes on a busy machine."""

_COMMAND = Path(sys.executable).with_name("github-tracker")
_PASSED_ON = ("PATH", "PYTHONPATH", "TMPDIR")


@frozen
class Ended:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """The CSV on standard output."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def json(self) -> Any:  # whatever the command wrote
        """The JSON on standard output."""
        return json.loads(self.out, parse_float=Decimal)


@frozen
class CommandLine:
    """Runs the installed command with a clean environment."""

    folder: Path
    """Where it runs, and where its data folder lies."""
    variables: Mapping[str, str]
    prefix: tuple[str, ...] = ()
    """What starts the command, such as a program that changes the user."""

    def given(self, **variables: str) -> "CommandLine":
        """Return the same with further variables set."""
        return evolve(self, variables={**self.variables, **variables})

    def without(self, *names: str) -> "CommandLine":
        """Return the same with these variables not set."""
        return evolve(self, variables={name: text for name, text in self.variables.items() if name not in names})

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":  # those of Popen
        """Start the command in a session of its own and go on."""
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        channels = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [*self.prefix, str(_COMMAND), *arguments],
            cwd=self.folder,
            env={**own, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **self.variables},
            text=True,
            encoding="utf-8",
            start_new_session=True,
            **{**channels, **options},
        )

    def run(self, *arguments: str) -> Ended:
        """Run the command to its end."""
        return ended(self.start(*arguments))

    def succeed(self, *arguments: str) -> Ended:
        """Run the command, which must end with exit code 0."""
        result = self.run(*arguments)
        assert result.code == 0, result
        return result

    @property
    def data(self) -> Path:
        """Where the embedded server's data lie; elsewhere than asked for, if root's server could not reach them."""
        return LocalPostgres(self.folder / self.variables["DATA_FOLDER"]).folder / "postgresql"


def ended(process: "subprocess.Popen[str]") -> Ended:
    """Wait for the process and return what it left."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return Ended(process.returncode, out, err)


@contextmanager
def command_line(data_folder: str = "data", **variables: str) -> Iterator[CommandLine]:
    """Give a command line on a folder of its own; its server is stopped and everything is removed in the end."""
    # Not pytest's folders: those are closed to the user that runs root's server.
    folder = Path(tempfile.mkdtemp(prefix="github-tracker-test-")).resolve()
    folder.chmod(0o755)
    line = CommandLine(folder, {"DATA_FOLDER": data_folder, **variables})
    try:
        yield line
    finally:
        data = line.data
        if (data / "postmaster.pid").exists():
            line.run("db", "stop")
        shutil.rmtree(folder)
        shutil.rmtree(data.parent, ignore_errors=True)


def on_terminal(line: CommandLine, columns: int, *arguments: str) -> str:
    """Run the command on a terminal of that width and return all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = line.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):  # Linux's way to say that all have left
        while chunk := terminal.read(65536):
            written += chunk
    assert process.wait() == 0
    return written.decode().replace("\r\n", "\n")


@contextmanager
def serving(answer: Callable[[str], tuple[int, str, bytes]]) -> Iterator[str]:
    """Give the address of an HTTP server on loopback whose status, content type and body are what `answer` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Without daemon threads, closing waits for those that still answer.
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def row_counts(url: str) -> dict[str, int]:
    """Return how many rows each table of ours holds."""
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counts = {}
        for name in sorted(names):
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            counts[name] = row[0] if row else 0
    return counts


def running_servers(data: Path) -> list[str]:
    """Return the command lines of all processes that serve these data; ones that are dead and unburied have none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if str(data) in words:
            found.append(" ".join(words))
    return found
