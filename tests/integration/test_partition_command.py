"""`github-tracker db partition`, as an operator meets it: told, done, done again, collected into, pruned."""

from collections.abc import Iterator

import pytest

from tests.integration.collected_world import World, world


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected."""
    with world() as made:
        made.line.succeed("collect")
        yield made


def test_store_is_partitioned_and_goes_on_as_before(collected: World) -> None:
    """Collecting, verifying, reporting and pruning notice nothing."""
    line = collected.line
    figures = line.succeed("report", "lead-time", "--format", "csv").rows
    told = line.succeed("db", "partition", "--by", "month", "--dry-run").out
    assert told.startswith(f"Into partitions by month: {len(collected.served())} pull requests and ")
    assert told.endswith("Nothing was changed.\n")

    done = line.succeed("db", "partition", "--by", "month").out
    assert done == told.removesuffix("Nothing was changed.\n")
    days = sorted(pull["created_at"] for _, pull in collected.served())
    for day in (days[0], days[-1]):
        assert f"pull_requests_{day[:7].replace('-', '_')}, pr_metrics_{day[:7].replace('-', '_')}" in done
    assert line.succeed("db", "partition").out == (
        "Nothing to do: the store is partitioned by month, and no partition is due.\n"
    )
    refused = line.run("db", "partition", "--by", "year")
    assert (refused.code, refused.out) == (2, "")
    assert "month, which the store has already" in refused.err

    assert line.succeed("report", "lead-time", "--format", "csv").rows == figures
    again = line.succeed("collect", "--full", "--json").json
    assert (again["outcome"], again["facts_changed"]) == ("complete", 0)
    assert line.succeed("verify", "--json").json["is_sound"]
    floor = f"{days[-1][:7]}-01"
    planned = line.succeed("prune", "--older-than", floor, "--dry-run", "--json").json
    pruned = line.succeed("prune", "--older-than", floor, "--yes", "--json").json
    assert pruned["removed"] == planned["repositories"] != []
    assert line.succeed("verify", "--json").json["is_sound"]
