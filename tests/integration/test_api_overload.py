"""More requests than can be answered, and clients that do not stay for it: over a real server, on PostgreSQL."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from attrs import evolve, frozen

from github_tracker.adapters.postgres.database import open_database
from github_tracker.entrypoints.api.turns import PATIENCE_SECONDS, Room
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import NO_LIMITS, Api, Reply, postgres_api

SECONDS = 60.0
FIGURES = "/metrics/velocity"

_WAITING_FOR_LOCKS = """
SELECT count(*)
FROM pg_stat_activity
WHERE datname = current_database()
    AND wait_event_type = 'Lock'
"""


@frozen
class Slow:
    """An API on which figures take as long as one wants, and everything else as long as ever."""

    api: Api
    url: Secret
    clients: ThreadPoolExecutor

    def ask(self, path: str = FIGURES) -> Future[Reply]:
        """Ask in a thread."""
        return self.clients.submit(self.api.ask, path, self.api.reader)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Nobody reads figures meanwhile."""
        with psycopg.connect(self.url.reveal()) as connection:
            connection.execute("LOCK TABLE pr_metrics IN ACCESS EXCLUSIVE MODE")
            yield

    def wait_for_readers(self, wanted: int) -> None:
        """Wait until so many are reading figures, in vain."""
        with psycopg.connect(self.url.reveal(), autocommit=True) as connection:
            until(lambda: connection.execute(_WAITING_FOR_LOCKS).fetchone() == (wanted,))

    def leave_after_asking(self, path: str = FIGURES) -> socket.socket:
        """Send a request; whoever closes what is returned does not wait for the answer."""
        client = socket.create_connection(("127.0.0.1", self.api.port), timeout=SECONDS)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {self.api.reader}\r\n\r\n".encode())
        return client

    def wait_for_abandoned(self, wanted: int) -> None:
        """Wait until so many requests are logged as left."""
        until(lambda: sum("is_abandoned" in line for line in self.api.log) == wanted)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def slow_api(url: Secret, figures: Room) -> Iterator[Slow]:
    """Give such an API with room for so many who ask for figures."""
    with (
        open_database(url, pool_size=10) as database,
        postgres_api(database, evolve(NO_LIMITS, figures=figures)) as api,
        ThreadPoolExecutor(30) as clients,
    ):
        assert api.ask(FIGURES, api.reader).status == 200
        yield Slow(api, url, clients)


def test_who_finds_no_room_is_told_to_come_back_at_once(fresh_database: Secret) -> None:
    """What needs no figures is answered as ever; so is who was there before, once that can be."""
    with slow_api(fresh_database, Room(at_once=1, waiting=0)) as slow:
        api = slow.api
        tag = api.read(FIGURES).headers["etag"]
        with slow.held_up():
            first = slow.ask()
            slow.wait_for_readers(1)
            for path in (FIGURES, f"/metrics/team/{api.team_id('apps')}/lead-time"):
                refused = api.ask(path, api.reader)
                assert (refused.status, refused.headers["retry-after"]) == (503, "5")
                assert refused.headers["content-type"] == "application/problem+json"
                assert refused.json["type"] == "urn:github-tracker:problem:overloaded"
                assert "waited_ms" not in api.log[-1]
            assert api.ask(FIGURES, api.reader, If_None_Match=tag).status == 304
            assert [api.ask(path, api.reader).status for path in ("/health", "/ready", "/teams")] == [200] * 3
            assert not first.done()
        assert first.result(SECONDS).status == 200
        assert api.read(FIGURES).status == 200


def test_who_waits_for_a_turn_waits_no_longer_than_is_said(fresh_database: Secret) -> None:
    """The log tells how long it was; a turn that has begun lasts on."""
    with slow_api(fresh_database, Room(at_once=1, waiting=3)) as slow:
        with slow.held_up():
            first = slow.ask()
            slow.wait_for_readers(1)
            others = [slow.ask() for _ in range(8)]
            assert {other.result(SECONDS).status for other in others} == {503}
            waited = [line["waited_ms"] for line in slow.api.log if "waited_ms" in line]
            assert sum(isinstance(one, float) and one >= PATIENCE_SECONDS * 1000 - 50 for one in waited) == 3
            assert not first.done()
        assert first.result(SECONDS).status == 200


def test_statement_of_who_has_left_is_cancelled(fresh_database: Secret) -> None:
    """While what it waits for goes on; and the next ones are answered over connections that are sound."""
    with slow_api(fresh_database, Room(at_once=2, waiting=0)) as slow:
        wanted = slow.api.read(FIGURES).body
        with slow.held_up():
            clients = [slow.leave_after_asking(), slow.leave_after_asking("/pull-requests/Acme/Widgets/1/attribution")]
            slow.wait_for_readers(2)
            for client in clients:
                client.close()
            slow.wait_for_abandoned(2)
            slow.wait_for_readers(0)
        assert {slow.ask().result(SECONDS).body for _ in range(4)} == {wanted}
        lines = [line for line in slow.api.log if "is_abandoned" in line]
        assert [(line["status"], line["key_id"]) for line in lines] == [(None, slow.api.reader.split("_")[1])] * 2
        assert not [line for line in slow.api.log if "error" in line]


def test_who_leaves_while_waiting_is_not_begun(fresh_database: Secret) -> None:
    """The one whose turn it is goes on."""
    with slow_api(fresh_database, Room(at_once=1, waiting=5)) as slow:
        with slow.held_up():
            first = slow.ask()
            slow.wait_for_readers(1)
            clients = [slow.leave_after_asking() for _ in range(3)]
            for client in clients:
                client.close()
            slow.wait_for_abandoned(3)
            slow.wait_for_readers(1)
            assert not first.done()
        assert first.result(SECONDS).status == 200


@pytest.mark.parametrize("body", [b"", b"x" * 100_000])
def test_what_a_client_sends_besides_is_no_reason_to_leave(fresh_database: Secret, body: bytes) -> None:
    """Nobody reads it."""
    with slow_api(fresh_database, Room(at_once=1, waiting=0)) as slow:
        with socket.create_connection(("127.0.0.1", slow.api.port), timeout=SECONDS) as client:
            with slow.held_up():
                head = f"GET {FIGURES} HTTP/1.1\r\nHost: x\r\nX-API-Key: {slow.api.reader}"
                client.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:50_000])
                slow.wait_for_readers(1)
                client.sendall(body[50_000:])
                slow.wait_for_readers(1)
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        assert not [line for line in slow.api.log if "is_abandoned" in line]
