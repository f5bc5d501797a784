"""The Grafana dashboard: well formed, and every query of it runs over the views of a real database."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

import psycopg
import pytest
from psycopg.rows import dict_row

from github_tracker.adapters.postgres.database import open_database
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import fill
from tests.integration.databases import Databases
from tests.integration.postgres_store import postgres_store
from tools.working_tree import CHECKOUT

BOARD: Final[dict[str, Any]] = json.loads(
    (CHECKOUT / "infra" / "grafana" / "team-delivery.json").read_text(encoding="utf-8")
)  # as Grafana words it
PANELS: Final = {panel["title"]: panel for panel in BOARD["panels"]}
TARGETS: Final = [(title, target) for title, panel in PANELS.items() for target in panel["targets"]]
MACROS: Final = {
    "$__timeFrom()": "'2023-12-01T00:00:00Z'::TIMESTAMPTZ",
    "$__timeTo()": "'2024-06-01T00:00:00Z'::TIMESTAMPTZ",
}
KINDS: Final = {"stat", "table", "timeseries"}


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Secret]:
    """The small world."""
    url = databases.create()
    with open_database(url, pool_size=2) as opened:
        fill(postgres_store(opened))
    yield url
    databases.give_back(url)


def rows_of(url: Secret, statement: str, teams: str = "'1', '2'") -> list[dict[str, Any]]:
    """Run a query as Grafana would, with its macros and variables filled in."""
    for macro, text in MACROS.items():
        statement = statement.replace(macro, text)
    statement = statement.replace("$team", teams)
    assert "$" not in statement
    with psycopg.connect(url.reveal(), row_factory=dict_row) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_board_is_one_that_grafana_takes() -> None:
    """What its importer needs is there; panels have ids of their own and do not lie on each other."""
    assert BOARD["uid"]
    assert BOARD["schemaVersion"] >= 36
    assert len({panel["id"] for panel in PANELS.values()}) == len(BOARD["panels"])
    assert {panel["type"] for panel in PANELS.values()} <= KINDS
    taken: set[tuple[int, int]] = set()
    for panel in PANELS.values():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
        assert panel["description"]


def test_database_is_chosen_where_the_board_is_used() -> None:
    """No panel is tied to one."""
    assert {panel["datasource"]["uid"] for panel in PANELS.values()} == {"${datasource}"}
    assert {target["datasource"]["uid"] for _, target in TARGETS} == {"${datasource}"}
    assert {variable["name"] for variable in BOARD["templating"]["list"]} == {"datasource", "team"}


@pytest.mark.parametrize(("title", "target"), TARGETS, ids=[f"{title} {t['refId']}" for title, t in TARGETS])
def test_query_runs(database: Secret, title: str, target: dict[str, Any]) -> None:
    """And what is drawn over time has the columns that Grafana draws by, in order."""
    rows = rows_of(database, target["rawSql"])
    assert rows or title == "Repositories that are not up to date"
    if target["format"] == "time_series":
        assert list(rows[0]) == ["time", "metric", "value"]
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


def test_teams_and_the_rest_add_up(database: Secret) -> None:
    """The bars are all merged pull requests of people (R6)."""
    weights = [
        row["value"]
        for target in PANELS["Merged pull requests by week, weighted"]["targets"]
        for row in rows_of(database, target["rawSql"])
    ]
    assert sum(weights) == Decimal(5)


def test_chosen_teams_only(database: Secret) -> None:
    """The variable is what limits the figures."""
    (target, _) = PANELS["Merged pull requests by week, weighted"]["targets"]
    of_one = {row["metric"] for row in rows_of(database, target["rawSql"], "'1'")}
    assert len(of_one) == 1
    assert of_one < {row["metric"] for row in rows_of(database, target["rawSql"])}


def test_team_variable_lists_the_teams(database: Secret) -> None:
    """By name, under their ids."""
    (variable,) = (found for found in BOARD["templating"]["list"] if found["name"] == "team")
    assert [row["__text"] for row in rows_of(database, variable["query"])] == ["Platform", "apps"]


def test_no_query_looks_at_people() -> None:
    """No figure by author, and nothing but views and what names teams, runs and repositories (R14)."""
    allowed = {"view_team_velocity", "view_dora_lead_time", "view_unattributed_velocity", "teams", "settings", "runs",
               "collection_state", "repositories"}  # fmt: skip
    for _, target in TARGETS:
        named = set(re.findall(r"(?:FROM|JOIN)\s+([a-z_]+)", target["rawSql"]))
        assert named <= allowed
        assert "author" not in target["rawSql"]


def test_weeks_begin_where_the_store_says(database: Secret) -> None:
    """At midnight of the reporting time zone, whatever the reader's."""
    (target, _) = PANELS["Merged pull requests by week, weighted"]["targets"]
    first = rows_of(database, target["rawSql"])[0]["time"]
    assert (first.date(), first.hour) == (date(2024, 1, 1), 0)
