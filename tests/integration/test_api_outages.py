"""The database goes away and comes back while clients ask: 503 meanwhile, never anything worse, and then figures."""

import threading
from collections import Counter

from github_tracker.adapters.postgres.database import open_database
from github_tracker.application.report import Discretion
from github_tracker.entrypoints.api_container import open_api_services
from tests.integration.api_world import NO_LIMITS, fill, served
from tests.integration.own_server import own_server
from tests.integration.postgres_store import postgres_store

CLIENTS = 8


def test_api_survives_a_database_that_is_stopped_and_started_under_load() -> None:
    """Every answer is 200 or 503 with Retry-After; after the restart all are 200 again, without a new process."""
    with own_server() as server:
        url = server.create_database()
        with (
            open_api_services(url, Discretion()) as services,
            open_database(url, pool_size=2) as database,
        ):
            store = postgres_store(database)
            fill(store)
            with served(services, store.keys, store, NO_LIMITS) as api:
                key, path = api.reader, f"/metrics/team/{api.team_id('apps')}/velocity"
                wanted = api.ask(path, key).body
                phases = {phase: Counter[int]() for phase in ("up", "down", "back")}
                replies = []
                phase, over = ["up"], threading.Event()
                enough = {name: threading.Event() for name in phases}

                def ask_again_and_again() -> None:
                    while not over.is_set():
                        now = phase[0]
                        reply = api.ask(path, key)
                        replies.append(reply)
                        if phase[0] == now:
                            phases[now][reply.status] += 1
                            if phases[now][503 if now == "down" else 200] >= CLIENTS:
                                enough[now].set()

                threads = [threading.Thread(target=ask_again_and_again) for _ in range(CLIENTS)]
                for thread in threads:
                    thread.start()
                assert enough["up"].wait(60)
                server.kill()
                phase[0] = "down"
                assert enough["down"].wait(60)
                assert api.ask("/health").status == 200
                assert api.ask("/ready").status == 503
                server.start()
                phase[0] = "back"
                assert enough["back"].wait(60)
                over.set()
                for thread in threads:
                    thread.join(60)
                assert api.ask("/ready").status == 200
                assert api.ask(path, key).body == wanted
    assert {reply.status for reply in replies} == {200, 503}
    for reply in replies:
        if reply.status == 503:
            assert reply.headers["retry-after"] == "5"
            # Turns last as long as there is patience with the database, and the clients are more than the turns.
            assert reply.json["type"].endswith(("storage-unavailable", "overloaded"))
            assert b"postgres" not in reply.body
        else:
            assert reply.body == wanted
