"""A proposal over HTTP: the same answer as the command line's, nothing stored, and every fault told."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from attrs import evolve

from github_tracker.adapters.postgres.database import open_database
from github_tracker.entrypoints.roster_file import RosterForm, format_roster
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import ROSTER, Api, Reply, memory_api, postgres_api
from tests.integration.collected_world import world
from tests.integration.test_api_serving import serving

PROPOSED = evolve(ROSTER, memberships=ROSTER.memberships[:1])
"""Alice alone, and only in Platform."""


def kind(reply: Reply) -> tuple[int, str]:
    """Return the status and the problem's kind."""
    return reply.status, reply.json["type"].rpartition(":")[2]


@pytest.fixture(scope="module")
def small() -> Iterator[Api]:
    """The small world from memory; nobody here changes it."""
    with memory_api() as made:
        yield made


@pytest.mark.parametrize("form", list(RosterForm))
def test_proposed_roster_is_compared_with_the_one_in_force(api: Api, form: RosterForm) -> None:
    """Both sides over the same merged pull requests; that of the bot is left out of the sums."""
    reply = api.send("/what-if", {"roster": format_roster(PROPOSED, form), "form": form.value})
    assert (reply.status, reply.headers["cache-control"]) == (200, "private, no-cache")
    answer = reply.json
    assert answer["totals"]["before"]["earned"] == "3.5"
    assert answer["totals"]["after"]["earned"] == "0.5"
    assert (answer["totals"]["prs_compared"], answer["totals"]["prs_changed"]) == (6, 4)
    left = [("Platform", "bob"), ("Platform", "dora"), ("apps", "alice"), ("apps", "bob")]
    assert sorted((entry["team"], entry["username"]) for entry in answer["memberships"]) == left
    assert [entry["after"] for entry in answer["memberships"]] == [None] * 4
    weights = {entry["team"]: entry["after"]["weighted_prs_merged"] for entry in answer["teams"]}
    assert weights == {"Platform": "0.5", "apps": "0"}


def test_rule_and_days_are_tried(api: Api) -> None:
    """By themselves, too; a field that is null or missing is what is in force."""
    answer = api.send("/what-if", {"rule": "merged", "roster": None, "from": "2024-01-08", "to": "2024-01-09"}).json
    assert (answer["policy"]["before"]["rule"], answer["policy"]["after"]["rule"]) == ("created", "merged")
    assert (answer["totals"]["prs_compared"], answer["from"], answer["to"]) == (2, "2024-01-08", "2024-01-09")
    assert answer["allocated_at"] == "2024-01-08T23:59:59.999999+00:00"
    assert api.send("/what-if", {"rule": "merged"}).json["totals"]["prs_compared"] == 6
    earliest = api.send("/what-if", {"rule": "merged", "to": "0001-01-01"}).json
    assert (earliest["totals"]["prs_compared"], earliest["allocated_at"]) == (0, "0001-01-01T00:00:00+00:00")


def test_answer_is_the_command_lines() -> None:
    """To the letter, of a roster and a rule."""
    with world() as collected:
        line, roster = collected.line, collected.roster
        line.succeed("collect")
        key = line.succeed("keys", "create", "--name", "t", "--scope", "metrics:read", "--scope", "teams:read").out
        roster["teams"][0]["members"][0]["allocation_weight"] = 0.25
        path = collected.write_roster("proposed.json", roster)
        said = line.succeed("what-if", "--roster", str(path), "--rule", "effort", "--to", "2026-02-01", "--json").out
        fields = {"roster": path.read_text(), "rule": "effort", "to": "2026-02-01"}
        with serving(line) as served_at:
            request = Request(  # noqa: S310  # our own address
                f"{served_at.address}/what-if", json.dumps(fields).encode(), {"X-API-Key": key.strip()}, method="POST"
            )
            with urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
                assert json.load(answer) == json.loads(said)
        assert json.loads(said)["totals"]["prs_changed"] > 0


ROWS = """
SELECT relname
FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND relkind = 'r'
ORDER BY relname
"""


def contents(url: Secret) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        names = [name for (name,) in connection.execute(ROWS)]
        return {
            name: sorted(connection.execute(f"TABLE {name}".encode()).fetchall(), key=str)
            for name in names
            if name != "api_keys"  # where the use of the key is noted
        }


def test_nothing_is_stored(fresh_database: Secret) -> None:
    """Every row of every table is as before."""
    with open_database(fresh_database, pool_size=4) as database, postgres_api(database) as api:
        before = contents(fresh_database)
        reply = api.send("/what-if", {"roster": format_roster(PROPOSED), "rule": "effort"})
        assert reply.json["totals"]["prs_changed"] > 0
        assert contents(fresh_database) == before
        assert len(before["pull_requests"]) == 7


FAULTY = """{"teams": [
    {"name": "Platform", "members": [{"username": "bad login!", "allocation_weight": 1.5}]},
    {"name": "Platform", "ghp_0123456789abcdef": 1, "members": [{"username": "ghp_0123456789abcdef!"}]}
]}"""


def test_faults_of_a_roster_are_all_told_with_their_places(small: Api) -> None:
    """With what was found, as the command line does; but not what looks like a token, neither there nor in the log."""
    reply = small.send("/what-if", {"roster": FAULTY})
    assert kind(reply) == (422, "refused")
    faults = {fault["name"]: fault["detail"] for fault in reply.json["errors"]}
    assert {fault["location"] for fault in reply.json["errors"]} == {"body"}
    assert "1.5" in faults["roster: teams[0].members[0].allocation_weight"]
    assert "bad login!" in faults["roster: teams[0].members[0].username"]
    assert faults["roster: teams[1].members[0].username"] == "found what looks like a token (not shown)"
    assert b"0123456789" not in reply.body
    assert "0123456789" not in json.dumps(small.log)


@pytest.mark.parametrize(
    "text",
    ["", " ", "[]", "{", "\ud800", "[" * 100_000, '{"teams": [{"name": "\\ud800"}]}', "\x00", "9" * 5000, "a = 1"],
)
@pytest.mark.parametrize("form", [*RosterForm])
def test_text_that_is_no_roster_is_refused(small: Api, text: str, form: RosterForm) -> None:
    """In whatever way it is none."""
    assert kind(small.send("/what-if", {"roster": text, "form": form.value})) == (422, "refused")


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, ["roster"]),
        ({"roster": None, "rule": None}, ["roster"]),
        ({"roster": 1, "form": "yaml", "rule": "none", "from": "20240101", "to": "2024-W01-1"}, None),
        ({"rule": "merged", "from": "2024-01-02", "to": "2024-01-02"}, ["to"]),
        ({"rule": "merged", "from": "2024-01-02", "to": 5}, ["to"]),
        ({"rule": "merged", "ghp_012": 1}, ["(all)"]),
        ([], ["(all)"]),
        ("text", ["(all)"]),
        (None, ["(all)"]),
    ],
)
def test_body_that_cannot_be_understood_is_refused_by_field(
    small: Api, fields: object, names: list[str] | None
) -> None:
    """Every fault at once, and nothing of what was sent."""
    reply = small.send("/what-if", fields)
    assert kind(reply) == (400, "bad-request")
    found = [fault["name"] for fault in reply.json["errors"]]
    assert found == (names or ["roster", "form", "rule", "from", "to", "roster"])
    assert b"ghp_012" not in reply.body


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"\x00", b"[" * 200_000, b'{"rule": "merged"} x', b"rule=merged"])
def test_body_that_is_no_json_is_refused(small: Api, body: bytes) -> None:
    """Whatever it says it is."""
    for media_type in ("application/json", "text/plain"):
        reply = small.ask("/what-if", small.reader, "POST", body, Content_Type=media_type)
        assert kind(reply) == (400, "bad-request")


def test_no_more_than_a_million_bytes_are_read(small: Api) -> None:
    """To the byte; what says beforehand that it is longer is not read at all."""
    body = json.dumps({"rule": "merged"}).encode()
    assert small.ask("/what-if", small.reader, "POST", body.ljust(1_000_000)).status == 200
    assert kind(small.ask("/what-if", small.reader, "POST", body.ljust(1_000_001))) == (413, "too-long")
    for head, sent in (
        ("Content-Length: 99999999999999999999999999", b"x"),
        ("Transfer-Encoding: chunked", b"f4250\r\n" + b"x" * 1_000_016),
    ):
        with socket.create_connection(("127.0.0.1", small.port), timeout=30) as client:
            client.sendall(f"POST /what-if HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + sent)
            assert client.recv(100).split()[1] in (b"413", b"400"), head


def test_byte_by_byte_is_read_as_well(small: Api) -> None:
    """In as many pieces as it likes."""
    body = json.dumps({"rule": "merged"}).encode()
    pieces = b"".join(b"1\r\n" + body[place : place + 1] + b"\r\n" for place in range(len(body)))
    with socket.create_connection(("127.0.0.1", small.port), timeout=30) as client:
        head = f"POST /what-if HTTP/1.1\r\nHost: x\r\nX-API-Key: {small.reader}\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.sendall(head.encode() + pieces + b"0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_log_tells_of_a_proposal_and_nothing_of_what_it_holds(small: Api) -> None:
    """The method, the path, the key's name."""
    small.send("/what-if", {"roster": format_roster(PROPOSED)})
    line = small.log[-1]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/what-if", 200)
    assert line["key_id"] == small.reader.split("_")[1]
    small.send("/what-if", {"roster": FAULTY})
    assert (small.log[-1]["method"], small.log[-1]["status"]) == ("POST", 422)
    assert "bad login" not in json.dumps(small.log)


def test_only_posting_is_possible(small: Api) -> None:
    """And elsewhere only reading; Allow says which."""
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        reply = small.ask("/what-if", small.reader, method)
        assert (reply.status, reply.headers["allow"]) == (405, "OPTIONS, POST"), method
    options = small.ask("/what-if", None, "OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "OPTIONS, POST")
    for path in ("/teams", "/", "/assets/page.css", "/access", "/metrics/cycle-times"):
        reply = small.send(path, {"rule": "merged"})
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS"), path
    assert small.send("/nothing", {}).status == 404
    assert small.send("/what-if?x=1", {"rule": "merged"}).status == 400
