"""Forgetting a person from the command line: nothing of them is left in the database, and no figure is another."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.integration.collected_world import World, world
from tests.integration.command_line import CommandLine

KINDS = ("velocity", "lead-time", "unattributed")


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected, by a roster that knows ids and aliases."""
    with world() as made:
        made.line.succeed("collect")
        yield made


def everything_in(url: str) -> str:
    """Return the text of every row of every table of ours."""
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        lines = []
        for name in names:
            statement = sql.SQL("SELECT whole::TEXT FROM {} AS whole").format(sql.Identifier(name))
            lines += [row[0] for row in connection.execute(statement)]
    return "\n".join(lines)


def traces(url: str, logins: set[str], ids: set[int]) -> set[str]:
    """Return which of the logins, without case, and of the ids, as whole numbers, stand anywhere."""
    text = everything_in(url)
    found = {login for login in logins if login.lower() in text.lower()}
    return found | {str(github_id) for github_id in ids if re.search(rf"(?<!\d){github_id}(?!\d)", text)}


def figures_of(line: CommandLine) -> list[list[dict[str, str]]]:
    """Return every figure that is published."""
    return [line.succeed("report", kind, "--format", "csv").rows for kind in KINDS]


def test_person_is_forgotten_for_good(collected: World) -> None:
    """Rehearsed, asked for, done; collected again in part and in whole; and the roster file cannot bring them back."""
    line, url = collected.line, collected.line.succeed("db", "url").out.strip()
    member = next(member for team in collected.roster["teams"] for member in team["members"] if member["aliases"])
    logins = {member["username"], *member["aliases"]}
    users = [pull["user"] for _, pull in collected.served() if pull["user"]]
    ids = {user["id"] for user in users if user["login"].lower() in {login.lower() for login in logins}}
    assert logins | set(map(str, ids)) == traces(url, logins, ids)
    figures, before = figures_of(line), everything_in(url)

    rehearsed = line.succeed("forget", member["username"], "--dry-run")
    assert rehearsed.out.endswith("No figure of a team changes.\nNothing was changed.\n")
    assert line.run("forget", member["username"]).code == 1
    assert everything_in(url) == before

    done = line.succeed("forget", member["username"].upper(), "--yes")
    pseudonym = re.search(r"write (forgotten-[0-9a-f]{8}) instead", done.out)
    assert pseudonym
    assert pseudonym[1] in everything_in(url)
    assert traces(url, logins, ids) == set()
    assert figures_of(line) == figures

    refused = line.run("collect")
    assert refused.code == 2
    assert f"login '{member['username']}' in team" in refused.err
    assert f"'{pseudonym[1]}" in refused.err
    bare = line.without("TEAM_CONFIG_FILE")
    for arguments in ((), ("--full",)):
        assert bare.succeed("collect", "--json", *arguments).json["facts_changed"] == 0
    assert traces(url, logins, ids) == set()
    assert figures_of(bare) == figures

    shown = collected.write_roster("shown.json", bare.succeed("roster", "show", "--json").json)
    assert bare.succeed("roster", "sync", str(shown)).out.startswith("Nothing to do")
    again = line.run("forget", member["username"], "--yes")
    assert again.code == 2
    assert "is forgotten already" in again.err


@pytest.mark.parametrize(
    ("login", "reason"),
    [("nobody-at-all", "check its spelling"), ("renovate[bot]", "is a bot's"), ("ghost", "names it")],
)
def test_those_who_cannot_be_forgotten_are_refused(collected: World, login: str, reason: str) -> None:
    """Exit code 2, and nothing is changed."""
    url = collected.line.succeed("db", "url").out.strip()
    before = everything_in(url)
    refused = collected.line.run("forget", login, "--yes")
    assert refused.code == 2
    assert reason in refused.err
    assert everything_in(url) == before
