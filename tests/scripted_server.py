"""The wire of ScriptedGitHub: plain http.server on 127.0.0.1, which can also cut, reset and stall a connection."""

import socket
import socketserver
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scripted_github import Reply

_POLL_SECONDS = 0.01
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ScriptedServer:
    """Sends what the function makes of each request's verb, target and headers; header names come in lower case."""

    def __init__(self, reply_to: "Callable[[str, str, Mapping[str, str]], Reply]") -> None:
        self._server = _Server(reply_to)
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, wake what stalls and end every connection."""
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, reply_to: "Callable[[str, str, Mapping[str, str]], Reply]") -> None:
        self.reply_to = reply_to
        self.closing = Event()
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
        """Say nothing of clients that hang up: whoever waits too long does."""

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
        reply = self.server.reply_to(self.command, self.path, headers)
        self.server.closing.wait(reply.delay_seconds)
        if reply.is_reset:
            self._reset()
        elif reply.trickles:
            self._trickle(reply)
        else:
            self._send(reply)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def _send(self, reply: "Reply") -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: int(len(reply.body) * reply.sent_share)])
        self.wfile.flush()
        if reply.sent_share < 1:
            self.close_connection = True

    def _trickle(self, reply: "Reply") -> None:
        self.close_connection = True
        self.send_response_only(reply.status)
        if reply.is_closing:
            # Without a length either: the end of the connection is the end of the body.
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(2**30))
        if reply.trickles == "body":
            self.end_headers()
        else:
            self.send_header("X-Padding", "")
            self.flush_headers()
        with suppress(OSError):  # the client has gone
            while not self.server.closing.wait(_POLL_SECONDS):
                self.wfile.write(b" ")
                self.wfile.flush()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # Shutting it down first, as the server does with connections that end well, would end this one well too.
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the requests are recorded."""
