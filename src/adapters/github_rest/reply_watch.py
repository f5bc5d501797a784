"""A limit on a whole reply: a socket's own timeout starts anew with every byte, so one that trickles never meets it.

When the time is over, the connection is shut down from beside, and whoever waits on it is woken: while connecting to
TLS, between two headers, or in the middle of the body. The shutdown goes through a duplicate of the socket, since the
libraries wrap, detach and forget their own on the way.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from typing import ClassVar, Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from github_tracker.adapters.github_rest.time_limits import TimeLimits

TIME_LIMITS: Final = TimeLimits()
"""Of this process."""


class OverdueReplyError(TimeoutError):
    """The whole reply took longer than it may."""


class ReplyWatch:
    """Watches over the connections of one thread, one reply at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._twins: set[socket.socket] = set()
        self._left: list[socket.socket] = []
        self._replies = 0
        self._is_waiting = self._is_over = False

    @contextmanager
    def limited_to(self, seconds: float) -> Iterator[None]:
        """Raise OverdueReplyError if what is done here takes longer, whatever it then fails with."""
        with self._lock:
            self._replies += 1
            self._is_waiting, self._is_over = True, False
            reply = self._replies
        TIME_LIMITS.add(seconds, partial(self._end, reply))
        try:
            yield
        except (HTTPError, OSError, ValueError) as exc:
            if self._is_over:
                raise OverdueReplyError from exc
            raise
        finally:
            self._finish()
        if self._is_over:
            # A body without a length seems to end well when its connection is shut down.
            raise OverdueReplyError

    def add(self, connected: socket.socket) -> socket.socket:
        """Begin to watch a connection; return what it is to be forgotten by."""
        twin = connected.dup()
        with self._lock:
            self._twins.add(twin)
        return twin

    def forget(self, twin: socket.socket) -> None:
        """Watch a closed connection no longer; http.client closes some before their reply is read."""
        with self._lock:
            if self._is_waiting:
                self._left.append(twin)
                return
            self._twins.discard(twin)
        twin.close()

    def _finish(self) -> None:
        with self._lock:
            self._is_waiting = False
            left, self._left = self._left, []
            self._twins.difference_update(left)
        for twin in left:
            twin.close()

    def _end(self, reply: int) -> None:
        """Shut everything down, unless the reply was complete in the meantime and the next one is on its way."""
        with self._lock:
            if not self._is_waiting or reply != self._replies:
                return
            self._is_over = True
            for twin in self._twins:
                with suppress(OSError):  # closed by the other side already
                    twin.shutdown(socket.SHUT_RDWR)


class WatchedConnection(HTTPConnection):
    """Is watched from its first byte on, before TLS or a proxy have their say."""

    watch: ClassVar[ReplyWatch]
    _twin: socket.socket | None = None

    def close(self) -> None:
        """Close it, and let it be forgotten."""
        super().close()
        if self._twin is not None:
            self.watch.forget(self._twin)
            self._twin = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self._twin = self.watch.add(connected)
        return connected


class WatchedTlsConnection(WatchedConnection, HTTPSConnection):
    """The same with TLS."""


def watched_pools(watch: ReplyWatch) -> dict[str, type[HTTPConnectionPool]]:
    """Return the kinds of connection pools, by scheme, whose every connection is watched by it."""
    plain = type("PlainConnection", (WatchedConnection,), {"watch": watch})
    tls = type("TlsConnection", (WatchedTlsConnection,), {"watch": watch})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }
