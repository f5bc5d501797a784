"""`github-tracker status` as its user meets it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.planned_runs import PostgresPlannedRuns
from github_tracker.domain.planned_run import Planning, RunPart
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.secret_store import Secret
from tests.integration.collected_world import World, world


@pytest.fixture(scope="module")
def organised() -> Iterator[World]:
    """A small organisation of which nothing is collected yet."""
    with world() as made:
        yield made


def test_status_follows_the_collection(organised: World) -> None:
    """Nothing, partial, complete: in words and as JSON, always with the exit code of the last run."""
    line, names = organised.line, organised.names
    before = line.run("status")
    assert (before.code, before.out) == (3, "No run has ended yet: `github-tracker collect` makes one.\n")
    assert line.run("status", "--json").json == {"latest_run": None, "repositories": [], "under_way": []}

    partly = line.given(REPOSITORIES=f"{names[0]},acme/gone").run("collect", "--json")
    assert partly.code == 3
    status = line.run("status")
    assert (status.code, status.err) == (3, "")
    assert "acme/gone: failed (unavailable): repository acme/gone: not found (404)" in status.out
    assert "Last run partial, " in status.out
    assert ": 1 complete, 1 failed." in status.out
    told = line.run("status", "--json")
    assert (told.code, told.json["latest_run"]) == (3, partly.json)
    assert [entry["name"] for entry in told.json["repositories"]] == [names[0]]

    line.succeed("collect")
    told = line.succeed("status", "--json")
    assert [entry["name"] for entry in told.json["repositories"]] == sorted(names, key=str.lower)
    assert {entry["is_unfinished"] for entry in told.json["repositories"]} == {False}
    newest = {name: max(pull["updated_at"] for served, pull in organised.served() if served == name) for name in names}
    watermarks = {entry["name"]: entry["watermark"] for entry in told.json["repositories"]}
    assert {name: text.replace("+00:00", "Z") for name, text in watermarks.items()} == newest
    assert "Last run complete, " in line.succeed("status").out


def test_run_that_workers_share_is_shown_while_it_lasts(organised: World) -> None:
    """How far it has come, in words and as JSON; the last run that ended stays the last."""
    line = organised.line
    line.succeed("collect")
    run, planned_at = UUID(int=1), datetime.now(UTC) - timedelta(minutes=5)
    with open_database(Secret(line.succeed("db", "url").out.strip()), pool_size=1) as database:
        runs = PostgresPlannedRuns(database)
        runs.begin(Planning(run, planned_at, ("acme/a", "acme/b", "acme/c")))
        runs.add_part(run, RunPart(RepositoryReport("acme/b", Outcome.COMPLETE), planned_at, is_over=True))
        told = line.succeed("status")
        assert "A run that workers share is under way since 5 minutes: 1 of 3 are done.\n" in told.out
        assert "Last run complete, " in told.out
        (shown,) = line.succeed("status", "--json").json["under_way"]
        assert (shown["run"], shown["repositories"], shown["pending"]) == (str(run), 3, ["acme/a", "acme/c"])
        runs.close(run)
    assert line.succeed("status", "--json").json["under_way"] == []


def test_deferred_repository_says_that_it_is_unfinished(organised: World) -> None:
    """What stopped it stands beside it; the run after that ends it."""
    assert organised.line.run("collect", "--full", "--deadline", "0").code == 3
    status = organised.line.run("status")
    assert (status.code, status.out.count(" deadline\n") >= 1) == (3, True)
    assert "deferred (deadline): no time left; the next run goes on from here" in status.out
    organised.line.succeed("collect")
    assert organised.line.run("status").code == 0
