"""LoopbackGitHub: a real HTTP server on 127.0.0.1 in front of the site."""

import gzip
import socket
import socketserver
import sys
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType

from github_tracker.adapters.loopback_github.listing import Catalogue
from github_tracker.adapters.loopback_github.site import Answer, Site
from github_tracker.domain.pull_request import PullRequest, Repository

_POLL_SECONDS = 0.02
_GZIP_LEVEL = 1
"""Loopback has bandwidth to spare and the processor has not."""


class LoopbackGitHub:
    """GitHub's REST API for the given repositories and pull requests, on a free port of 127.0.0.1.

    >>> repository = Repository(7, "octo/hello")
    >>> with LoopbackGitHub([repository], []) as github:
    ...     github.url.startswith("http://127.0.0.1:"), github.requests
    (True, 0)
    """

    def __init__(
        self, repositories: Iterable[Repository], pull_requests: Iterable[PullRequest], token: str | None = None
    ) -> None:
        """Serve these; with a token, whoever does not show it gets 401."""
        self._server = _Server()
        self._site = Site(Catalogue(repositories, pull_requests), self.url, token)
        self._server.site = self._site
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True)

    @property
    def url(self) -> str:
        """The API's base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> int:
        """How many requests have come in so far, whatever the answer."""
        return self._site.requests().total()

    def requests_to(self, path: str) -> int:
        """Return how many of them asked for this path; the query is of no account.

        Pages after the first are asked for by the path that GitHub's links name, `/repositories/{id}/pulls`.
        """
        return self._site.requests()[path]

    def __enter__(self) -> "LoopbackGitHub":
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop answering and end every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    site: Site

    def __init__(self) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would look up the host's name, which can take seconds where no name server answers.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        # A client that hangs up in the middle is its own business; anything else is a fault of ours.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        super().server_close()
        # Kept-alive connections wait for their next request; without this their threads would wait for ever.
        for connection in tuple(self._connections):
            with suppress(OSError):  # closed meanwhile by its own thread
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.site.answer(self.path, headers))

    def _send(self, answer: Answer) -> None:
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("X-GitHub-Media-Type", "github.v3; format=json")
        self.send_header("Vary", "Accept, Authorization, Accept-Encoding")
        if answer.status != 304:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "GitHub.com"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; `requests` counts."""
