"""Bad input and a bad world, each through the whole command: what it says, how it ends, and that nothing is stored."""

from collections.abc import Iterator, Mapping

import psycopg
import pytest
from attrs import field, frozen

from tests.integration.collected_world import TOKEN, World, world
from tests.integration.command_line import CommandLine, Ended, row_counts

PASSWORD = "c4n4ry-p4ssw0rd"
OUTCOMES = {"runs", "repositories", "collection_state"}
"""Tables that may tell of a run that failed."""


@frozen
class Refused:
    """A command, and what its message must name."""

    says: tuple[str, ...]
    command: str = "collect"
    variables: Mapping[str, str] = field(factory=dict)


def roster(text: str, *says: str) -> Refused:
    """Return the collection with this roster in TEAM_CONFIG_JSON; every path begins with that."""
    return Refused((f"TEAM_CONFIG_JSON: {says[0]}", *says[1:]), variables={"TEAM_CONFIG_JSON": text})


def member(text: str, *says: str) -> Refused:
    """Return the same for a roster of one team and a member with these fields."""
    place = f"teams[0].members[0].{says[0]}"
    return roster(f'{{"teams": [{{"name": "A", "members": [{{"username": "alice", {text}}}]}}]}}', place, *says[1:])


def members(*texts: str) -> str:
    """Return a roster in which each text is the only member of a team of its own: A, B, C."""
    return '{"teams": [%s]}' % ", ".join(  # noqa: UP031  # braces all over
        f'{{"name": "{name}", "members": [{text}]}}' for name, text in zip("ABC", texts, strict=False)
    )


def setting(name: str, text: str, *says: str) -> Refused:
    """Return the collection with one variable set badly; it is named, and so is what was found, if it is no secret."""
    return Refused((f"{name}: found", *says), variables={name: text})


def file(name: str, *says: str) -> Refused:
    """Return the collection with this roster file."""
    return Refused(
        (f"TEAM_CONFIG_FILE ({{folder}}/{name}", *says), variables={"TEAM_CONFIG_FILE": f"{{folder}}/{name}"}
    )


FILES = {
    "broken.json": b'{"teams": [}',
    "broken.toml": b"[[teams]\nname = 'A'\n",
    "latin.json": '{"teams": [{"name": "Zürich"}]}'.encode("latin-1"),
    "empty.toml": b"",
    "roster.yaml": b"teams: []\n",
}
TWICE = """{"teams": [{"name": "A", "members": [
    {"username": "alice", "left_at": "2024-03-01"}, {"username": "Alice", "joined_at": "2024-02-01"}]}]}"""

REFUSED = {
    "broken JSON": roster('{"teams": [}', "line 1, column 12: found broken JSON"),
    "unknown field": member('"wieght": 1', "wieght: found 1", "did you mean"),
    "weight above one": member('"allocation_weight": 1.5', "allocation_weight: found 1.5", "from 0 to 1"),
    "weight as text": member('"allocation_weight": "x"', "allocation_weight: found 'x'"),
    "weight of seven places": member(
        '"allocation_weight": 0.1234567', "allocation_weight: found 0.1234567", "6 decimal"
    ),
    "overlapping windows": roster(TWICE, "teams: login 'alice'", "in team 'A' twice at 2024-02-01", "overlap"),
    "over-allocation": roster(
        members('{"username": "alice", "allocation_weight": 0.7}', '{"username": "alice", "allocation_weight": 0.4}'),
        "teams: login 'alice' is allocated 1.1 at every instant (A 0.7, B 0.4)",
    ),
    "left before joined": member('"joined_at": "2024-02-01", "left_at": "2024-01-01"', "left_at: found '2024-01-01'"),
    "day that is none": member('"joined_at": "2024-02-30"', "joined_at: found '2024-02-30'"),
    "naive datetime": member('"joined_at": "2024-02-03T09:00:00"', "joined_at: found '2024-02-03T09:00:00'", "offset"),
    "team listed twice": roster('{"teams": [{"name": "A"}, {"name": "A"}]}', "teams: team 'A' is listed 2 times"),
    "no teams": roster('{"teams": []}', "teams: found an empty list"),
    "login of two persons": roster(
        members('{"username": "ann", "aliases": ["x"]}', '{"username": "bob", "aliases": ["x"]}'), "teams: ", "'x'"
    ),
    "broken JSON file": file("broken.json", "line 1, column 12: found broken JSON"),
    "broken TOML file": file("broken.toml", "found broken TOML"),
    "file in another encoding": file("latin.json", "found byte 0xfc", "UTF-8"),
    "empty file": file("empty.toml", "teams: found nothing"),
    "unknown ending": file("roster.yaml", "found the ending '.yaml'", ".json or .toml"),
    "missing file": file("missing.json", "No such file or directory"),
    "folder as file": file("folder.json", "Is a directory"),
    "two rosters": Refused(
        ("TEAM_CONFIG_FILE: found a file, and TEAM_CONFIG_JSON as well",),
        variables={"TEAM_CONFIG_FILE": "teams.json", "TEAM_CONFIG_JSON": '{"teams": [{"name": "A"}]}'},
    ),
    "unknown rule": setting("ATTRIBUTION_RULE", "closed", "'closed'", "created, merged, effort"),
    "unknown zone": setting("REPORT_TIME_ZONE", "Europe/Atlantis", "'Europe/Atlantis'"),
    "unreadable concurrency": setting("COLLECT_CONCURRENCY", "many", "'many'", "1 to 32"),
    "unknown log level": setting("LOG_LEVEL", "chatty", "'CHATTY'"),
    "titles perhaps": setting("STORE_TITLES", "maybe", "'maybe'"),
    "bot pattern with a bell": setting("BOT_PATTERNS", "ci-\a", "'ci-\\x07'"),
    "no repositories": setting("REPOSITORIES", " ", "nothing", "owner/name"),
    "repository as address": setting(
        "REPOSITORIES", "a/b,https://github.com/o/r", "'https://github.com/o/r' as entry 2", "write o/r"
    ),
    "no token": setting("GITHUB_PAT", "", "nothing", "token"),
    "token of two words": setting("GITHUB_PAT", f"{TOKEN} {PASSWORD}", "spaces"),
    "API without scheme": setting("GITHUB_API_URL", "api.github.com", "'api.github.com'"),
    "API with a password": setting("GITHUB_API_URL", f"https://me:{PASSWORD}@host/api/v3", "a user or password"),
    "database of another kind": setting("DB_URL", f"mysql://me:{PASSWORD}@host/d", "another beginning"),
    "database port in words": setting("DB_URL", f"postgresql://me:{PASSWORD}@host:five/d", "a port"),
    "database option that is unknown": Refused(
        ("DB_URL: found an option",), "report velocity", {"DB_URL": f"postgresql://me:{PASSWORD}@/d?hots={PASSWORD}"}
    ),
    "no roster anywhere": Refused(("no roster: set TEAM_CONFIG_FILE",), variables={"DB_URL": "{demo}"}),
    "several faults": Refused(
        (
            "bad input, 3 faults; nothing was done",
            "LOG_LEVEL: found 'X'",
            "STORE_TITLES: found 'x'",
            "GITHUB_PAT: found",
        ),
        variables={"LOG_LEVEL": "x", "STORE_TITLES": "x", "GITHUB_PAT": ""},
    ),
    "misspelt variable": Refused(
        ("GITHUB_PAT: found nothing", "GITHUB_TOKEN is set but not read; is GITHUB_PAT meant?"),
        variables={"GITHUB_PAT": "", "GITHUB_TOKEN": PASSWORD},
    ),
    "unknown team": Refused(
        ("no team is named 'checkout'", "Checkout, Mobile, Storefront"), "report shares --team checkout"
    ),
    "unknown team of weeks": Refused(("no team is named 'X'",), "report velocity --team X --format csv"),
    "days in reverse": Refused(
        ("--from", "2026-02-01 is not before --to 2026-01-01"), "report velocity --from 2026-02-01 --to 2026-01-01"
    ),
    "day in words": Refused(("'--from'", "'today'", "%Y-%m-%d"), "report velocity --from today"),
    "day beyond the calendar": Refused(("'--to'", "'2026-02-30'"), "report shares --to 2026-02-30"),
    "unknown format": Refused(("'--format'", "'xml'", "'csv'"), "report velocity --format xml"),
    "unknown report": Refused(("'speed'",), "report speed"),
    "unknown command": Refused(("'colect'",), "colect"),
    "unknown option": Refused(("'--fast'",), "collect --fast"),
    "deadline in the past": Refused(("'--deadline'", "-1"), "collect --deadline=-1"),
    "deadline that is no number": Refused(("'--deadline'", "'nan'"), "collect --deadline nan"),
    "demo without teams": Refused(("'--teams'", "0"), "demo --teams 0"),
    "check of a missing file": Refused(("missing.toml: found No such file",), "roster check missing.toml"),
    "sync of a broken file": Refused(("line 1, column 12: found broken JSON",), "roster sync broken.json"),
    "address of a server of one's own": Refused(
        ("DB_URL: found an address",), "db url", {"DB_URL": f"postgresql://me:{PASSWORD}@host/d"}
    ),
}


@pytest.fixture(scope="module")
def prepared() -> Iterator[World]:
    """A migrated database with a roster in force and nothing collected, files to go wrong with, and a GitHub."""
    with world() as made:
        made.line.succeed("roster", "sync")
        for name, content in FILES.items():
            (made.line.folder / name).write_bytes(content)
        (made.line.folder / "folder.json").mkdir()
        yield made


@pytest.fixture(scope="module")
def addresses(prepared: World) -> dict[str, str]:
    """Addresses on the embedded server: the real database, the demonstration's, and one without any table."""
    real = prepared.line.succeed("db", "url").out.strip()
    with psycopg.connect(real, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
    return {
        "real": real,
        "demo": prepared.line.succeed("--demo", "db", "url").out.strip(),
        "empty": real.replace("/github_tracker?", "/empty?"),
        "missing": real.replace("/github_tracker?", "/missing?"),
        "stranger": real.replace("postgres@", f"stranger:{PASSWORD}@"),
        "folder": str(prepared.line.folder),
    }


def with_variables(prepared: World, addresses: Mapping[str, str], variables: Mapping[str, str]) -> CommandLine:
    """Return the command line with the variables; {names} of addresses are filled in where no roster stands."""
    line = prepared.line if "TEAM_CONFIG_JSON" not in variables else prepared.line.without("TEAM_CONFIG_FILE")
    if variables.get("DB_URL") == "{demo}":
        line = line.without("TEAM_CONFIG_FILE")
    filled = {
        name: text if name == "TEAM_CONFIG_JSON" else text.format_map(addresses) for name, text in variables.items()
    }
    return line.given(**filled)


def assert_tells_no_secret(result: Ended) -> None:
    """Neither the token nor a password is shown; nor is a traceback."""
    said = result.out + result.err
    assert TOKEN not in said
    assert PASSWORD not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_by_name_and_nothing_is_done(
    prepared: World, addresses: dict[str, str], refused: Refused
) -> None:
    """Exit code 2, a message with place and value and no secret, and every table as it was."""
    before, asked = row_counts(addresses["real"]), prepared.github.requests
    result = with_variables(prepared, addresses, refused.variables).run(*refused.command.split())
    assert (result.code, result.out) == (2, "")
    for words in refused.says:
        assert words.format_map(addresses) in result.err
    assert_tells_no_secret(result)
    assert row_counts(addresses["real"]) == before
    assert prepared.github.requests == asked
