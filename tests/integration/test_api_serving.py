"""`github-tracker serve` and `db create-reader`, as their user meets them."""

import asyncio
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from attrs import define
from psycopg import errors

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.reader_role import READ_BY_READERS, create_reader, reader_statements
from github_tracker.application.report import Discretion
from github_tracker.domain.api_key import Scope
from github_tracker.entrypoints.api_container import open_api_services
from github_tracker.entrypoints.cli.serve import listening_socket
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import Reply, postgres_api, served
from tests.integration.collected_world import world
from tests.integration.command_line import CommandLine, command_line
from tests.integration.databases import Databases
from tests.integration.own_server import own_server, with_password

ROLE = "made_reader"


@define
class Served:
    """A `serve` that is running; its log is there when it has ended."""

    address: str
    told: str
    """The line after the first one: the link to the page, where there is one."""
    log: str = ""


@contextmanager
def serving(line: CommandLine, *before: str, tells_link: bool = True) -> Iterator[Served]:
    """Give a running `serve`; it ends as it should."""
    process = line.start(*before, "serve", "--port", "0")
    assert process.stderr is not None
    try:
        first = process.stderr.readline()
        port = re.match(r"serving on http://127\.0\.0\.1:(\d+),", first)
        assert port is not None, first
        served_at = Served(f"http://127.0.0.1:{port[1]}", process.stderr.readline() if tells_link else "")
        yield served_at
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    served_at.log = log
    assert process.returncode == 0


def read_bytes(address: str) -> bytes:
    """Return what our own server answers to whoever asks."""
    with urlopen(address, timeout=30) as answer:  # noqa: S310  # our own address
        content: bytes = answer.read()
    return content


def read_json(address: str, key: str) -> Any:  # whatever was answered
    """Return what our own server answers."""
    request = Request(address, headers={"X-API-Key": key})  # noqa: S310  # our own address
    with urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
        return json.load(answer)


def test_serve_gives_out_what_was_collected_until_it_is_interrupted() -> None:
    """On the embedded server, with a key of the command line's; the same figures as `report`, line by line."""
    with world() as collected:
        line = collected.line
        line.succeed("collect")
        key = line.succeed("keys", "create", "--name", "tests").out.strip()
        with serving(line) as served_at:
            document = read_json(f"{served_at.address}/metrics/velocity", key)
            local = key_of_link(served_at.told, line)
        assert '"status": 200' in served_at.log
        assert key not in served_at.log
        assert local not in served_at.log
        told = {
            (entry["team"]["name"], week["week"]): week
            for entry in document["teams"]
            for week in entry["weeks"]
            if week["prs_merged"]
        }
        rows = line.succeed("report", "velocity", "--format", "json").json["rows"]
        assert len(told) == len(rows)
        for row in rows:
            week = told[row["team"], row["week"]]
            assert {name: week[name] for name in row.keys() - {"team"}} == {
                name: float(value) if isinstance(value, float) or "hours" in name else value
                for name, value in row.items()
                if name != "team"
            }


def test_demonstration_withholds_what_is_asked_to_be_withheld() -> None:
    """MIN_GROUP_SIZE is read there as well."""
    with command_line(MIN_GROUP_SIZE="99") as line:
        key = line.succeed("--demo", "keys", "create", "--name", "tests").out.strip()
        with serving(line, "--demo") as served_at:
            assert read_json(f"{served_at.address}/metrics/velocity", key)["min_group_size"] == 99


def key_of_link(told: str, line: CommandLine) -> str:
    """Return the link's key: it stands where no browser sends it, reads metrics and teams, and is in no list."""
    found = re.fullmatch(r"the page: (http://127\.0\.0\.1:\d+/)#key=(ght_\w+)\n", told)
    assert found is not None, told
    page, key = found.groups()
    assert b"<title>Team delivery" in read_bytes(page)
    access = read_json(f"{page}access", key)
    assert (access["scopes"], access["teams"]) == (["metrics:read", "teams:read"], None)
    assert access["key_id"] not in line.succeed("keys", "list").out
    return key


def test_database_of_ones_own_is_served_without_a_link(databases: Databases) -> None:
    """There the service may be everybody's, and its log somebody else's to read."""
    url = databases.create()
    with command_line(DB_URL=url.reveal()) as line:
        with serving(line, tells_link=False) as served_at:
            assert b"<title>Team delivery" in read_bytes(served_at.address)
        assert [json.loads(line)["path"] for line in served_at.log.splitlines()] == ["/"]
    databases.give_back(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_are_sent_without_waiting_for_more(host: str) -> None:
    """Nagle's algorithm is off on what asyncio accepts from the socket that is listened on."""
    try:
        listening = listening_socket(host, 0)
    except OSError:
        pytest.skip(f"nobody can listen on {host} here")
    assert asyncio.run(_delays_of_accepted(listening)) == (listening.family, False)


async def _delays_of_accepted(listening: socket.socket) -> tuple[int, bool]:
    """Return the family of a connection that is accepted, and whether small packets wait on it."""
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    async with await asyncio.start_server(lambda _, writer: accepted.set_result(writer), sock=listening):
        _, client = await asyncio.open_connection(*listening.getsockname()[:2])
        server = await accepted
        found: socket.socket = server.get_extra_info("socket")
        is_off = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        for writer in (client, server):
            writer.close()
            await writer.wait_closed()
        return found.family, not is_off


@pytest.mark.parametrize("discretion", [Discretion(), Discretion(2)])
def test_reader_can_answer_everything_and_nothing_else(discretion: Discretion) -> None:
    """Every path that is described works on it; writing, and reading what no answer needs, is refused."""
    with own_server() as server:
        url = server.create_database()
        with (
            open_database(url, pool_size=4) as database,
            postgres_api(database, discretion=discretion) as api,
        ):
            key = api.key(Scope.ADMIN)
            place = {"name": "page.js", "team_id": api.team_id("apps"), "owner": "Acme", "repo": "Widgets", "number": 1}
            paths = [path.format(**place) + (DAYS if path.endswith(NEED_DAYS) else "") for path in api.routes]
            wanted = {path: api.ask(path, key).body for path in paths if path != TRIED}
            compared = without_instant(api.send(TRIED, PROPOSAL, key))
            grant_everything(url)
            for _ in range(2):
                create_reader(url, ROLE, Secret("s3cret"))
            server.ask_for_passwords(ROLE)
            reader = with_password(url, "s3cret", ROLE)
            with (
                open_api_services(reader, discretion, keys_url=url) as services,
                served(services, api.keys, api.store) as other,
            ):
                for path, body in wanted.items():
                    reply = other.ask(path, key)
                    assert (path, reply.status, reply.body) == (path, 200, body)
                assert without_instant(other.send(TRIED, PROPOSAL, key)) == compared
        with psycopg.connect(reader.reveal(), autocommit=True) as connection:
            with pytest.raises(errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM runs")
            connection.execute("SET default_transaction_read_only = off")
            for statement in ("DELETE FROM runs", "UPDATE teams SET name = 'x'", "CREATE TABLE mine ()"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            assert connection.execute("SHOW statement_timeout").fetchone() == ("15s",)
            kept = {name for (name,) in connection.execute(RELATIONS)} - set(READ_BY_READERS)
            assert {"settings", "forgotten_authors", "membership_history", "roster_versions"} < kept
            for statement in [f"TABLE {name}" for name in kept] + ["SELECT forgetting_key FROM settings"]:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement.encode())


NEED_DAYS = ("/pull-requests", "/allocation")
DAYS = "?from=2024-01-01&to=2024-12-01"
TRIED = "/what-if"
PROPOSAL = {"rule": "merged", "to": "2024-12-01"}


def without_instant(reply: Reply) -> Any:  # whatever was answered
    """Return an answer without what no two have in common."""
    return {**reply.json, "status": reply.status, "request_id": ""}


RELATIONS = """
SELECT relname
FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'v', 'm', 'p', 'f')
"""


def grant_everything(url: Secret) -> None:
    """Make the role as an earlier version might have: with more than it needs."""
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE}".encode())
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}".encode())


def test_statements_for_a_reader_can_be_printed() -> None:
    """For somebody else to run; names are quoted, so that none of them does anything else."""
    text = ";\n".join(reader_statements('odd"; DROP TABLE runs; --'))
    assert '"odd""; DROP TABLE runs; --"' in text
    assert "PASSWORD" not in text
    assert "GRANT SELECT ON" in text
