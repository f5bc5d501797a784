"""The examples as their readers run them, and the store among them under the contracts of its port."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, evolve

from examples.sqlite_store import SqliteCollectionRepository, SqliteMetricsRepository
from github_tracker.adapters.memory import MemoryRosterRepository, MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.simulation import read_scenario_file, run_scenario
from tests.contracts.memory import memory_store
from tests.contracts.metrics import MetricsContract
from tests.contracts.metrics_refusals import RefusalsContract
from tests.contracts.store import Store, facts_of, put_facts, state_of
from tests.integration.command_line import CommandLine, command_line
from tests.unit.examples import at, opened
from tools.working_tree import CHECKOUT

EXAMPLES = CHECKOUT / "examples"
SCENARIO = EXAMPLES / "scenario.toml"
DIGEST = "247222c5e13ad634847f2bf108463309880010aec17cfa11d1a24d22b0cdf9f4"


def output_of(module: str, *arguments: Path) -> list[str]:
    """Run an example to its end, which must be a good one without a word of complaint, and return its lines."""
    command = [sys.executable, "-W", "error", "-m", f"examples.{module}", *map(str, arguments)]
    ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def test_merge_requests_are_credited_to_teams() -> None:
    """Somebody moves on 9 February, a half belongs to no team, and the second run finds nothing new."""
    assert output_of("merge_requests_source", EXAMPLES / "merge_requests.jsonl", EXAMPLES / "teams.toml") == [
        "run complete: 6 new or changed",
        "run complete: 0 new or changed",
        "2026-01-12 Checkout: 1 merged",
        "2026-02-09 Checkout: 1 merged",
        "2026-02-09 Storefront: 1.5 merged",
        "2026-02-09 no team (part_time): 0.5 merged",
        "2026-02-09 no team (unknown_login): 1 merged",
    ]


def test_collection_goes_on_from_the_sqlite_file(tmp_path: Path) -> None:
    """Another process finds its checkpoints there: one request a repository besides asking for its name."""
    first = output_of("collect_into_sqlite", tmp_path / "shop.sqlite", SCENARIO)
    second = output_of("collect_into_sqlite", tmp_path / "shop.sqlite", SCENARIO)
    assert first[0] == "run complete: 253 new or changed, 7 requests"
    assert second[0] == "run complete: 0 new or changed, 6 requests"
    assert first[1:] == second[1:]
    assert first[1] == "2026-01-05 Checkout: 6.5 merged"


@define(eq=False)
class FileView(MemoryStore):
    """Shows readers what stands in the file."""

    metrics: SqliteMetricsRepository | None = None

    def in_order(self) -> Iterator[Attribution]:
        """Yield every attribution of the file."""
        if self.metrics is not None:
            yield from self.metrics.attributions()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in a file."""
    return sqlite_store(tmp_path / "store.sqlite")


def sqlite_store(file: Path) -> Store:
    """Return the store that stands in the file, put together as the contracts take it."""
    view = FileView()
    rosters = MemoryRosterRepository(view)
    view.metrics = SqliteMetricsRepository(file, rosters)
    collection = SqliteCollectionRepository(view, view.metrics)
    return evolve(memory_store(view), rosters=rosters, metrics=view.metrics, collection=collection)


class TestSqliteMetrics(MetricsContract):
    """Pages in an SQLite file."""


class TestSqliteRefusals(RefusalsContract):
    """What the file refuses."""


def test_sqlite_file_is_all_that_is_needed_to_go_on(tmp_path: Path) -> None:
    """Opened again, it has the facts and the state's version, which a page has to continue."""
    before, after = (sqlite_store(tmp_path / "store.sqlite") for _ in range(2))
    put_facts(before, opened(None, at("2024-01-01")))
    assert state_of(after).version == 1
    assert facts_of(after) == facts_of(before) != ()


@pytest.fixture(scope="module")
def line() -> Iterator[CommandLine]:
    """A command line that has never been used."""
    with command_line() as made:
        yield made


def test_scenario_is_run_from_its_file() -> None:
    """All that it promises happens in it, and its figures are the same on every machine."""
    result = run_scenario(SCENARIO)
    incidents = {(number, entry.code) for number, run in enumerate(result.runs, 1) for entry in run.repositories}
    assert {incident for incident in incidents if incident[1]} == {
        (3, "transient"),
        (20, "limited"),
        (30, "unavailable"),
    }
    assert {rest.reason.value for rest in result.velocity.unattributed} == {"part_time", "unknown_login", "left_before"}
    assert result.missing == ()
    assert result.digest == DIGEST


def test_simulate_prints_reports_runs_and_whether_the_sums_add_up(line: CommandLine) -> None:
    """Without a database, so that nothing is left behind."""
    printed = line.succeed("simulate", str(SCENARIO)).out
    assert "253 pull requests in 3 repositories, 2 teams and 4 people on the roster, seed 7." in printed
    assert "84 runs: 81 complete, 3 partial; 290 requests to GitHub." in printed
    assert "run 3, 2026-01-08 00:00: acme/storefront: failed (transient)" in printed
    assert "The sums add up: teams earned 165.5, 19.5 belong to no team, 185 pull requests were merged" in printed
    assert "The store holds every pull request as it is." in printed
    assert list(line.folder.iterdir()) == []


def test_simulate_writes_the_same_as_json(line: CommandLine) -> None:
    """For programs in other languages: every figure, every run, and the digest."""
    document = line.succeed("simulate", str(SCENARIO), "--json").json
    assert document["digest"] == DIGEST
    assert document["conservation"] == {"earned": "165.5", "lost": "19.5", "merged": 185, "holds": True}
    assert sum(row["prs_merged"] for row in document["velocity"]["rows"]) > 185
    assert {row["team"] for row in document["lead_time"]["rows"]} == {"Checkout", "Storefront"}
    assert len(document["runs"]) == 84
    assert line.succeed("simulate", str(SCENARIO), "--json", "--seed", "7").json == document
    assert line.succeed("simulate", str(SCENARIO), "--json", "--seed", "8").json["digest"] != DIGEST


def test_simulate_ends_with_the_exit_code_of_the_last_run(line: CommandLine) -> None:
    """A repository that never answers leaves the last run partial, and what is missing is counted."""
    text = SCENARIO.read_text(encoding="utf-8")
    (line.folder / "broken.toml").write_text(f'{text}\n[[faults]]\nrepository = "acme/apps"\nkind = "unavailable"\n')
    ended = line.run("simulate", "broken.toml")
    assert ended.code == 3
    assert "and 66 more" in ended.out
    assert "The store lacks" in ended.out


def test_simulate_tells_every_fault_of_the_file(line: CommandLine) -> None:
    """With the file, the place and the value, exit code 2, and no traceback."""
    text = SCENARIO.read_text(encoding="utf-8")
    faulty = text.replace('kind = "transient"', 'kind = "odd"').replace("pull_requests_a_week = 4", "a_week = 4")
    (line.folder / "faulty.toml").write_text(faulty)
    ended = line.run("simulate", "faulty.toml")
    assert ended.code == 2
    assert "bad input, 3 faults; nothing was done" in ended.err
    assert "faulty.toml: faults[0].kind: found 'odd', wanted 'transient'" in ended.err
    assert "faulty.toml: people[0].a_week: found 4, wanted only the fields" in ended.err
    assert "faulty.toml: people[0].pull_requests_a_week: found nothing" in ended.err
    assert "Traceback" not in ended.err


def test_simulate_names_a_file_that_is_not_there(line: CommandLine) -> None:
    """Once."""
    ended = line.run("simulate", "nowhere.toml")
    assert ended.code == 2
    assert ended.err.count("nowhere.toml") == 1


def test_file_of_another_ending_is_refused(tmp_path: Path) -> None:
    """As a roster would be."""
    with pytest.raises(BadInputError, match=r"the ending '\.yaml', wanted \.json or \.toml"):
        read_scenario_file(tmp_path / "scenario.yaml")
