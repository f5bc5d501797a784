"""Proposals one at a time, and no longer than they may take: whoever comes meanwhile, and whoever leaves."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from attrs import evolve

from github_tracker.adapters import memory
from github_tracker.adapters.memory import MemoryStore
from github_tracker.adapters.system import SystemClock
from github_tracker.application.authenticate import Authenticate
from github_tracker.application.outside_keys import NoOutsideKeys
from github_tracker.application.report import Discretion
from github_tracker.application.what_if import WhatIf
from github_tracker.entrypoints.api_container import memory_services
from github_tracker.ports.attribution_reader import AttributionReader
from tests.contracts.memory import memory_store
from tests.integration.api_world import Api, Reply, fill, served


def kind(reply: Reply) -> tuple[int, str]:
    """Return the status and the problem's kind."""
    return reply.status, reply.json["type"].rpartition(":")[2]


class HeldUp(memory.MemoryAttributionReader):
    """Gives out nothing until it may."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def attributions(self, authors: Any = None) -> Any:
        """Wait, and give out everything."""
        self.begun.set()
        assert self.may_go_on.wait(30)
        return super().attributions(authors)


@contextmanager
def stored(
    data: MemoryStore, reader: AttributionReader | None, patience: timedelta = timedelta(seconds=20)
) -> Iterator[Api]:
    """Serve what is stored, with attributions from this reader."""
    keys = memory.MemoryApiKeyRepository(data)
    directory, rosters = memory.MemoryTeamDirectory(data), memory.MemoryRosterRepository(data)
    authenticate = Authenticate(keys, NoOutsideKeys(), memory.MemoryApiKeyUses(data), directory, SystemClock())
    services = memory_services(data, authenticate, Discretion())
    if reader is not None:
        services = evolve(services, what_if=WhatIf(rosters, reader, SystemClock(), patience))
    with served(services, keys, memory_store(data)) as api:
        yield api


def test_without_a_roster_in_force_there_is_nothing_to_compare_with() -> None:
    """That is said, and nothing of how it could be set."""
    with stored(MemoryStore(), None) as api:
        assert kind(api.send("/what-if", {"rule": "merged"})) == (409, "no-roster")


def test_one_proposal_is_tried_at_a_time() -> None:
    """Another one is to come back; all else is answered meanwhile, and afterwards another one is."""
    data = MemoryStore()
    fill(memory_store(data))
    held = HeldUp(data)
    with stored(data, held) as api:
        replies: list[Reply] = []
        first = threading.Thread(target=lambda: replies.append(api.send("/what-if", {"rule": "merged"})))
        first.start()
        assert held.begun.wait(30)
        second = api.send("/what-if", {"rule": "merged"})
        assert kind(second) == (503, "overloaded")
        assert int(second.headers["retry-after"]) > 0
        assert api.send("/what-if", {"roster": "{"}).status == 422
        assert api.read("/metrics/velocity").status == 200
        held.may_go_on.set()
        first.join(30)
        assert [reply.status for reply in replies] == [200]
        assert api.send("/what-if", {"rule": "merged"}).status == 200


def test_what_takes_too_long_is_given_up() -> None:
    """With what helps; and the next one may be tried."""
    data = MemoryStore()
    fill(memory_store(data))
    with stored(data, memory.MemoryAttributionReader(data), timedelta(seconds=-1)) as api:
        for _ in range(2):
            reply = api.send("/what-if", {"rule": "merged"})
            assert kind(reply) == (503, "too-large")
            assert "fewer days" in reply.json["detail"]
            assert int(reply.headers["retry-after"]) > 0


def test_client_that_leaves_is_not_waited_for() -> None:
    """Whether its proposal is being tried, or not even sent; the next one is answered."""
    data = MemoryStore()
    fill(memory_store(data))
    held = HeldUp(data)
    with stored(data, held) as api:
        head = f"POST /what-if HTTP/1.1\r\nHost: x\r\nX-API-Key: {api.reader}\r\nContent-Length: 18\r\n\r\n".encode()
        for body in (b'{"rule": ', b'{"rule": "merged"}'):
            with socket.create_connection(("127.0.0.1", api.port), timeout=30) as client:
                client.sendall(head + body)
                if len(body) == 18:
                    assert held.begun.wait(30)
        lines = wait_for_abandoned(api, 2)
        assert [(line["method"], line["status"]) for line in lines] == [("POST", None)] * 2
        held.may_go_on.set()
        assert answered_at_last(api)
        assert not [line for line in api.log if "error" in line]


def wait_for_abandoned(api: Api, number: int) -> list[Any]:
    """Return the lines about clients that left, once there are so many."""
    for _ in range(300):
        lines = [line for line in api.log if line.get("is_abandoned")]
        if len(lines) >= number:
            return lines
        threading.Event().wait(0.1)
    raise AssertionError(api.log)


def answered_at_last(api: Api) -> bool:
    """Whether a proposal is tried once the one before is over."""
    for _ in range(100):
        if api.send("/what-if", {"rule": "merged"}).status == 200:
            return True
        threading.Event().wait(0.1)
    return False
