"""`github-tracker status` as its user meets it."""

from collections.abc import Iterator

import pytest

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
    assert line.run("status", "--json").json == {"latest_run": None, "repositories": []}

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


def test_deferred_repository_says_that_it_is_unfinished(organised: World) -> None:
    """What stopped it stands beside it; the run after that ends it."""
    assert organised.line.run("collect", "--full", "--deadline", "0").code == 3
    status = organised.line.run("status")
    assert (status.code, status.out.count(" deadline\n") >= 1) == (3, True)
    assert "deferred (deadline): no time left; the next run goes on from here" in status.out
    organised.line.succeed("collect")
    assert organised.line.run("status").code == 0
