"""Keys of the metrics API from the command line: shown once, listed without what opens anything, revoked."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import psycopg
import pytest
from psycopg import sql

from github_tracker.domain.api_key import parse_key
from github_tracker.entrypoints.key_list import read_key_list
from tests.integration.command_line import CommandLine, command_line
from tests.integration.prepared_data import put_prepared_data

ROSTER = '{"teams": [{"name": "Platform", "key": "p"}, {"name": "Apps [x]"}]}'


@pytest.fixture(scope="module")
def line() -> Iterator[CommandLine]:
    """A command line on an embedded server of its own, with two teams in force."""
    with command_line(TEAM_CONFIG_JSON=ROSTER) as made:
        put_prepared_data(made.folder / made.variables["DATA_FOLDER"])
        made.succeed("db", "url")
        made.succeed("roster", "sync")
        yield made


def everything_in(line: CommandLine) -> str:
    """Return the text of every row of every table."""
    with psycopg.connect(line.succeed("db", "url").out.strip()) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        texts = []
        for name in names:
            statement = sql.SQL("SELECT whole::TEXT FROM {} AS whole").format(sql.Identifier(name))
            texts += [row[0] for row in connection.execute(statement)]
    return "\n".join(texts)


def test_keys_are_made_listed_and_revoked(line: CommandLine) -> None:
    """The key alone on standard output, its hash alone in the database, and never more of it again."""
    assert "No key was ever made" in line.succeed("keys", "list").out
    assert line.succeed("keys", "list", "--json").json == []

    first = line.succeed("keys", "create", "--name", "dashboard")
    second = line.succeed(
        "keys", "create", "--name", "wall", "--scope", "teams:read", "--scope", "metrics:read",
        "--team", "Platform", "--team", "Apps [x]", "--expires", "90d",
    )  # fmt: skip
    keys = [parse_key(made.out.removesuffix("\n")) for made in (first, second)]
    ids = [key.public_id for key in keys]
    assert first.err.startswith(f"Key {ids[0]} (dashboard) for metrics:read of all teams, until it is revoked.\n")
    assert "for metrics:read, teams:read of Apps [x], Platform, until 20" in second.err

    stored = everything_in(line)
    for key, made in zip(keys, (first, second), strict=True):
        secret = key.reveal().rpartition("_")[2]
        assert sha256(made.out.removesuffix("\n").encode()).hexdigest() in stored
        assert secret not in stored + made.err

    listed = line.succeed("keys", "list", "--json").json
    assert [entry["id"] for entry in listed] == ids
    made_at, expires_at = (datetime.fromisoformat(listed[1][name]) for name in ("created_at", "expires_at"))
    assert abs(expires_at - made_at - timedelta(days=90)) < timedelta(seconds=30)
    assert {name: listed[1][name] for name in ("name", "scopes", "teams", "state", "last_used_on", "revoked_at")} == {
        "name": "wall",
        "scopes": ["metrics:read", "teams:read"],
        "teams": ["Apps [x]", "Platform"],
        "state": "live",
        "last_used_on": None,
        "revoked_at": None,
    }

    revoked = line.succeed("keys", "revoke", ids[0])
    assert re.fullmatch(rf"Key {ids[0]} \(dashboard\) is revoked since [-0-9]{{10}} [:0-9]{{8}} UTC\.\n", revoked.out)
    assert line.succeed("keys", "revoke", ids[0]).out == revoked.out
    table = line.succeed("keys", "list")
    rows = [re.split(r" {2,}", row.strip()) for row in table.out.splitlines()]
    assert rows[0] == ["id", "name", "scopes", "teams", "created", "expires", "last used", "state"]
    day, until = f"{made_at:%Y-%m-%d}", f"{expires_at:%Y-%m-%d}"
    assert rows[1] == [ids[0], "dashboard", "metrics:read", "all", day, "never", "never", "revoked"]
    assert rows[2] == [
        ids[1], "wall", "metrics:read, teams:read", "Apps [x], Platform", day, until, "never", "live",
    ]  # fmt: skip
    shown = table.out + revoked.out + json.dumps(listed)
    assert not [key for key in keys if key.reveal().rpartition("_")[2] in shown or key.digest in shown]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create"], "Missing option '--name'"),
        (["create", "--name", ""], "name: wanted 1 to 100 printable characters"),
        (["create", "--name", "a", "--scope", "write"], "'write' is not one of"),
        (["create", "--name", "a", "--team", "Nobody"], "no team is named 'Nobody'; known are Apps [x], Platform"),
        (["create", "--name", "a", "--team", "Platform", "--scope", "admin"], "none beside admin"),
        (["create", "--name", "a", "--expires", "90"], "wanted a number of days such as 90d, an instant"),
        (["create", "--name", "a", "--expires", "0d"], "wanted a number of days such as 90d, an instant"),
        (["create", "--name", "a", "--expires", "2099-01-01T00:00:00"], "wanted a number of days such as 90d"),
        (["create", "--name", "a", "--expires", "2020-01-01"], "2020-01-01 is over"),
        (["revoke", "aaaaaaaaaaa"], "no such key is kept"),
        (["revoke"], "Missing argument 'PUBLIC_ID'"),
    ],
)
def test_bad_request_makes_no_key(line: CommandLine, arguments: list[str], message: str) -> None:
    """Exit code 2, with nothing on standard output that a shell would take for a key."""
    before = line.succeed("keys", "list", "--json").json
    result = line.run("keys", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in " ".join(result.err.split())
    assert line.succeed("keys", "list", "--json").json == before


def test_key_for_outside_is_kept_nowhere(line: CommandLine) -> None:
    """Its entry, put into API_KEYS as it is printed, is the key's; a day is its 00:00 UTC."""
    before = everything_in(line)
    made = line.succeed("keys", "create", "--name", "ci", "--outside", "--expires", "2099-01-01", "--team", "Later")
    key = parse_key(made.out.removesuffix("\n"))
    entry = next(text for text in made.err.splitlines() if text.startswith("{"))
    (record,) = read_key_list(f"[{entry}]")
    assert (record.key.public_id, record.digest, record.key.teams) == (key.public_id, key.digest, ("Later",))
    assert record.key.expires_at == datetime(2099, 1, 1, tzinfo=UTC)
    kept, given = line.succeed("keys", "list", "--json").json, line.given(API_KEYS=f"[{entry}]")
    *same, outside = given.succeed("keys", "list", "--json").json
    assert (same, [one["is_outside"] for one in same]) == (kept, [False] * len(kept))
    assert (outside["id"], outside["teams"], outside["state"]) == (key.public_id, ["Later"], "live")
    assert (outside["is_outside"], outside["last_used_on"]) == (True, None)
    table = given.succeed("keys", "list").out
    assert re.split(r" {2,}", table.splitlines()[-1].strip())[-2:] == ["not noted", "live (API_KEYS)"]
    assert key.digest not in table + json.dumps(outside)
    assert everything_in(line) == before


def test_broken_list_from_outside_is_told_without_being_shown(line: CommandLine) -> None:
    """With the place of the fault."""
    key = line.succeed("keys", "create", "--name", "ci", "--outside").out.strip()
    entry = {"public_id": parse_key(key).public_id, "sha256": key, "name": "ci", "scopes": ["admin"]}
    result = line.given(API_KEYS=json.dumps([entry])).run("keys", "list")
    assert (result.code, result.out) == (2, "")
    assert "API_KEYS: [0].sha256: found a value that may hold a secret (not shown)" in result.err
    assert key not in result.err


def test_used_key_shows_its_day(line: CommandLine) -> None:
    """As the database has it."""
    key = parse_key(line.succeed("keys", "create", "--name", "used").out.strip())
    with psycopg.connect(line.succeed("db", "url").out.strip()) as connection:
        connection.execute(
            "UPDATE api_keys SET last_used_on = %s WHERE public_id = %s", [date(2024, 5, 2), key.public_id]
        )
    assert line.succeed("keys", "list", "--json").json[-1]["last_used_on"] == "2024-05-02"
