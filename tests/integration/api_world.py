"""A small world behind the metrics API: two teams, somebody who moved, a stranger, a bot; served over real HTTP."""

import csv
import io
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any, Final

import uvicorn
from attrs import field, frozen
from litestar import Litestar

from github_tracker.adapters.memory import MemoryStore
from github_tracker.adapters.memory.api_key_repository import MemoryApiKeyRepository, MemoryApiKeyUses
from github_tracker.adapters.memory.team_directory import MemoryTeamDirectory
from github_tracker.adapters.postgres.api_key_repository import PostgresApiKeyRepository, PostgresApiKeyUses
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.team_directory import PostgresTeamDirectory
from github_tracker.adapters.system import SystemClock
from github_tracker.application.authenticate import Authenticate
from github_tracker.application.outside_keys import NoOutsideKeys
from github_tracker.application.report import Discretion
from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope, mint_key
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.entrypoints.api.application import ApiOptions, ApiServices, create_api
from github_tracker.entrypoints.api.edge import LogLine
from github_tracker.entrypoints.api_container import memory_services, postgres_services
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeySource
from tests.contracts.memory import memory_store
from tests.contracts.store import Store, put_facts, put_roster
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, opened

ROSTER: Final = Roster(
    (Team("Platform", "Runs it", "platform"), Team("apps", "Ünïcode <b>& more</b>")),
    (
        Membership("Platform", "alice", Decimal("0.25")),
        Membership("apps", "alice", Decimal("0.5")),
        Membership("apps", "bob", joined_at=at("2023-01-01"), left_at=at("2024-03-01"), github_id=7),
        Membership("Platform", "bob", joined_at=at("2024-03-01"), github_id=7),
        Membership("Platform", "dora"),
    ),
)
FACTS: Final = (
    merged(Author("alice"), at("2024-01-01"), at("2024-01-01T01:00"), number=1),
    merged(Author("bob", id=7), at("2024-01-01"), at("2024-01-17T23:59:59"), number=2),
    merged(Author("alice"), at("2024-01-08"), at("2024-01-08T03:00"), number=3),
    merged(Author("bob", id=7), at("2024-03-10"), at("2024-03-11"), number=4),
    merged(Author("stranger"), at("2024-01-01"), at("2024-01-08"), number=6),
    merged(Author("renovate[bot]"), at("2024-01-01"), at("2024-01-01"), number=7),
    opened(Author("dora"), at("2024-01-31"), number=9),
)
RUN: Final = RunReport(
    at("2024-04-01"),
    at("2024-04-01T00:01"),
    RunOutcome.PARTIAL,
    1,
    (RepositoryReport("Acme/Widgets", Outcome.COMPLETE, 1), RepositoryReport("Acme/Gone", Outcome.FAILED, code="x")),
)
NO_LIMITS: Final = ApiOptions(rate_per_minute=1_000_000, address_rate_per_minute=1_000_000)
_SECONDS: Final = 30.0


@frozen
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes

    @property
    def json(self) -> Any:  # whatever was answered
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The body as CSV."""
        return list(csv.DictReader(io.StringIO(self.body.decode(), newline="")))


@frozen
class Api:
    """The API as its clients see it, with keys to it."""

    port: int
    log: list[LogLine]
    keys: ApiKeyRepository
    store: Store
    routes: frozenset[str]
    """Path templates."""
    made: dict[str, str] = field(factory=dict)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def key(self, *scopes: Scope, teams: tuple[str, ...] | None = None) -> str:
        """Return a key for these scopes and teams; the same one each time."""
        name = f"{scopes} {teams}"
        if name not in self.made:
            key = mint_key(secrets.token_bytes)
            self.keys.add(KeyRecord(ApiKey(key.public_id, "tests", scopes, at("2024-01-01"), teams), key.digest))
            self.made[name] = key.reveal()
        return self.made[name]

    @property
    def reader(self) -> str:
        """A key for everything that can be read."""
        return self.key(Scope.METRICS_READ, Scope.TEAMS_READ)

    def reader_of(self, *teams: str) -> str:
        """Return a key for everything about these teams."""
        return self.key(Scope.METRICS_READ, Scope.TEAMS_READ, teams=teams)

    def ask(
        self, path: str, key: str | None = None, method: str = "GET", body: str | bytes | None = None, **headers: str
    ) -> Reply:
        """Send a request; header names are written with underscores."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        if key is not None:
            given["X-API-Key"] = key
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def read(self, path: str, **headers: str) -> Reply:
        """Ask with a key for everything; the answer must be good."""
        reply = self.ask(path, self.reader, **headers)
        assert reply.status == 200, reply
        return reply

    def send(self, path: str, fields: object, key: str | None = None, **headers: str) -> Reply:
        """Send fields as JSON, by default with a key for everything."""
        return self.ask(path, key or self.reader, "POST", json.dumps(fields).encode(), **headers)

    def team_id(self, name: str) -> int:
        """Return a team's number."""
        return next(team.id for team in self.store.teams.teams() if team.name == name)


def fill(store: Store) -> None:
    """Put the small world into an empty store."""
    put_roster(store, ROSTER)
    put_facts(store, *FACTS)
    store.collection.record_run(RUN)


@contextmanager
def served(
    services: ApiServices, keys: ApiKeyRepository, store: Store, options: ApiOptions = NO_LIMITS
) -> Iterator[Api]:
    """Serve these services over HTTP in a thread of its own."""
    log: list[LogLine] = []
    api = create_api(services, options, log.append)
    config = uvicorn.Config(api, port=0, log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    inner = api.inner
    assert isinstance(inner, Litestar)
    routes = frozenset(re.sub(":str", "", route.path_format) for route in inner.routes)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + _SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield Api(server.servers[0].sockets[0].getsockname()[1], log, keys, store, routes)
    finally:
        server.should_exit = True
        thread.join(_SECONDS)


@contextmanager
def memory_api(
    options: ApiOptions = NO_LIMITS,
    discretion: Discretion | None = None,
    fill_store: Callable[[Store], None] = fill,
    outside: ApiKeySource | None = None,
) -> Iterator[Api]:
    """Serve the small world, or another one, from memory."""
    data = MemoryStore()
    store, keys = memory_store(data), MemoryApiKeyRepository(data)
    fill_store(store)
    authenticate = Authenticate(
        keys, outside or NoOutsideKeys(), MemoryApiKeyUses(data), MemoryTeamDirectory(data), SystemClock()
    )
    services = memory_services(data, authenticate, discretion or Discretion())
    with served(services, keys, store, options) as api:
        yield api


@contextmanager
def postgres_api(
    database: Database, options: ApiOptions = NO_LIMITS, discretion: Discretion | None = None
) -> Iterator[Api]:
    """Serve the small world from a database that is empty as yet."""
    store, keys = postgres_store(database), PostgresApiKeyRepository(database)
    fill(store)
    authenticate = Authenticate(
        keys, NoOutsideKeys(), PostgresApiKeyUses(database), PostgresTeamDirectory(database), SystemClock()
    )
    services = postgres_services(database, authenticate, discretion or Discretion())
    with served(services, keys, store, options) as api:
        yield api
