"""Replaying history from outside: reattribute, what-if, --as-known-at and the roster's history."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.collected_world import World, expected_shares, shares_of, world
from tests.integration.command_line import Ended, on_terminal


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected; to be read, and left as it is."""
    with world() as made:
        made.line.succeed("collect")
        yield made


@pytest.fixture
def changeable(collected: World) -> Iterator[World]:
    """The same for tests that put another roster or policy in force; the first one is put back afterwards."""
    yield collected
    collected.line.given(ATTRIBUTION_RULE="created", REPORT_TIME_ZONE="UTC", BOT_PATTERNS="").succeed("roster", "sync")


def edited(world: World) -> Path:
    """Write the roster with a lower weight, an earlier leaving, and one member in another team from March on."""
    roster = world.roster
    checkout, mobile, storefront = (team["members"] for team in roster["teams"])
    storefront[2]["allocation_weight"] = Decimal("0.25")
    mobile[1]["left_at"] = "2026-03-01T12:00:00+00:00"
    moving = checkout[3]
    storefront.append({**moving, "joined_at": "2026-03-01T00:00:00+00:00", "left_at": None})
    moving["left_at"] = "2026-03-01T00:00:00+00:00"
    return world.write_roster("edited.json", roster)


def figures_of(world: World) -> tuple[Any, ...]:
    """Return every figure that readers see, decoded."""
    kinds = ("velocity", "lead-time", "unattributed", "shares")
    return tuple(world.line.succeed("report", kind, "--format", "json").json for kind in kinds)


def undone(ended: Ended) -> Any:  # decoded JSON
    """Return what a command printed, without what differs between a dry run and the real one."""
    return {name: value for name, value in ended.json.items() if name not in ("dry_run", "roster_version")}


def total_of(side: Any) -> Decimal:  # decoded JSON
    """Return what teams and the rest add up to."""
    return Decimal(side["earned"]) + sum(map(Decimal, side["unattributed"].values()))


def test_dry_run_tells_what_then_happens(changeable: World) -> None:
    """The dry run writes nothing; the real one prints the same, and the shares are those computed by brute force."""
    path, first, requests = edited(changeable), figures_of(changeable), changeable.github.requests
    versions = len(changeable.line.succeed("roster", "history", "--json").json)
    dry = changeable.line.succeed("reattribute", "--roster", str(path), "--dry-run", "--json")
    assert figures_of(changeable) == first
    assert len(changeable.line.succeed("roster", "history", "--json").json) == versions
    real = changeable.line.succeed("reattribute", "--roster", str(path), "--json")
    assert undone(real) == undone(dry)
    assert (dry.json["dry_run"], dry.json["roster_version"]) == (True, None)
    assert (real.json["dry_run"], real.json["roster_version"]) == (False, real.json["roster_version_before"] + 1)
    assert changeable.github.requests == requests
    assert len(real.json["memberships"]) == 4
    in_force = changeable.line.succeed("roster", "show", "--json").json
    assert shares_of(changeable.line) == expected_shares(in_force, changeable.served())


def test_told_changes_lead_from_the_old_figures_to_the_new_ones(changeable: World) -> None:
    """Weeks, months and rests as the reports had them, with the changes put in, are what the reports then have."""
    before = figures_of(changeable)
    told = changeable.line.succeed("reattribute", "--roster", str(edited(changeable)), "--json").json
    after = figures_of(changeable)
    assert told["weeks"]
    assert told["months"]
    assert told["unattributed"]
    for place, name, keys in (
        (0, "weeks", ("team", "week")),
        (1, "months", ("team", "month")),
        (2, "unattributed", ("week", "reason")),
    ):
        old, new = ({tuple(row[key] for key in keys): row for row in side[place]["rows"]} for side in (before, after))
        for change in told[name]:
            cell = tuple(change[key] for key in keys)
            assert rounded(old.pop(cell, None), keys) == rounded(change["before"], keys)
            if change["after"] is not None:
                old[cell] = {**dict(zip(keys, cell, strict=True)), **change["after"]}
        assert {cell: rounded(row, keys) for cell, row in old.items()} == {
            cell: rounded(row, keys) for cell, row in new.items()
        }


def rounded(row: Any, keys: tuple[str, ...]) -> Any:  # decoded JSON
    """Return a row without its keys; hours as far as the database's own precision goes."""
    if row is None:
        return None
    return {
        name: round(value, 5) if isinstance(value, Decimal) else value
        for name, value in row.items()
        if name not in keys
    }


def test_rule_alone_keeps_the_roster_and_says_what_is_still_set(changeable: World) -> None:
    """The rule that is set elsewhere would come back with the next collection, which is told."""
    line = changeable.line.given(ATTRIBUTION_RULE="created")
    told = line.succeed("reattribute", "--rule", "merged")
    assert "rule created -> merged: the teams at the time of merging earn" in told.out
    assert "ATTRIBUTION_RULE is created" in told.err
    assert {row["rule"] for row in line.succeed("report", "shares", "--format", "csv").rows} == {"merged"}
    again = changeable.line.succeed("reattribute")
    assert again.out.startswith("Nothing to do: roster version ")
    assert again.err == ""


def test_roster_alone_keeps_the_stored_rule(changeable: World) -> None:
    """ATTRIBUTION_RULE is not set."""
    changeable.line.succeed("reattribute", "--rule", "effort")
    told = changeable.line.succeed("reattribute", "--roster", str(edited(changeable)), "--json")
    assert (told.json["policy"]["before"]["rule"], told.json["policy"]["after"]["rule"]) == ("effort", "effort")
    assert "TEAM_CONFIG_FILE" in told.err


def test_summary_names_changes_moves_and_sums(collected: World) -> None:
    """What a manager reads: who changes, which figures, from where to where, and that the sums add up."""
    out = collected.line.succeed("reattribute", "--roster", str(edited(collected)), "--dry-run").out
    told = collected.line.succeed("reattribute", "--roster", str(edited(collected)), "--dry-run", "--json").json
    merged = told["totals"]["before"]["prs_merged"]
    version = told["roster_version_before"]
    assert out.startswith(f"Dry run, nothing was written. Roster version {version} would change:\n")
    assert "\n  eklundm92 in Storefront: weight 0.8 -> 0.25\n" in out
    assert f"Moves: {told['totals']['prs_moved']} merged pull requests" in out
    assert f"Velocity changes in {len(told['weeks'])} team-weeks" in out
    assert f"no team {told_sum(told['totals']['before'])}, of {merged} merged pull requests;" in out
    assert f"In all, {told['totals']['prs_changed']} of 250 stored pull requests get other shares" in out


def told_sum(side: Any) -> Decimal:  # decoded JSON
    """Return what no team earned."""
    return sum(map(Decimal, side["unattributed"].values()), Decimal(0))


def test_summary_fits_a_narrow_terminal(collected: World) -> None:
    """No line is longer than the terminal is wide."""
    for words in (["reattribute", "--dry-run"], ["what-if"]):
        out = on_terminal(collected.line, 80, *words, "--roster", str(edited(collected)))
        tables = [line for line in out.splitlines() if line.startswith(("Checkout", "Mobile", "(together)"))]
        assert tables
        assert max(map(len, tables)) <= 80


def test_what_if_writes_nothing_and_adds_up(collected: World) -> None:
    """Both sides, teams and rest together, are the pull requests that merged in the time."""
    first = figures_of(collected)
    words = ("--roster", str(edited(collected)), "--rule", "effort", "--from", "2026-03-02", "--to", "2026-05-01")
    tried = collected.line.succeed("what-if", *words, "--json").json
    assert figures_of(collected) == first
    merged = [
        pull
        for _, pull in collected.served()
        if pull["merged_at"] and "2026-03-02" <= pull["merged_at"][:10] < "2026-05-01"
    ]
    of_people = [pull for pull in merged if not pull["user"] or pull["user"]["type"] != "Bot"]
    assert 0 < len(of_people) < len(merged)
    totals = tried["totals"]
    assert totals["prs_compared"] == len(merged)
    for side in ("before", "after"):
        assert total_of(totals[side]) == totals[side]["prs_merged"] == len(of_people)
    assert totals["before"] != totals["after"]
    assert tried["allocated_at"] == "2026-04-30T23:59:59.999999+00:00"
    out = collected.line.succeed("what-if", *words).out
    assert "Compared over pull requests merged from 2026-03-02 and before 2026-05-01." in out
    assert f"of {len(of_people)} merged pull requests (bots left out)." in out


def test_what_if_without_a_proposal_is_refused(collected: World) -> None:
    """As are days that end before they begin, and a file that is no roster."""
    nothing = collected.line.run("what-if")
    assert (nothing.code, "give --roster FILE, --rule, or both" in nothing.err) == (2, True)
    days = collected.line.run("what-if", "--rule", "merged", "--from", "2026-03-01", "--to", "2026-03-01")
    assert (days.code, "'--from'" in days.err) == (2, True)
    path = collected.write_roster("broken.json", {"teams": [{"name": ""}]})
    for command in ("what-if", "reattribute"):
        broken = collected.line.run(command, "--roster", str(path))
        assert (broken.code, "teams[0].name" in broken.err) == (2, True)


@pytest.mark.parametrize(
    ("kind", "form"),
    [("velocity", "json"), ("velocity", "table"), ("lead-time", "csv"), ("unattributed", "json")],
)
def test_as_known_now_is_what_is_stored(collected: World, kind: str, form: str) -> None:
    """In each format; only the basis says that it is computed."""
    stored = collected.line.succeed("report", kind, "--format", form)
    known = collected.line.succeed("report", kind, "--format", form, "--as-known-at", "2100-01-01")
    if form == "json":
        assert known.json == {**stored.json, "as_known_at": "2100-01-01T00:00:00+00:00"}
    elif form == "table":
        *lines, basis = known.out.splitlines()
        assert lines == stored.out.splitlines()
        assert basis.startswith("As known at 2100-01-01T00:00:00+00:00: ")
        assert "newer ones included" in basis
    else:
        assert known.out == stored.out


def test_as_known_then_is_what_was_stored_then(changeable: World) -> None:
    """Before and after another roster, rule and time zone came into force; an offset names the same instant."""
    line = changeable.line
    before = line.succeed("report", "velocity", "--format", "csv").out
    elsewhere = line.given(REPORT_TIME_ZONE="Asia/Tokyo")
    elsewhere.succeed("reattribute", "--roster", str(edited(changeable)), "--rule", "merged")
    after = line.succeed("report", "velocity", "--format", "csv").out
    assert after != before
    latest = datetime.fromisoformat(line.succeed("roster", "history", "--json").json[0]["recorded_at"])
    just_before = latest - timedelta(microseconds=1)
    for instant, wanted in ((latest, after), (just_before, before)):
        text = instant.astimezone(timezone(timedelta(hours=2))).isoformat()
        assert line.succeed("report", "velocity", "--format", "csv", "--as-known-at", text).out == wanted


@pytest.mark.parametrize(
    ("instant", "wanted"),
    [
        ("2026-05-01T12:00", "'--as-known-at': found '2026-05-01T12:00', wanted an instant with its offset"),
        ("yesterday", "'--as-known-at': found 'yesterday'"),
        ("2001-01-01", "as-known-at: no roster was in force at 2001-01-01T00:00:00+00:00; the first one came at 2"),
    ],
)
def test_instant_that_names_no_roster_is_refused(collected: World, instant: str, wanted: str) -> None:
    """Naive ones, words, and those before the first roster; the option is named."""
    refused = collected.line.run("report", "lead-time", "--as-known-at", instant)
    assert (refused.code, refused.out) == (2, "")
    assert wanted in refused.err


def test_history_tells_who_changed_what_and_when(changeable: World) -> None:
    """The latest version first, in words and as JSON; the first one brought every membership."""
    changeable.line.succeed("reattribute", "--roster", str(edited(changeable)), "--rule", "merged")
    out = changeable.line.succeed("roster", "history").out
    latest, *_, first = changeable.line.succeed("roster", "history", "--json").json
    recorded = datetime.fromisoformat(latest["recorded_at"])
    assert out.startswith(f"Version {latest['version']}, {recorded:%Y-%m-%d %H:%M:%S} UTC, by command line, ")
    head = out.partition("Version ")[2].partition("Version ")[0]
    assert "1 membership added, 3 memberships changed:" in head
    assert "eklundm92 in Storefront: weight 0.8 -> 0.25" in head
    assert "rule created -> merged" in head
    assert (latest["policy"]["before"]["rule"], latest["policy"]["after"]["rule"]) == ("created", "merged")
    assert (first["version"], len(first["memberships"])) == (1, 12)
    assert all(change["before"] is None for change in first["memberships"])
    assert len(first["teams"]["added"]) == 3
