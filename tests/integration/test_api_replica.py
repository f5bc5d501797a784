"""Figures read from a streaming replica while everything is written to its primary."""

from collections.abc import Iterator

import psycopg
import pytest
from attrs import evolve, frozen
from psycopg import errors

from github_tracker.adapters.postgres.database import open_database
from github_tracker.domain.api_key import Scope
from github_tracker.domain.pull_request import Author
from github_tracker.entrypoints.api.settings import read_api_settings
from github_tracker.entrypoints.api_container import services_of
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import Store, put_facts
from tests.integration.api_world import RUN, Api, fill, served
from tests.integration.own_replica import NoReplicaError, OwnReplica, own_replica
from tests.integration.own_server import OwnServer, own_server
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged


@frozen
class Pair:
    """A primary with the small world on it, and its replica."""

    server: OwnServer
    replica: OwnReplica
    url: Secret
    """Of the database on the primary."""
    store: Store
    """On the primary."""

    def is_use_noted(self, api: Api, key: str) -> bool:
        """Whether the primary knows of any use of this key."""
        return any(one.last_used_on is not None for one in api.keys.all_keys() if one.public_id in key)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Both servers, up; whoever stops one starts it again."""
    with own_server() as server:
        url = server.create_database()
        try:
            with (
                own_replica(server) as replica,
                open_database(url, pool_size=2) as database,
            ):
                store = postgres_store(database)
                fill(store)
                yield Pair(server, replica, url, store)
        except NoReplicaError as exc:
            pytest.skip(str(exc))


@pytest.fixture(params=["with DB_URL", "DB_READ_URL alone"])
def api(request: pytest.FixtureRequest, pair: Pair) -> Iterator[Api]:
    """The API on the replica, with the primary known to it or not."""
    environment = {"DB_READ_URL": pair.replica.url_of(pair.url).reveal()}
    if request.param == "with DB_URL":
        environment["DB_URL"] = pair.url.reveal()
    settings = read_api_settings(environment)
    with (
        services_of(settings) as services,
        served(services, pair.store.keys, pair.store) as made,
    ):
        assert made.key(Scope.METRICS_READ, Scope.TEAMS_READ) == made.reader
        pair.replica.catch_up()
        yield made


def test_replica_can_be_read_only(pair: Pair) -> None:
    """Otherwise nothing else here would say anything."""
    with psycopg.connect(pair.replica.url_of(pair.url).reveal(), autocommit=True) as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM runs")


def test_what_is_written_to_the_primary_is_read_from_the_replica(pair: Pair, api: Api) -> None:
    """The figures, the latest run and the ETag follow; what a client knew before is not said to be the present."""
    path = f"/metrics/team/{api.team_id('Platform')}/velocity"
    before = api.read(path)
    assert api.ask(path, api.reader, If_None_Match=before.headers["etag"]).status == 304
    number = 100 + sum(week["prs_merged"] for week in before.json["weeks"])
    put_facts(pair.store, merged(Author("dora"), at("2024-03-05"), at("2024-03-05T04:00"), number=number))
    finished = pair.store.collection.latest_run()
    assert finished is not None
    later = evolve(RUN, finished_at=finished.finished_at.replace(year=finished.finished_at.year + 1))
    pair.store.collection.record_run(later)
    pair.replica.catch_up()
    after = api.ask(path, api.reader, If_None_Match=before.headers["etag"])
    assert after.status == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert merged_in(after.json) == merged_in(before.json) + 1
    assert api.read("/runs/latest").json["finished_at"] == later.finished_at.isoformat()
    assert api.ask("/ready").status == 200


def test_key_of_the_primary_opens_and_its_use_is_noted_there_or_nowhere(
    pair: Pair, api: Api, request: pytest.FixtureRequest
) -> None:
    """A replica takes no notes; who asks never learns of it."""
    key = api.key(Scope.ADMIN)
    pair.replica.catch_up()
    assert not pair.is_use_noted(api, key)
    assert [api.ask("/teams", key).status for _ in range(3)] == [200] * 3
    assert pair.is_use_noted(api, key) == ("with DB_URL" in request.node.name)


def test_reading_goes_on_without_the_primary(pair: Pair, api: Api) -> None:
    """Also with a key that was never used before, whose use cannot be noted now."""
    path = f"/metrics/team/{api.team_id('apps')}/lead-time"
    wanted, new = api.read(path).body, api.reader_of("apps")
    pair.replica.catch_up()
    pair.server.kill()
    try:
        assert api.read(path).body == wanted
        assert api.ask(path, new).status == 200
        assert api.ask("/ready").status == 200
    finally:
        pair.server.start()


def merged_in(document: dict[str, list[dict[str, int]]]) -> int:
    """Return how many pull requests the weeks of a velocity hold."""
    return sum(week["prs_merged"] for week in document["weeks"])
