"""The command line from outside: what its user types, and the figures and files that come back."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.integration.collected_world import World, expected_shares, shares_of, world
from tests.integration.command_line import CommandLine, command_line
from tests.integration.page_world import answers_of

HEADINGS = {
    "velocity": "team,week,prs_merged,avg_cycle_time_hours,weighted_prs_merged,weighted_avg_cycle_time_hours",
    "lead-time": "team,month,median_lead_time_hours,p95_lead_time_hours,prs_merged,prs_timed,weighted_prs_merged,"
    "weighted_median_lead_time_hours,weighted_p95_lead_time_hours,effective_prs",
    "unattributed": "week,reason,prs_merged,weighted_prs_merged",
    "shares": "team,repository,number,author,weight,rule",
}
WRONG = {
    "GITHUB_PAT": "c4n4ry",
    "DB_URL": "postgresql://u:c4n4ry@127.0.0.1:1/nothing",
    "TEAM_CONFIG_FILE": "/nowhere/c4n4ry.json",
    "REPOSITORIES": "c4n4ry",
    "GITHUB_API_URL": "http://127.0.0.1:1/c4n4ry",
    "ATTRIBUTION_RULE": "c4n4ry",
}
"""What is set for real work, and would fail any command that reads it."""


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


@pytest.fixture(scope="module")
def demonstrated() -> Iterator[tuple[CommandLine, str]]:
    """The demonstration after its first run, with what that run printed; everything for real work is set wrongly."""
    with command_line(**WRONG) as line:
        line.without(*WRONG).succeed("db", "url")
        yield line, line.succeed("demo").out


def test_demo_shows_the_figures_that_the_documents_quote(demonstrated: tuple[CommandLine, str]) -> None:
    """Counts, requests and sums of the default organisation; nothing that is set for real work is read."""
    out = demonstrated[1]
    assert "5 teams and 28 people, with 900 pull requests in 6 repositories" in out
    assert "Run complete: 6 complete; 900 of 900 pull requests new or changed, 1043 shares changed, 10 requests" in out
    assert "teams earned 638.2, 73.8 belong to no team, 712 pull requests were merged (bots left out)." in out
    assert Decimal("638.2") + Decimal("73.8") == 712
    assert "Nothing has changed" not in out


def test_second_demo_asks_each_repository_once_and_finds_nothing(demonstrated: tuple[CommandLine, str]) -> None:
    """One request a repository, nothing written, the same figures."""
    line, first = demonstrated
    again = line.succeed("demo").out
    assert "Run complete: 6 unchanged; 0 of " in again
    assert "0 shares changed, 6 requests" in again
    assert "Nothing has changed since the last run." in again
    assert again.partition("Velocity")[2] == first.partition("Velocity")[2]


def test_demo_ends_with_a_page_that_shows_its_figures(demonstrated: tuple[CommandLine, str]) -> None:
    """In one file that is written over the next time, and says where it is."""
    line, out = demonstrated
    path = Path(out.partition("in one file that a browser opens:\n")[2].splitlines()[0].strip())
    assert path == line.folder / line.variables["DATA_FOLDER"] / "demo.html"
    answers = answers_of(path.read_text(encoding="utf-8"))
    weights = [week["weighted_prs_merged"] for team in answers["/metrics/velocity"]["teams"] for week in team["weeks"]]
    assert round(sum(map(Decimal, weights)), 1) == Decimal("638.2")
    path.write_text("something else", encoding="utf-8")
    line.succeed("demo")
    again = answers_of(path.read_text(encoding="utf-8"))
    assert again["/metrics/velocity"]["teams"] == answers["/metrics/velocity"]["teams"]


def test_another_organisation_is_not_mixed_into_the_first(demonstrated: tuple[CommandLine, str]) -> None:
    """Its sums are of its own pull requests only, and --demo still shows the first one's."""
    line, _ = demonstrated
    other = line.succeed("demo", "--seed", "7", "--teams", "2", "--repositories", "1", "--pull-requests", "30").out
    assert "2 teams" in other
    assert "30 of 30 pull requests new or changed" in other
    merged = int(other.partition("belong to no team, ")[2].partition(" ")[0])
    assert 0 < merged <= 30
    rows = line.succeed("--demo", "report", "unattributed", "--format", "csv").rows
    assert sum(Decimal(row["weighted_prs_merged"]) for row in rows) == Decimal("73.8")


def test_demo_option_runs_any_command_on_the_demonstration(demonstrated: tuple[CommandLine, str]) -> None:
    """Reports, the roster and a collection; none of them reads what is set for real work, and none shows it."""
    line, _ = demonstrated
    velocity = line.succeed("--demo", "report", "velocity", "--format", "json")
    assert sum(Decimal(row["weighted_prs_merged"]) for row in velocity.json["rows"]) == Decimal("638.2")
    assert line.succeed("--demo", "roster", "show").out.count("\n") > 35
    report = line.succeed("--demo", "collect", "--json").json
    assert (report["outcome"], report["requests"], report["facts_changed"]) == ("complete", 6, 0)
    refused = line.run("report", "velocity")
    assert refused.code == 2
    assert "c4n4ry" not in velocity.out + velocity.err + refused.out


def test_shares_equal_those_computed_by_brute_force(collected: World) -> None:
    """Every line, from the pull requests as GitHub serves them and the roster file, under the published heading."""
    expected = expected_shares(collected.roster, collected.served())
    assert {weight for *_, weight, _ in expected} == {"1", "0.8", "0.5"}
    assert len(expected) > 100
    assert shares_of(collected.line) == expected
    out = collected.line.succeed("report", "shares", "--format", "csv").out
    assert out.splitlines()[0] == "team,repository,number,author,weight,rule"


def test_velocity_and_unattributed_add_up_to_all_merged(collected: World) -> None:
    """Weighted velocity of all teams plus the unattributed one is the number of merged pull requests, bots left out."""
    report = collected.line.succeed("report", "velocity", "--format", "json").json
    figures = [Decimal(row["weighted_prs_merged"]) for row in [*report["rows"], *report["unattributed"]]]
    merged = [pull for _, pull in collected.served() if pull["merged_at"]]
    by_bots = [pull for pull in merged if pull["user"] and pull["user"]["type"] == "Bot"]
    assert by_bots
    assert sum(figures) == len(merged) - len(by_bots)
    assert (report["rule"], report["time_zone"], report["roster_version"] > 0) == ("created", "UTC", True)


@pytest.mark.parametrize("kind", HEADINGS)
def test_report_says_the_same_in_every_format(collected: World, kind: str) -> None:
    """CSV with the published heading, JSON with the same rows, and a table with as many lines."""
    table, text, document = (
        collected.line.succeed("report", kind, "--format", form) for form in ("table", "csv", "json")
    )
    assert text.out.splitlines()[0] == HEADINGS[kind]
    assert text.rows
    assert [list(row) for row in document.json["rows"]] == [list(row) for row in text.rows]
    for written, decoded in zip(text.rows, document.json["rows"], strict=True):
        assert {name: as_number(value) for name, value in written.items()} == {
            name: as_number(value) for name, value in decoded.items()
        }
    last = str(text.rows[-1][HEADINGS[kind].split(",")[1]])
    assert any(last.removesuffix("-01") in line for line in table.out.splitlines())
    assert len(table.out.splitlines()) > len(text.rows)


def as_number(value: object) -> object:
    """Return a figure as a number however it was written, and anything else as text."""
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return "" if value is None else str(value)


def test_report_keeps_to_one_team_and_a_stretch_of_days(collected: World) -> None:
    """--from counts and --to does not; days are those of creation for shares, Mondays for weeks."""
    expected = expected_shares(collected.roster, collected.served())
    created = {(name, str(pull["number"])): pull["created_at"][:10] for name, pull in collected.served()}
    since, until = sorted(created.values())[60], sorted(created.values())[180]
    wanted = {row for row in expected if row[0] == "Mobile" and since <= created[row[1], row[2]] < until}
    assert 0 < len(wanted) < len(expected)
    assert shares_of(collected.line, "--team", "Mobile", "--from", since, "--to", until) == wanted
    days = ("--from", "2026-03-02", "--to", "2026-03-16")
    weeks = collected.line.succeed("report", "velocity", "--format", "csv", *days).rows
    assert {row["week"] for row in weeks} == {"2026-03-02", "2026-03-09"}


def test_roster_in_toml_is_the_same_roster(collected: World) -> None:
    """Nothing is put in force, and each repository is asked once."""
    path = collected.write_roster("teams.toml", collected.roster)
    before = collected.github.requests
    result = collected.line.given(TEAM_CONFIG_FILE=str(path)).succeed("collect")
    assert "roster version" not in result.err
    assert "Nothing has changed since the last run." in result.out
    assert collected.github.requests - before == len(collected.names)


def test_shown_roster_is_a_roster_file(collected: World) -> None:
    """What show --json prints passes the check and is the roster that was put in force."""
    shown = collected.line.succeed("roster", "show", "--json")
    assert shown.json == collected.roster
    path = collected.write_roster("shown.json", shown.json)
    checked = collected.line.succeed("roster", "check", str(path))
    assert checked.out == "The roster is sound: 3 teams, 10 people, 12 memberships.\n"
    again = collected.line.succeed("roster", "sync", str(path))
    assert again.out.startswith("Nothing to do: roster version ")


def test_roster_of_the_settings_is_checked_without_a_file(collected: World) -> None:
    """TEAM_CONFIG_FILE, or TEAM_CONFIG_JSON; with neither, a file is asked for."""
    bare = collected.line.without("TEAM_CONFIG_FILE")
    as_json = bare.given(TEAM_CONFIG_JSON='{"teams": [{"name": "A", "members": [{"username": "al"}]}]}')
    assert "3 teams" in collected.line.succeed("roster", "check").out
    assert as_json.succeed("roster", "check").out == "The roster is sound: 1 team, 1 person, 1 membership.\n"
    neither = bare.run("roster", "check")
    assert neither.code == 2
    assert "FILE: found nothing" in neither.err


def test_edited_roster_is_followed_in_the_same_collection(changeable: World) -> None:
    """A lower weight, an earlier leaving and a missing member change old shares; GitHub is asked once a repository."""
    roster = changeable.roster
    checkout, mobile, storefront = (team["members"] for team in roster["teams"])
    storefront[2]["allocation_weight"] = Decimal("0.25")
    mobile[1]["left_at"] = "2026-03-01T12:00:00+00:00"
    del checkout[3]
    path = changeable.write_roster("edited.json", roster)
    before, first = changeable.github.requests, shares_of(changeable.line)
    result = changeable.line.given(TEAM_CONFIG_FILE=str(path)).succeed("collect")
    expected = expected_shares(roster, changeable.served())
    assert "stored pull requests attributed again" in result.err
    assert shares_of(changeable.line) == expected != first
    served = -(-len(changeable.served()) // 100)
    assert changeable.github.requests - before >= len(changeable.names) + served
    assert f"{len(changeable.names)} requests" in result.out


def test_policy_that_is_no_longer_set_stays_in_force(changeable: World) -> None:
    """Rule, zone and bot patterns hold until something else is set; BOT_PATTERNS set empty takes the patterns away."""
    line = changeable.line
    line.given(ATTRIBUTION_RULE="merged", REPORT_TIME_ZONE="Asia/Tokyo", BOT_PATTERNS="ci-*, deploy").succeed("collect")
    line.succeed("collect")
    report = line.succeed("report", "velocity", "--format", "json").json
    shown = line.succeed("roster", "show").out
    assert (report["rule"], report["time_zone"]) == ("merged", "Asia/Tokyo")
    assert "Rule merged, time zone Asia/Tokyo, bots: ci-*, deploy." in shown
    assert {row["rule"] for row in line.succeed("report", "shares", "--format", "csv").rows} == {"merged"}
    line.given(BOT_PATTERNS="").succeed("roster", "sync")
    assert "Rule merged, time zone Asia/Tokyo, bots: GitHub's own only." in line.succeed("roster", "show").out


def test_stored_roster_is_used_where_none_is_set(collected: World) -> None:
    """Collecting without TEAM_CONFIG_FILE keeps the roster in force."""
    before = shares_of(collected.line)
    assert collected.line.without("TEAM_CONFIG_FILE").succeed("collect").code == 0
    assert shares_of(collected.line) == before


def test_run_report_in_json_is_all_there_is_on_standard_output(collected: World) -> None:
    """Outcome, times and repositories; progress goes to standard error."""
    result = collected.line.succeed("collect", "--json", "--full")
    report = result.json
    assert report["outcome"] == "complete"
    assert datetime.fromisoformat(report["started_at"]) <= datetime.fromisoformat(report["finished_at"])
    assert [entry["name"] for entry in report["repositories"]] == sorted(collected.names, key=str.lower)
    assert report["facts_seen"] == 250
    assert report["facts_changed"] == 0
    assert [line.partition(":")[0] for line in sorted(result.err.splitlines())] == sorted(collected.names)


def test_exit_code_says_whether_all_some_or_none_got_through(collected: World) -> None:
    """0 where all are complete, 3 where one is not, 1 where none is."""
    codes = {
        wanted: collected.line.given(REPOSITORIES=names).run("collect")
        for wanted, names in {
            0: collected.names[0],
            3: f"{collected.names[0]},larkspur-labs/nothing",
            1: "larkspur-labs/nothing,larkspur-labs/nowhere",
        }.items()
    }
    assert {wanted: result.code for wanted, result in codes.items()} == {0: 0, 3: 3, 1: 1}
    assert "Run partial: 1 unchanged, 1 failed" in codes[3].out
    assert "larkspur-labs/nothing: failed (unavailable): repository" in codes[3].out
    assert "Run failed: 2 failed" in codes[1].out


def test_deadline_that_is_over_puts_off_what_is_left(collected: World) -> None:
    """With no time left the run is partial, says so, and the next one is complete again."""
    late = collected.line.run("collect", "--full", "--deadline", "0")
    assert late.code == 3
    assert "3 deferred" in late.out
    assert collected.line.succeed("collect", "--json").json["outcome"] == "complete"
