"""The measurement of partitions measures what it says: two stores of the same, of which one loses a whole partition."""

from datetime import datetime

import psycopg
import pytest
from attrs import evolve, field, frozen

from benchmarks.database_server import rows
from benchmarks.filled_store import Filling
from benchmarks.partitions import Comparison, compare, measure, retention_floor, table
from github_tracker.ports.secret_store import Secret
from tests.integration.databases import Databases
from tests.integration.partition_checks import partitions
from tests.integration.test_benchmarks import BorrowedServer
from tests.unit.examples import at

FILLING = Filling(shares=1200, years=6)
PULL_REQUESTS = 200
REMOVED = "a year removed, pull requests"
FIGURES = {
    "all figures made ready, s",
    "new pull requests written, a second",
    "changed ones written, a second",
    "unchanged ones looked at, a second",
    "one team's velocity, ready, ms",
    "one team's lead time, ready, ms",
    "one team's velocity, ready, statement not prepared, ms",
    "one team's lead time, ready, statement not prepared, ms",
    "one team's velocity, last week and month touched, ms",
    "one team's lead time, last week and month touched, ms",
    "the database before, MB",
    REMOVED,
    "the same, s",
    "the same, MB of log",
    "VACUUM after it, s",
    "VACUUM after it, MB of log",
    "the database after, MB",
}
ONE_MORE = """
INSERT INTO pull_requests (repository_id, number, is_bot, state, is_draft, labels, created_at, updated_at, observed_at)
VALUES (1, 99999, FALSE, 'open', FALSE, '[]', '2024-01-01Z', '2024-01-01Z', '2024-01-01Z')
"""


@frozen
class RememberingServer(BorrowedServer):
    """The tests' own server, which remembers what databases it gave."""

    given: list[Secret] = field(factory=list)

    def migrated(self) -> Secret:
        """Return the address of a new database with the product's schema."""
        self.given.append(self.databases.create())
        return self.given[-1]


@frozen
class Measured:
    """What was found, and both stores as they were left."""

    found: Comparison
    plain: Secret
    partitioned: Secret


@pytest.fixture(scope="module")
def measured(databases: Databases) -> Measured:
    """One round over small stores."""
    server = RememberingServer(databases)
    found = measure(server, FILLING, PULL_REQUESTS, reads=2)
    plain, partitioned = server.given
    return Measured(found, plain, partitioned)


def test_partitioned_store_loses_the_first_year_as_a_whole(measured: Measured) -> None:
    """Its partitions were made and are gone, while the plain store never had any."""
    assert (measured.found.plan.facts, measured.found.plan.shares) == (FILLING.pull_requests, FILLING.shares)
    assert measured.found.dropped == ("pr_metrics_2020", "pull_requests_2020")
    for table_name in ("pull_requests", "pr_metrics"):
        years = [f"{table_name}_{year}" for year in range(2020, 2030)]
        assert set(years) <= set(measured.found.plan.partitions)
        assert partitions(measured.partitioned, table_name) == [*years[1:], f"{table_name}_default"]
        assert partitions(measured.plain, table_name) == []


def test_both_stores_lose_the_same_and_keep_all_else(measured: Measured) -> None:
    """What the first year held was closed or merged, so nothing of it is left; all else is as it was stored."""
    compare(measured.plain, measured.partitioned)
    floor = retention_floor(FILLING)
    for url, removed in zip((measured.plain, measured.partitioned), measured.found.figures[REMOVED], strict=True):
        ((left, earliest, expired),) = rows(
            url,
            f"""
            SELECT count(*), min(created_at), count(*) FILTER (WHERE coalesce(merged_at, closed_at) < '{floor}')
            FROM pull_requests
            """,  # noqa: S608  # an instant of ours
        )
        assert removed > FILLING.pull_requests / FILLING.years
        assert left == FILLING.pull_requests + PULL_REQUESTS + 1 - removed
        assert earliest > at("2021-01-01")
        assert expired == 0


def test_pages_bring_pull_requests_with_a_share_and_a_rest_each(measured: Measured) -> None:
    """Those that were written anew have changed, and one was written last, in the last week."""
    repository_id = FILLING.repository(FILLING.repositories).id
    statement = f"""
        SELECT fact.title, share.weight::TEXT, rest.weight::TEXT, count(*), max(fact.merged_at)
        FROM pull_requests AS fact
        LEFT JOIN pr_metrics AS share ON share.repository_id = fact.repository_id AND share.pr_number = fact.number
        LEFT JOIN pr_unattributed AS rest ON rest.repository_id = fact.repository_id AND rest.number = fact.number
        WHERE fact.repository_id = {repository_id}
        GROUP BY fact.title, share.weight, rest.weight
        ORDER BY fact.title
    """  # noqa: S608  # an id of ours
    kept = rows(measured.plain, statement)
    assert [row[:3] for row in kept] == [
        ("Merged after 1 day, 5:00:00", "0.600000", "0.400000"),
        ("Merged after 1:00:00", "0.600000", "0.400000"),
    ]
    assert PULL_REQUESTS * 0.7 < kept[0][3] < PULL_REQUESTS
    assert kept[1][3:] == (1, at("2025-12-31T23:00:00"))
    assert rows(measured.partitioned, statement) == kept


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (ONE_MORE, "count.* FROM pull_requests: "),
        ("DELETE FROM pr_metrics WHERE state = 'open'", "count.* FROM pr_metrics: "),
        ("DELETE FROM pr_unattributed WHERE reason = 'unknown_login'", "count.* FROM pr_unattributed: "),
        ("UPDATE rolled_up_team_weeks SET prs_merged = prs_merged + 1", "view_team_velocity"),
        ("UPDATE rolled_up_team_months SET effective_prs = effective_prs + 1", "view_dora_lead_time"),
        ("UPDATE rolled_up_rest_weeks SET prs_merged = prs_merged + 1", "view_unattributed_velocity"),
        ("UPDATE rolled_up_rest_months SET prs_timed = prs_timed + 1", "view_unattributed_lead_time"),
    ],
)
def test_stores_that_differ_are_refused(databases: Databases, measured: Measured, change: str, noticed: str) -> None:
    """A store that holds or tells anything else ends the measurement."""
    other = databases.create_copy(measured.partitioned)
    compare(measured.plain, other)
    with psycopg.connect(other.reveal()) as connection:
        connection.execute(change.encode())
    with pytest.raises(ValueError, match=noticed):
        compare(measured.plain, other)
    databases.give_back(other)


def test_every_figure_has_a_line(measured: Measured) -> None:
    """All were measured in both stores, and none of them is nothing."""
    assert measured.found.figures.keys() == FIGURES
    assert all(plain > 0 and partitioned > 0 for plain, partitioned in measured.found.figures.values())
    lines = table([measured.found]).splitlines()
    assert lines[0] == "| what | plain | partitioned | ratio |"
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == list(measured.found.figures)


def test_table_shows_medians_and_their_ratio(measured: Measured) -> None:
    """Of each store by itself, so that one round that was disturbed counts for little."""
    rounds = [evolve(measured.found, figures={"it, s": turn}) for turn in ((1.0, 3.0), (2.0, 90.0), (1500.0, 5.0))]
    assert table(rounds).splitlines()[2] == "| it, s | 2.00 | 5.00 | 2.50 |"


@pytest.mark.parametrize(("years", "floor"), [(1, "2026-01-22"), (3, "2024-01-22"), (6, "2021-01-22")])
def test_floor_lies_three_weeks_after_the_first_year(years: int, floor: str) -> None:
    """By then, what was created in it is merged or closed."""
    found: datetime = retention_floor(Filling(shares=12, years=years))
    assert found == at(floor)
