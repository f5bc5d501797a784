"""The measurements measure what they say: every way sees the same world, and one that does not is refused."""

from collections.abc import Iterator

import psycopg
import pytest
import requests
from attrs import frozen

from benchmarks import collecting
from benchmarks.children import StandIn, stand_in
from benchmarks.collecting import FIRST, FLOOR, Round
from benchmarks.collecting_ways import ALL, DisagreementError, Wanted, collector, expect, facts_digest, run_naive
from benchmarks.database_server import Databases as ForWays
from benchmarks.database_server import rows
from benchmarks.filled_store import Filling, fill
from benchmarks.imports import ENTRYPOINTS, loaded_by
from benchmarks.loaded_modules import run_imports
from benchmarks.made_up_world import FIRST_ID, World
from benchmarks.reads import FIGURES, STATES, compare_with_shares
from benchmarks.reads import measure as measure_reads
from benchmarks.reads import table as reads_table
from benchmarks.run_profile import CAN_PROFILE_THREADS, profile_run
from benchmarks.world_facts import attributed
from benchmarks.writes import Writing, measure
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.ports.secret_store import Secret
from tests.integration.databases import Databases

WORLD = World(2, 150)

UNBALANCED = """
SELECT repository_id, number
FROM (
    SELECT repository_id, pr_number AS number, weight FROM pr_metrics
    UNION ALL
    SELECT repository_id, number, weight FROM pr_unattributed
) AS part
GROUP BY repository_id, number
HAVING sum(weight) <> 1
"""


@frozen
class BorrowedServer(ForWays):
    """The tests' own server, whose processor time nobody looks at."""

    databases: Databases

    def migrated(self) -> Secret:
        """Return the address of a new database with the product's schema."""
        return self.databases.create()

    def with_table(self, statement: str) -> Secret:
        """Return the address of a new database with one table."""
        url = self.databases.create_empty()
        with psycopg.connect(url.reveal(), autocommit=True) as connection:
            connection.execute(statement.encode())
        return url

    def settle(self) -> None:
        """Leave the server alone, for others use it."""

    def cpu_seconds(self) -> float:
        """Return nothing spent."""
        return 0.0


@pytest.fixture(scope="module")
def github() -> Iterator[StandIn]:
    """Two repositories of two pages each, answered at once."""
    with stand_in(WORLD, latency=0.0, small_pages_of=1) as served:
        yield served


def test_every_way_stores_the_same(github: StandIn, databases: Databases) -> None:
    """The rounds compare facts, credits and requests themselves; here they are compared with the world."""
    with collector(WORLD, github) as product:
        ways = Round(WORLD, github, BorrowedServer(databases), product)
        taken = (ways.floor(), ways.plain_floor(), ways.first_walk(), ways.first_increment(), ways.unchanged())
    assert all(one.wall_seconds > 0 and one.cpu_seconds > 0 and one.peak_bytes > 10_000_000 for one in taken)
    wanted = [
        (FIRST_ID + place, drawn.number, drawn.title, drawn.created_at, drawn.merged_at, list(drawn.labels))
        for place in range(WORLD.repositories)
        for drawn in (WORLD.draw(place, number) for number in range(1, WORLD.pull_requests + 1))
    ]
    statement = """
        SELECT repository_id, number, title, created_at, merged_at, labels
        FROM pull_requests ORDER BY repository_id, number
    """
    assert rows(ways.databases[FIRST], statement) == wanted
    assert rows(ways.databases[FLOOR], statement) == wanted
    ((shares,),) = rows(ways.databases[FIRST], "SELECT count(DISTINCT (repository_id, pr_number)) FROM pr_metrics")
    assert shares > 0.7 * WORLD.total


@pytest.mark.skipif(not CAN_PROFILE_THREADS, reason="from Python 3.12 on, a process has one profiler for all threads")
def test_a_walk_is_profiled(github: StandIn, databases: Databases) -> None:
    """The profile knows what runs in other threads, with the calls that there must have been."""
    with collector(WORLD, github) as product:
        spent = {one.function: one for one in profile_run(product, BorrowedServer(databases).migrated())}
    assert spent["payload.fact_of"].calls == WORLD.total
    assert spent["payload.fact_of"].library == "github_tracker.adapters.github_rest"


def test_a_runs_imports_are_loaded_alone(github: StandIn, databases: Databases) -> None:
    """Those of a run, not only of the program's beginning."""
    with collector(WORLD, github) as product:
        imports = run_imports(product, BorrowedServer(databases).migrated())
    # The interpreter alone takes a quarter of that.
    assert imports.peak_bytes > 44_000_000


def test_threads_that_cannot_be_profiled_are_told_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and what to do."""
    monkeypatch.setattr(collecting, "CAN_PROFILE_THREADS", False)
    monkeypatch.setattr("sys.argv", ["collecting", "--profile"])
    with pytest.raises(SystemExit):
        collecting.main()
    assert "--profile needs Python 3.11: from 3.12 on, a process has one profiler" in capsys.readouterr().err


def test_what_an_entrypoint_imports_is_counted_by_library() -> None:
    """The command line's help needs its library and no driver."""
    loaded = loaded_by(ENTRYPOINTS["`github-tracker --help`"])
    assert loaded.modules > 50
    assert {"click", "github_tracker", "the standard library"} <= set(loaded.by_library)
    assert not {"psycopg", "github"} & set(loaded.by_library)


def test_another_fact_is_noticed(databases: Databases) -> None:
    """The digest that compares the ways changes with one letter of one fact."""
    table = BorrowedServer(databases).migrated()
    fill = """
        INSERT INTO repositories (id, full_name) VALUES (1, 'Acme/Widgets');
        INSERT INTO pull_requests (
            repository_id, number, is_bot, title, state, is_draft, labels, created_at, updated_at, observed_at
        )
        VALUES (1, 1, false, 'Before', 'open', false, '[]', '2024-01-01Z', '2024-01-01Z', '2024-01-01Z')
    """
    with psycopg.connect(table.reveal(), autocommit=True) as connection:
        connection.execute(fill.encode())
        before = facts_digest(table)
        connection.execute("UPDATE pull_requests SET observed_at = '2024-01-02Z'")
        assert facts_digest(table) == before
        connection.execute("UPDATE pull_requests SET title = 'After'")
    assert facts_digest(table) != before


def test_the_newcomers_loop_sees_everything(github: StandIn) -> None:
    """It raises if it saw fewer: 30 a page, and a request to find out the repository."""
    github.served()
    run_naive(WORLD, github, repositories=1)
    expect(github.served().requests, {"list": 5, "repository": 1})


@pytest.mark.parametrize(
    "counted",
    [{"list": 6}, {"list": 3}, {"list": 4, "unknown": 1}, {"list": 4, "repository": 3}, {"list": 5, "repository": 2}],
    ids=["too many", "too few", "of another kind", "over the bound", "too many together"],
)
def test_other_requests_are_refused(counted: dict[str, int]) -> None:
    """A way that asks more or less than it must is not measured."""
    wanted: Wanted = {"list": (4, 5), "repository": (0, 2), ALL: (4, 6)}
    expect({"list": 4, "repository": 2, "304": 0}, wanted)
    with pytest.raises(DisagreementError):
        expect(counted, wanted)


def test_the_stand_in_answers_like_github(github: StandIn) -> None:
    """A page of real size, links that repeat the question, the limit, and an entity tag that spares the page."""
    asked = "state=all&sort=created&direction=asc&per_page=100"
    url = f"{github.url}/repos/{WORLD.names[0]}/pulls?{asked}"
    first = requests.get(f"{url}&page=1", timeout=10)
    entries = first.json()
    assert [entry["number"] for entry in entries] == list(range(1, 101))
    assert 15_000 < len(first.content) / len(entries) < 30_000
    assert {entry["base"]["repo"]["id"] for entry in entries} == {FIRST_ID}
    following = f"{github.url}/repositories/{FIRST_ID}/pulls?{asked}&page=2"
    assert first.headers["Link"] == f'<{following}>; rel="next", <{following}>; rel="last"'
    assert int(first.headers["X-RateLimit-Remaining"]) + int(first.headers["X-RateLimit-Used"]) == 15_000
    second = requests.get(following, timeout=10)
    assert [entry["number"] for entry in second.json()] == list(range(101, 151))
    assert set(second.links) == {"prev", "first"}
    unchanged = requests.get(f"{url}&page=1", headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["X-RateLimit-Used"] == second.headers["X-RateLimit-Used"]


def test_every_way_to_write_writes_the_same(databases: Databases) -> None:
    """Each way is checked for its facts, shares and rests; so nothing is raised, and all are there."""
    writing = Writing(BorrowedServer(databases), attributed(World(1, 120)), autocommitted=10)
    written = measure(writing, rounds=1)
    assert [one.pull_requests for (one,) in written.values()] == [10, 120, 120, 120, 120, 120]
    assert all(one.log_bytes > 1000 for name, (one,) in written.items() if not name.startswith("unchanged"))


def test_figures_are_read_in_every_state(databases: Databases) -> None:
    """Ready and touched ones are compared with the shares meanwhile; so nothing is raised, and all are there."""
    filling = Filling(shares=1000, teams=3, years=1)
    measured = measure_reads(BorrowedServer(databases), filling, reads=2, tell=lambda _text: None)
    assert measured.refresh_seconds.keys() == {"everything", "what one page touched"}
    assert all(list(states) == list(STATES) for states in measured.read_seconds.values())
    assert len(reads_table([measured, measured]).splitlines()) == 2 + len(STATES) * len(FIGURES) + 2


def test_filled_store_adds_up(databases: Databases) -> None:
    """What is measured is a store as a collection leaves it, not just any rows."""
    filling = Filling(shares=1000, teams=3, years=1)
    url = databases.create()
    fill(url, filling)
    ((facts, shares, rests),) = rows(
        url,
        "SELECT (SELECT count(*) FROM pull_requests), (SELECT count(*) FROM pr_metrics), "
        "(SELECT count(*) FROM pr_unattributed)",
    )
    assert (facts, shares, rests) == (filling.pull_requests, filling.shares, filling.pull_requests // 3)
    assert rows(url, UNBALANCED) == []
    assert rows(url, "SELECT count(DISTINCT date_trunc('month', created_at)) FROM pull_requests") == [(12,)]


@pytest.mark.parametrize("table", ["team_weeks", "team_months", "rest_weeks", "rest_months"])
def test_view_that_differs_from_the_shares_is_noticed(databases: Databases, table: str) -> None:
    """A figure that is wrong ends the measurement, however quickly it is read."""
    url = databases.create()
    fill(url, Filling(shares=200, teams=2, years=1))
    with open_database(url, pool_size=1) as database:
        list(PostgresRollups(database).refresh())
    compare_with_shares(url)
    with psycopg.connect(url.reveal()) as connection:
        connection.execute(f"UPDATE rolled_up_{table} SET prs_merged = prs_merged + 1".encode())  # noqa: S608
    with pytest.raises(ValueError, match="differs from what the shares give"):
        compare_with_shares(url)


def test_figure_that_is_told_twice_is_noticed(databases: Databases) -> None:
    """As it would be if a touched bucket were computed and the one that is rolled up not left out."""
    url = databases.create()
    fill(url, Filling(shares=200, teams=2, years=1))
    with open_database(url, pool_size=1) as database:
        list(PostgresRollups(database).refresh())
    with psycopg.connect(url.reveal()) as connection:
        connection.execute("ALTER VIEW view_unattributed_velocity RENAME TO once")
        connection.execute("CREATE VIEW view_unattributed_velocity AS TABLE once UNION ALL TABLE once")
    with pytest.raises(ValueError, match="view_unattributed_velocity differs"):
        compare_with_shares(url)
