"""Pruning from the command line: rehearsed, done, kept away by collecting again, and taken back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.collected_world import World, world


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected."""
    with world() as made:
        made.line.succeed("collect")
        yield made


def lead_time(world: World) -> list[dict[str, str]]:
    """Return every team's months."""
    return world.line.succeed("report", "lead-time", "--format", "csv").rows


def ended_on(pull: Any) -> str:  # decoded JSON
    """Return the day on which it merged, else closed; nothing of one that is open."""
    return (pull["merged_at"] or pull["closed_at"] or "")[:10]


def test_old_pull_requests_go_and_stay_away(collected: World) -> None:
    """The dry run tells what then happens; a full collection brings nothing back, and verify finds nothing off."""
    line = collected.line
    days = sorted(filter(None, (ended_on(pull) for _, pull in collected.served())))
    floor = days[len(days) // 2][:8] + "15"
    old = [name for name, pull in collected.served() if "" < ended_on(pull) < floor]
    before = lead_time(collected)

    told = line.succeed("prune", "--older-than", floor, "--dry-run", "--json").json
    assert {one["repository"]["full_name"]: one["facts"] for one in told["repositories"]} == {
        name: old.count(name) for name in sorted(set(old))
    }
    assert (told["floor_before"], told["floor"], told["is_done"]) == (None, f"{floor}T00:00:00+00:00", False)
    shown = line.succeed("prune", "--older-than", floor, "--dry-run").out
    assert f"Ended before {floor}: {len(old)} pull requests with " in shown
    assert shown.endswith("Nothing was changed.\n")
    assert line.run("prune", "--older-than", floor).code == 1
    assert lead_time(collected) == before

    done = line.succeed("prune", "--older-than", floor, "--yes", "--json").json
    assert done["removed"] == told["repositories"] == done["repositories"]
    after = lead_time(collected)
    changed = {(one["team"], one["month"]) for one in told["months"]}
    assert [row for row in before if (row["team"], row["month"]) not in changed] == [
        row for row in after if (row["team"], row["month"]) not in changed
    ]
    assert {row["month"] for row in after if row["month"] < floor[:8] + "01"} == set()

    again = line.succeed("collect", "--full", "--json").json
    assert (again["facts_changed"], again["facts_dropped"]) == (0, len(old))
    assert f"before the retention floor: {len(old)} pull requests." in line.succeed("collect", "--full").out
    assert line.succeed("verify", "--json").json["facts"] == len(collected.served()) - len(old)
    assert lead_time(collected) == after
    assert "0 pull requests with 0 shares" in line.succeed("prune", "--older-than", floor, "--yes").out

    held = line.succeed("prune", "--older-than", "2001-01-01", "--yes").out
    assert "does not go back to 2001-01-01 without --reset.\nRemoved 0 pull requests" in held
    assert held.endswith(f"The retention floor is {floor}.\n")
    back = line.succeed("prune", "--older-than", "2001-01-01", "--reset", "--yes").out
    assert back.endswith("The retention floor is 2001-01-01.\n")
    assert "Everything is kept" in line.succeed("prune", "--reset", "--yes").out
    assert "There is no retention floor" in line.succeed("prune", "--reset", "--yes").out
    assert line.succeed("collect", "--full", "--json").json["facts_changed"] == len(old)
    assert lead_time(collected) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--older-than", "3"), "wanted an age such as"),
        (("--older-than", "0y"), "wanted an age such as"),
        (("--older-than", "3 y"), "wanted an age such as"),
        (("--older-than", "2024-02-30"), "wanted an age such as"),
        (("--older-than", "2024-01-01T00:00"), "wanted an age such as"),
        (("--older-than", "9999y", "--yes"), "begins after the year 1"),
        (("--older-than", "9999-01-01", "--yes"), "not yet to come"),
        ((), "--older-than"),
        (("--older-than", "3y", "--json"), "--yes"),
    ],
)
def test_bad_arguments_are_refused(collected: World, arguments: tuple[str, ...], reason: str) -> None:
    """With exit code 2, and nothing is done."""
    refused = collected.line.run("prune", *arguments)
    assert refused.code == 2
    assert reason in refused.err
    assert refused.out == ""


def test_age_is_a_floor_of_today(collected: World) -> None:
    """In the calendar, at 00:00 UTC."""
    told = collected.line.succeed("prune", "--older-than", "900y", "--dry-run", "--json").json
    floor = datetime.fromisoformat(told["floor"])
    assert (floor.hour, floor.minute, floor.utcoffset()) == (0, 0, timedelta(0))
    assert datetime.now(floor.tzinfo).year - floor.year == 900
    assert (told["repositories"], told["months"]) == ([], [])
