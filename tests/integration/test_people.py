"""What the command line does for people: roster hygiene against the stored facts."""

from collections.abc import Iterator

import pytest

from tests.integration.collected_world import World, world


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected."""
    with world() as made:
        made.line.succeed("collect")
        yield made


def test_sound_roster_is_compared_with_the_facts(collected: World) -> None:
    """Strangers are told, bots apart, most pull requests first; nothing of it is a fault, and nothing is written."""
    result = collected.line.succeed("roster", "check", "--against-facts")
    assert result.out.startswith(
        "The roster is sound: 3 teams, 10 people, 12 memberships.\nNo team has these authors ("
    )
    document = collected.line.succeed("roster", "check", "--against-facts", "--json").json
    served = [pull["user"] for _, pull in collected.served() if pull["user"]]
    on_roster = {name.lower() for held in collected.organisation.roster.memberships for name in held.login_keys}
    strangers = [user for user in served if user["login"].lower() not in {*on_roster, "ghost"}]
    assert {author["login"] for author in document["bots"]} == {u["login"] for u in strangers if u["type"] == "Bot"}
    counts = [author["pull_requests"] for author in document["unknown"]]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == sum(user["type"] != "Bot" for user in strangers) > 0
    assert document["is_to_be_acted_upon"] is False


def test_forgotten_alias_is_found_and_its_line_mends_the_roster(collected: World) -> None:
    """Exit code 3 while something is lost, 0 once the suggested line stands in the file."""
    roster = collected.roster
    member = next(member for team in roster["teams"] for member in team["members"] if member["aliases"])
    wanted = {name.lower() for name in member["aliases"]}
    member.update(aliases=[], github_id=None)
    for other in (other for team in roster["teams"] for other in team["members"]):
        if other["username"] == member["username"]:
            other.update(aliases=[], github_id=None)
    path = collected.write_roster("forgotten.toml", roster)
    result = collected.line.run("roster", "check", str(path), "--against-facts", "--json")
    (found,) = result.json["renamed"]
    assert result.code == 3
    assert found["login"] == member["username"]
    assert {name.lower() for name in found["new_logins"]} <= wanted
    text = path.read_text(encoding="utf-8").replace("aliases = []", found["suggestion"], 1)
    assert found["suggestion"].startswith("aliases = [")
    member["aliases"] = found["new_logins"]
    mended = collected.write_roster("mended.toml", roster)
    assert found["suggestion"] in text
    assert collected.line.succeed("roster", "check", str(mended), "--against-facts", "--json").json["renamed"] == []


def test_roster_in_force_is_compared_where_none_is_given(collected: World) -> None:
    """The same findings as for the file it came from; --json alone has nothing to print."""
    bare = collected.line.without("TEAM_CONFIG_FILE")
    arguments = ("roster", "check", "--against-facts")
    assert bare.succeed(*arguments).out == collected.line.succeed(*arguments).out
    refused = bare.run("roster", "check", "--json")
    assert refused.code == 2
    assert "--against-facts" in refused.err


@pytest.mark.parametrize(("kind", "period", "figures"), [("velocity", "week", 4), ("lead-time", "month", 8)])
def test_figures_of_few_people_are_withheld(collected: World, kind: str, period: str, figures: int) -> None:
    """Every format leaves the same cells empty and says how many and why; all other cells are as they were."""
    line = collected.line.given(MIN_GROUP_SIZE="3")
    before = {(row["team"], row[period]): row for row in collected.line.succeed("report", kind, "--format", "csv").rows}
    text, document, table = (line.succeed("report", kind, "--format", form) for form in ("csv", "json", "table"))
    assert [(row["team"], row[period]) for row in text.rows] == list(before)
    empty = [row for row in text.rows if row["prs_merged"] == ""]
    assert 0 < len(empty) < len(before)
    assert all(list(row.values())[2:] == [""] * figures for row in empty)
    assert all(row == before[row["team"], row[period]] for row in text.rows if row not in empty)
    note = f"Withheld: the figures of {len(empty)} rows. Fewer than 3 people stand behind them"
    assert text.err.startswith(note)
    assert note in table.out
    assert (document.json["min_group_size"], document.json["withheld"]) == (3, len(empty))
    assert sum(row["prs_merged"] is None for row in document.json["rows"]) == len(empty)


def test_without_group_size_nothing_is_said_of_it(collected: World) -> None:
    """The documents are as they were."""
    result = collected.line.succeed("report", "velocity", "--format", "json")
    assert result.json.keys() == {"rule", "time_zone", "roster_version", "rows", "unattributed"}


def test_group_size_that_is_no_number_is_refused(collected: World) -> None:
    """With what would do."""
    refused = collected.line.given(MIN_GROUP_SIZE="-1").run("report", "velocity")
    assert refused.code == 2
    assert "MIN_GROUP_SIZE: found '-1', wanted a whole number from 0 to 9999, such as 3" in refused.err


def test_bot_patterns_reflag_what_is_stored_and_spare_the_roster(collected: World) -> None:
    """With * every stranger is a bot and gone from the default figures; teams keep theirs, and all comes back."""

    def figures(kind: str) -> list[dict[str, str]]:
        return collected.line.succeed("report", kind, "--format", "csv").rows

    before = figures("velocity"), figures("unattributed")
    requests = collected.github.requests
    result = collected.line.given(BOT_PATTERNS="*").succeed("roster", "sync")
    assert "250 stored pull requests attributed again" in result.out
    assert figures("velocity") == before[0]
    kept = [row for row in before[1] if row["reason"] != "unknown_login"]
    assert figures("unattributed") == kept != before[1]
    hygiene = collected.line.succeed("roster", "check", "--against-facts", "--json").json
    assert hygiene["unknown"] == [] != hygiene["bots"]
    collected.line.given(BOT_PATTERNS="").succeed("roster", "sync")
    assert (figures("velocity"), figures("unattributed")) == before
    assert collected.github.requests == requests
