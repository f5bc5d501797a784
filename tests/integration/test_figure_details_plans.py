"""What lies behind a figure is found without reading everything: by the plans of a store that is large."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from github_tracker.adapters.postgres.connections import PooledConnection
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.figure_details import PostgresFigureDetails
from github_tracker.ports.figure_details import DetailPosition, DetailScope
from github_tracker.ports.secret_store import Secret
from tests.integration.databases import Databases
from tests.unit.examples import at

WEEK = (date(2024, 1, 1), date(2024, 1, 8))

FILL = b"""
INSERT INTO repositories (id, full_name) SELECT number, 'Acme/' || number FROM generate_series(1, 20) AS number;
INSERT INTO teams (name) SELECT 'team ' || number FROM generate_series(1, 10) AS number;
INSERT INTO pull_requests (
    repository_id, number, is_bot, state, is_draft, labels, created_at, updated_at, merged_at, closed_at, observed_at
)
SELECT
    1 + number % 20, number, false, 'merged', false, '[]', merged_at - interval '30 hours', merged_at, merged_at,
    merged_at, merged_at
FROM generate_series(1, 100000) AS number
CROSS JOIN LATERAL (
    SELECT timestamptz '2022-01-01' + number * interval '3 years' / 100000 AS merged_at
) AS merging;
INSERT INTO pr_metrics (
    team_id, repository_id, repository, pr_number, author, created_at, merged_at, closed_at, state, weight, rule, is_bot
)
SELECT
    (SELECT min(id) FROM teams) + number % 10, repository_id, 'Acme/' || repository_id, number, 'somebody', created_at,
    merged_at, closed_at, state, 0.75, 'created', false
FROM pull_requests;
INSERT INTO pr_unattributed (repository_id, number, reason, weight)
SELECT repository_id, number, 'part_time', 0.25 FROM pull_requests;
"""


@pytest.fixture(scope="module")
def large(databases: Databases) -> Iterator[Secret]:
    """The address of a store of three years."""
    url = databases.create()
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute(FILL)
        connection.execute("VACUUM ANALYZE")
    yield url
    databases.give_back(url)


def plan_of(url: Secret, scope: DetailScope, after: DetailPosition | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return how the server finds what is asked for, of which there is something."""
    plans: list[str] = []
    execute = Connection.execute

    def explained(connection: Connection[Any], query: Any, *rest: Any, **named: Any) -> Any:
        if "LIMIT %(limit)s" in (query.decode() if isinstance(query, bytes) else query):
            plans.extend(line for (line,) in execute(connection, b"EXPLAIN " + query, *rest, **named))
        return execute(connection, query, *rest, **named)

    with monkeypatch.context() as to, open_database(url, pool_size=1) as database:
        to.setattr(PooledConnection, "execute", explained)
        assert PostgresFigureDetails(database).pull_requests(scope, 101, after)
    return "\n".join(plans)


@pytest.mark.parametrize("after", [None, DetailPosition(at("2024-01-04T12:00"), 1, 1)])
@pytest.mark.parametrize("bounds", [(None, None), (3600, 360_000)])
@pytest.mark.parametrize(("team", "index"), [("team 1", "pr_metrics_merged"), (None, "pull_requests_merged")])
def test_week_is_found_by_an_index(
    large: Secret, monkeypatch: pytest.MonkeyPatch, team: str | None, index: str, bounds: Any, after: Any
) -> None:
    """By time, and by team if there is one; of what no team earned, the rests are then looked up one by one."""
    plan = plan_of(large, DetailScope(team, *WEEK, *bounds), after, monkeypatch)
    assert index in plan
    assert not {"Seq Scan on pr_metrics", "Seq Scan on pull_requests", "Seq Scan on pr_unattributed"} & {
        line.strip(" ->").partition("  (")[0].removeprefix("Parallel ") for line in plan.splitlines()
    }
