"""The roster without a file, from outside: edits, exports, and the roster as it was at one instant."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_edit import RosterEdit
from tests.contracts.edits import assert_edits_end_where_the_last_roster_leads
from tests.integration.collected_world import World, expected_shares, shares_of, world
from tests.integration.command_line import CommandLine, ended
from tests.integration.databases import Databases
from tests.integration.postgres_store import empty_postgres_store
from tests.strategies import over_allocated_rosters, policies, pull_request_lists, roster_edits, rosters


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected by its roster file."""
    with world() as made:
        made.line.succeed("collect")
        yield made


@pytest.fixture
def line(collected: World) -> Iterator[CommandLine]:
    """The command line without a roster file; what it changes is put back afterwards."""
    yield collected.line.without("TEAM_CONFIG_FILE")
    collected.line.succeed("roster", "sync")


def version_of(line: CommandLine) -> int:
    """Return the number of the roster version in force."""
    version: int = line.succeed("roster", "history", "--json").json[0]["version"]
    return version


def a_member(collected: World) -> tuple[str, Any]:
    """Return a team and its first member who is there for the whole time, and in no other team."""
    members = [(team["name"], member) for team in collected.roster["teams"] for member in team["members"]]
    names = [member["username"] for _, member in members]
    return next(
        (team, member)
        for team, member in members
        if member["joined_at"] is member["left_at"] is None and names.count(member["username"]) == 1
    )


def test_edits_are_followed_by_the_shares(collected: World, line: CommandLine) -> None:
    """Each one's dry run tells what it then does; the shares in the end are those computed by brute force."""
    team, member = a_member(collected)
    login, other = member["username"], next(one["name"] for one in collected.roster["teams"] if one["name"] != team)
    requests, version = collected.github.requests, version_of(line)
    edits: list[list[str]] = [
        ["reweigh", team, login.upper(), "0.25", "--at", "2026-03-01T01:00:00+01:00"],
        ["join", other, login, "--weight", "0.5", "--from", "2026-03-01", "--until", "2026-05-01T00:00:00.000001Z"],
        ["leave", team, login, "--at", "2026-04-01"],
        ["rename", login, "renamed"],
        ["join", "Brand New", login, "--from", "2026-06-01", "--new-team"],
    ]
    for edit in edits:
        dry = line.succeed("roster", *edit, "--dry-run", "--json").json
        real = line.succeed("roster", *edit, "--json").json
        assert (dry.pop("dry_run"), dry.pop("roster_version")) == (True, None)
        version += 1
        assert (real.pop("dry_run"), real.pop("roster_version")) == (False, version)
        assert real == dry
        assert real["memberships"]
    assert collected.github.requests == requests
    in_force = line.succeed("roster", "show", "--json").json
    assert shares_of(line) == expected_shares(in_force, collected.served())
    windows = [
        (one["name"], *(entry[name] for name in ("username", "aliases", "allocation_weight", "joined_at", "left_at")))
        for one in in_force["teams"]
        for entry in one["members"]
        if login in (entry["username"], *entry["aliases"])
    ]
    march, april, june = (f"2026-0{month}-01T00:00:00+00:00" for month in (3, 4, 6))
    assert sorted(windows, key=str) == sorted(
        [
            (team, "renamed", [login], member["allocation_weight"], None, march),
            (team, "renamed", [login], Decimal("0.25"), march, april),
            (other, "renamed", [login], Decimal("0.5"), march, "2026-05-01T00:00:00.000001+00:00"),
            ("Brand New", "renamed", [login], 1, june, None),
        ],
        key=str,
    )
    latest, *_ = line.succeed("roster", "history", "--json").json
    assert latest["changed_by"].startswith("command line, ")


def test_run_without_a_roster_file_keeps_the_edit(collected: World, line: CommandLine) -> None:
    """The database is the source of the roster."""
    team, member = a_member(collected)
    line.succeed("roster", "leave", team, member["username"], "--at", "2026-03-01")
    version = version_of(line)
    line.succeed("collect")
    assert version_of(line) == version
    assert "Nothing to do" in line.succeed("roster", "leave", team, member["username"], "--at", "2026-03-01").out


def test_edit_beside_a_configured_file_is_refused(collected: World, line: CommandLine) -> None:
    """It would be undone by the next run; --even-so makes it, tells so, and the next run does so."""
    team, member = a_member(collected)
    edit = ("roster", "leave", team, member["username"], "--at", "2026-03-01")
    version = version_of(line)
    refused = collected.line.run(*edit)
    assert (refused.code, refused.out) == (2, "")
    assert "TEAM_CONFIG_FILE or TEAM_CONFIG_JSON: found a roster" in refused.err
    assert "the next collection puts that in force" in collected.line.succeed(*edit, "--dry-run").err
    assert version_of(line) == version
    assert "the next collection puts that in force" in collected.line.succeed(*edit, "--even-so").err
    assert version_of(line) == version + 1
    collected.line.succeed("collect")
    assert line.succeed("roster", "show", "--json").json == collected.roster


def test_faulty_edits_are_refused_with_their_reason(collected: World, line: CommandLine) -> None:
    """Exit code 2, nothing written, and the login, the team and the instant named."""
    team, member = a_member(collected)
    login = member["username"]
    version = version_of(line)
    cases = {
        ("join", team[:-1], "eve"): f"no team is named {team[:-1]!r}; is {team!r} meant?",
        ("join", team, login, "--from", "2026-03-01"): f"login {login!r} is in team {team!r} twice at 2026-03-01",
        ("join", "New", login, "--new-team", "--from", "2026-03-01"): f"login {login!r} is allocated ",
        ("join", team, "eve", "--from", "2026-03-01", "--until", "2026-03-01"): "left_at: wanted an instant after",
        ("leave", team, f"{login}x", "--at", "2026-03-01"): f"was never in team {team!r}; is {login!r} meant?",
        ("leave", team, login, "--at", "2026-03-01T12:00"): "'--at': found '2026-03-01T12:00', wanted an instant with",
        ("leave", team, login): "Missing option '--at'",
        ("reweigh", team, login, "1.5", "--at", "2026-03-01"): "found '1.5', wanted an exact decimal from 0 to 1",
        ("reweigh", team, login, "half", "--at", "2026-03-01"): "found 'half', wanted a number from 0 to 1",
        ("rename", "nobody", "somebody"): "login 'nobody' stands on no entry of the roster",
    }
    for edit, wanted in cases.items():
        refused = line.run("roster", *edit)
        assert (refused.code, refused.out) == (2, ""), edit
        assert wanted in refused.err
        assert "Traceback" not in refused.err
    assert line.run("roster", *next(iter(cases)), "--dry-run").code == 2
    assert version_of(line) == version


def test_two_edits_at_once_both_come_into_force(line: CommandLine, collected: World) -> None:
    """Two processes; neither undoes the other's."""
    team, _ = a_member(collected)
    version = version_of(line)
    started = [line.start("roster", "join", team, login) for login in ("eve", "mallory")]
    for process in started:
        result = ended(process)
        assert result.code == 0 or "is in force, but a later one came" in result.err
    teams = line.succeed("roster", "show", "--json").json["teams"]
    (members,) = [one["members"] for one in teams if one["name"] == team]
    assert {"eve", "mallory"} <= {member["username"] for member in members}
    assert version_of(line) == version + 2


@pytest.mark.parametrize("form", ["json", "toml"])
def test_export_can_become_the_file(line: CommandLine, form: str) -> None:
    """Written to the standard output or to a file, it is no change when it is put in force."""
    line.succeed("roster", "join", "Brand New", "eve", "--until", "2026-05-01T00:00:00.000001Z", "--new-team")
    version, path = version_of(line), line.folder / f"exported-{form}.{form}"
    told = line.succeed("roster", "export", str(path)).out
    assert told.startswith(f"Roster version {version} is written to ")
    assert line.succeed("roster", "export", "--format", form).out == path.read_text(encoding="utf-8")
    assert "Nothing to do" in line.succeed("roster", "sync", str(path)).out
    assert version_of(line) == version
    refused = line.run("roster", "export", str(path))
    assert (refused.code, "a file that is there already" in refused.err) == (2, True)
    line.succeed("roster", "export", str(path), "--overwrite")
    other = "json" if form == "toml" else "toml"
    for arguments in ([str(line.folder / "a.yaml")], [str(line.folder / f"b.{form}"), "--format", other]):
        assert line.run("roster", "export", *arguments).code == 2


def test_roster_at_an_instant_is_who_was_there(collected: World, line: CommandLine) -> None:
    """Windows are half-open; each person's weights and each team's are added up (R1)."""
    team, member = a_member(collected)
    login, weight = member["username"], member["allocation_weight"]
    line.succeed("roster", "reweigh", team, login, "0.25", "--at", "2026-03-01")
    for instant, wanted in (("2026-02-28T23:59:59.999999Z", weight), ("2026-03-01T01:00:00+01:00", Decimal("0.25"))):
        shown = line.succeed("roster", "show", "--at", instant, "--json").json
        (own,) = [one for one in shown["people"] if one["username"] == login]
        assert (Decimal(own["allocated"]), [one["team"] for one in own["teams"]]) == (wanted, [team])
        sums: dict[str, Decimal] = {one["name"]: Decimal(0) for one in collected.roster["teams"]}
        for entry in shown["memberships"]:
            sums[entry["team"]] += Decimal(entry["allocation_weight"])
        assert {one["team"]: Decimal(one["allocated"]) for one in shown["teams"]} == sums
        assert sum(Decimal(one["allocated"]) for one in shown["people"]) == sum(sums.values())
        told = line.succeed("roster", "show", "--at", instant).out
        assert f"of {len(shown['people'])} people held." in told
    assert line.run("roster", "show", "--at", "2026-03-01T12:00").code == 2


def test_nothing_can_be_exported_where_nothing_is_in_force(collected: World) -> None:
    """The demonstration's own database is empty as yet; the first join makes the first version there."""
    empty = collected.line.without("TEAM_CONFIG_FILE")
    refused = empty.run("--demo", "roster", "export")
    assert (refused.code, refused.out) == (2, "")
    assert "No roster is in force yet" in empty.succeed("--demo", "roster", "show", "--at", "2026-01-01").out
    told = empty.succeed("--demo", "roster", "join", "Core", "ada", "--new-team").out
    assert told.startswith("Roster version 1 is in force; 0 stored pull requests attributed again")
    assert "ada joins Core: weight 1, since ever, still there" in told


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rosters() | over_allocated_rosters(), policies(), pull_request_lists(), st.lists(roster_edits(), max_size=6))
def test_edits_end_where_the_last_roster_leads(
    databases: Databases,
    roster: Roster,
    policy: AttributionPolicy,
    facts: list[PullRequest],
    edits: list[RosterEdit],
) -> None:
    """Step by step or at once, the stored rows are the same."""
    with empty_postgres_store(databases) as edited, empty_postgres_store(databases) as fresh:
        assert_edits_end_where_the_last_roster_leads((edited, fresh), roster, policy, facts, edits)
