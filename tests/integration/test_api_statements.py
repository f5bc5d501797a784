"""What an answer costs: counted in statements, since time depends on the machine."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from github_tracker.adapters.postgres.connections import PooledConnection
from github_tracker.adapters.postgres.database import Database
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import NO_LIMITS, Api, postgres_api
from tests.integration.postgres_store import postgres_store

# The plain table names of a statement that say what it is for.
_READ_FROM = re.compile(r"(?<!SELECT report_time_zone )(?<!EPOCH )FROM (view_\w+|\w+)")
VERSION = "collection_state"
VELOCITY = ("teams", "teams", "view_team_velocity")
LEAD_TIME = ("teams", "teams", "view_dora_lead_time")
"""Of one team: which it is, whether the roster lists its name, and its figures."""

ROSTER = ("settings", "teams", "team_memberships")
DAYS = "from=2024-01-01&to=2024-12-01"


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the server, but for what begins and ends transactions: the first table of each statement."""
    found: list[str] = []
    execute = Connection.execute

    def noted(connection: Connection[Any], query: Any, *rest: Any, **named: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        found.extend(_READ_FROM.findall(text)[:1])
        return execute(connection, query, *rest, **named)

    monkeypatch.setattr(PooledConnection, "execute", noted)
    return found


@pytest.fixture
def counted(database: Database, statements: list[str]) -> Iterator[Api]:
    """The API, with its keys known to it already."""
    with postgres_api(database, NO_LIMITS) as api:
        for key in (api.reader, api.reader_of("apps")):
            assert api.ask("/ready", key).status == 200
            assert api.ask("/teams", key).status == 200
        statements.clear()
        yield api


def asked(api: Api, statements: list[str], path: str, *, key: str | None = None, **headers: str) -> list[str]:
    """Return what a request made the API read."""
    number = api.team_id("apps")
    statements.clear()
    assert api.ask(path.format(apps=number), key or api.reader, **headers).status in (200, 304)
    return list(statements)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/metrics/team/{apps}/velocity", [VERSION, *VELOCITY, VERSION]),
        ("/metrics/team/{apps}/lead-time", [VERSION, *LEAD_TIME, VERSION]),
        (
            "/metrics/velocity",
            [VERSION, "teams", "view_team_velocity", "view_unattributed_velocity", VERSION],
        ),
        (
            "/metrics/lead-time",
            [VERSION, "teams", "view_dora_lead_time", "view_unattributed_lead_time", VERSION],
        ),
        ("/metrics/cycle-times", [VERSION, "teams", "pr_metrics", "pull_requests", VERSION]),
        (f"/metrics/team/{{apps}}/pull-requests?{DAYS}", [VERSION, "teams", "teams", "pr_metrics", VERSION]),
        (f"/metrics/unattributed/pull-requests?{DAYS}", [VERSION, "pull_requests", VERSION]),
        (f"/metrics/team/{{apps}}/allocation?{DAYS}", [VERSION, "teams", *ROSTER, VERSION]),
        ("/access", []),
        ("/", []),
        ("/assets/page.js", []),
        ("/teams", [VERSION, "teams"]),
        ("/teams/{apps}", [VERSION, "teams", "team_memberships"]),
        ("/runs/latest", [VERSION, "runs"]),
        ("/ready", [VERSION]),
        ("/health", []),
    ],
)
def test_answer_costs_what_is_in_it_and_the_version_before_and_after(
    counted: Api, statements: list[str], path: str, wanted: list[str]
) -> None:
    """After figures only: from there it follows that they were read of one roster."""
    assert asked(counted, statements, path) == wanted


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/team/{apps}/velocity",
        "/metrics/team/{apps}/lead-time",
        "/metrics/velocity",
        "/metrics/lead-time",
        "/metrics/cycle-times",
        f"/metrics/team/{{apps}}/pull-requests?{DAYS}",
        f"/metrics/unattributed/pull-requests?{DAYS}",
        f"/metrics/team/{{apps}}/allocation?{DAYS}",
        "/teams",
        "/teams/{apps}",
        "/runs/latest",
    ],
)
def test_client_that_is_up_to_date_costs_one_statement(counted: Api, statements: list[str], path: str) -> None:
    """The version, and neither key nor figures."""
    tag = counted.read(path.format(apps=counted.team_id("apps"))).headers["etag"]
    assert asked(counted, statements, path, If_None_Match=tag) == [VERSION]


@pytest.mark.parametrize(("metric", "of_team"), [("velocity", VELOCITY), ("lead-time", LEAD_TIME)])
def test_restricted_key_makes_its_teams_be_read_alone(
    counted: Api, statements: list[str], metric: str, of_team: tuple[str, ...]
) -> None:
    """And nothing of what no team earned."""
    read = asked(counted, statements, f"/metrics/{metric}", key=counted.reader_of("apps"))
    assert read == [VERSION, *of_team, VERSION]


def test_version_after_the_roster_changed_makes_the_figures_be_read_again(
    counted: Api, statements: list[str], fresh_database: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what is answered is of one roster; once is enough if it then stays."""
    read = PooledConnection.execute
    pending = ["UPDATE settings SET roster_version = roster_version + 1"]

    def changed(connection: Connection[Any], query: Any, *rest: Any, **named: Any) -> Any:
        if pending and "view_team_velocity" in str(query):
            with psycopg.connect(fresh_database.reveal(), autocommit=True) as other:
                other.execute(pending.pop().encode())
        return read(connection, query, *rest, **named)

    monkeypatch.setattr(PooledConnection, "execute", changed)
    found = asked(counted, statements, "/metrics/team/{apps}/velocity")
    assert found == [VERSION, *[*VELOCITY, VERSION] * 2]
    assert counted.read(f"/metrics/team/{counted.team_id('apps')}/velocity").json["roster_version"] == 2


MANY_RUNS = """
INSERT INTO runs (
    started_at, finished_at, outcome, roster_version, requests, facts_seen, facts_changed, shares_changed, repositories
)
SELECT
    timestamptz '2020-01-01' + number * interval '1 minute', timestamptz '2020-01-01' + number * interval '2 minutes',
    'complete', 1, 1, 0, 0, 0, '[]'
FROM generate_series(1, 100000) AS number
"""


def test_latest_run_is_found_without_reading_all_runs(
    fresh_database: Secret, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100,000, as many as there are after five years and a half if one begins every half hour."""
    sent: list[bytes] = []
    execute = Connection.execute

    def noted(connection: Connection[Any], query: Any, *rest: Any, **named: Any) -> Any:
        sent.append(str(query).encode())
        return execute(connection, query, *rest, **named)

    monkeypatch.setattr(PooledConnection, "execute", noted)
    store = postgres_store(database)
    store.versions.current()
    store.collection.latest_run()
    asking = [query for query in sent if b"runs" in query]
    assert len(asking) == 2
    with psycopg.connect(fresh_database.reveal(), autocommit=True) as connection:
        assert connection.execute(MANY_RUNS).rowcount == 100_000
        connection.execute("VACUUM ANALYZE runs")
        for query in asking:
            plan = connection.execute(b"EXPLAIN " + query).fetchall()
            assert not [line for (line,) in plan if "Seq Scan on runs" in line]
            assert [line for (line,) in plan if "using runs_by_finish on runs" in line]
