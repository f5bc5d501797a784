"""AWS's Lambda on this machine: the real runtime client in a process of its own, fed by a Runtime API on loopback.

docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: the process asks for the next event, and posts the result or the
error. What it writes is kept; a log group of CloudWatch would hold the same lines.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final
from uuid import uuid4

from attrs import frozen

_PREFIX: Final = "/2018-06-01/runtime"
_PATIENCE_SECONDS: Final = 120.0
_INHERITED: Final = ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR")
_METRICS: Final = "_aws"


@frozen
class Answer:
    """What came of one event."""

    request_id: str
    result: Any
    """Decoded; None after an error."""
    error: Any
    """As Lambda keeps it with the event: errorType, errorMessage, stackTrace; None if all went well."""
    output: str
    """All that the process wrote meanwhile."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line of the output, decoded: all must be JSON objects."""
        decoded = [json.loads(line) for line in self.output.splitlines()]
        assert all(isinstance(line, dict) for line in decoded)
        return decoded

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines that are no metrics."""
        return [line for line in self.lines if _METRICS not in line]

    @property
    def blobs(self) -> list[dict[str, Any]]:
        """The lines that are metrics in the embedded format, each checked for its namespace and dimension."""
        found = [line for line in self.lines if _METRICS in line]
        for blob in found:
            (told,) = blob[_METRICS]["CloudWatchMetrics"]
            assert (told["Namespace"], told["Dimensions"]) == ("GithubTracker", [["service"]])
        return found

    @property
    def metrics(self) -> dict[str, list[float]]:
        """The values that CloudWatch would keep, by name, over all blobs."""
        values: dict[str, list[float]] = {}
        for blob in self.blobs:
            for metric in blob[_METRICS]["CloudWatchMetrics"][0]["Metrics"]:
                values.setdefault(metric["Name"], []).extend(blob[metric["Name"]])
        return values

    @property
    def ids(self) -> set[str]:
        """Under which ids the lines stand, those of the runtime itself included; "" for a line without one."""
        return {line.get("correlation_id") or line.get("requestId") or "" for line in self.lines}

    @property
    def units(self) -> dict[str, str]:
        """The metrics' units, by name."""
        told = [metric for blob in self.blobs for metric in blob[_METRICS]["CloudWatchMetrics"][0]["Metrics"]]
        return {metric["Name"]: metric["Unit"] for metric in told}


@frozen
class _Event:
    request_id: str
    body: bytes
    deadline_ms: int


class LambdaProcess:
    """One execution environment of a function: cold at its first event, warm from then on."""

    def __init__(self, handler: str, environment: Mapping[str, str], output: Path) -> None:
        self._events: Queue[_Event] = Queue()
        self._answers: Queue[tuple[str, Any]] = Queue()
        self._output = output
        self._read = 0
        self._ended: str | None = None
        self._server = _Server(("127.0.0.1", 0), _handler_of(self._events, self._answers))
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", handler],
                env=self._environment(environment),
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=output.parent,
            )

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All that it ever wrote."""
        return self._ended if self._ended is not None else self._output.read_text()

    def invoke(self, event: object, seconds: float = 900.0, request_id: str | None = None) -> Answer:
        """Let it work on one event, with so many seconds until its deadline, and return what came of it."""
        given = _Event(request_id or str(uuid4()), json.dumps(event).encode(), int((time.time() + seconds) * 1000))
        self._events.put(given)
        kind, body = self._answer()
        # Whatever belongs to an event is written before its answer is posted.
        written = self.output[self._read :]
        self._read += len(written)
        is_error = kind != "response"
        return Answer(given.request_id, None if is_error else body, body if is_error else None, written)

    def end(self) -> None:
        """End the process and the server."""
        self._process.kill()
        self._process.wait()
        self._ended = self.output
        # Whoever still waits for an event finds that nobody is there.
        self._events.put(_Event("", b"", 0))
        self._server.shutdown()
        self._server.server_close()

    def _answer(self) -> tuple[str, Any]:
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends_at:
            try:
                return self._answers.get(timeout=0.1)
            except Empty:
                assert self._process.poll() is None, self.output
        raise AssertionError(f"no answer in time:\n{self.output}")

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        aws = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": "tested-function",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tested-function",
            "AWS_LAMBDA_LOG_STREAM_NAME": "tested",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": "eu-central-1",
            "TZ": ":UTC",
        }
        return {**inherited, **aws, **given}


@contextmanager
def lambda_process(handler: str, **environment: str) -> Iterator[LambdaProcess]:
    """Give a process that runs this handler, such as package.module.function, with these variables and few others."""
    with tempfile.TemporaryDirectory() as folder:
        process = LambdaProcess(handler, environment, Path(folder) / "output")
        try:
            yield process
        finally:
            process.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a process that was ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_of(events: "Queue[_Event]", answers: "Queue[tuple[str, Any]]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == f"{_PREFIX}/invocation/next"
            event = events.get()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", event.request_id)
            self.send_header("Lambda-Runtime-Deadline-Ms", str(event.deadline_ms))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:tested"
            )
            self.send_header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(event.body)))
            self.end_headers()
            self.wfile.write(event.body)

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            answers.put((self.path.rpartition("/")[2], json.loads(body) if body else None))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
