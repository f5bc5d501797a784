"""`github-tracker serve` and `db create-reader`, as their user meets them."""

import asyncio
import json
import re
import signal
import socket
from urllib.request import Request, urlopen

import psycopg
import pytest
from psycopg import errors

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.reader_role import create_reader, reader_statements
from github_tracker.application.report import Discretion
from github_tracker.domain.api_key import Scope
from github_tracker.entrypoints.api_container import open_api_services
from github_tracker.entrypoints.cli.serve import listening_socket
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import postgres_api, served
from tests.integration.collected_world import world
from tests.integration.command_line import CommandLine, command_line
from tests.integration.databases import Databases
from tests.integration.own_server import own_server, with_password

ROLE = "made_reader"


def test_serve_gives_out_what_was_collected_until_it_is_interrupted() -> None:
    """On the embedded server, with a key of the command line's; the same figures as `report`, line by line."""
    with world() as collected:
        line = collected.line
        line.succeed("collect")
        key = line.succeed("keys", "create", "--name", "tests").out.strip()
        process = line.start("serve", "--port", "0")
        assert process.stderr is not None
        try:
            first = process.stderr.readline()
            assert first.startswith("serving on http://127.0.0.1:"), first
            port = re.search(r":(\d+),", first)
            assert port is not None
            local = key_of_link(process.stderr.readline(), line)
            request = Request(  # our own address
                f"http://127.0.0.1:{port[1]}/metrics/velocity", headers={"X-API-Key": key}
            )
            with urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
                document = json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=60)
        assert process.returncode == 0
        assert '"status": 200' in log
        assert key not in log
        assert local not in log
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


def key_of_link(told: str, line: CommandLine) -> str:
    """Return the link's key: it stands where no browser sends it, reads metrics and teams, and is in no list."""
    found = re.fullmatch(r"the page: (http://127\.0\.0\.1:\d+/)#key=(ght_\w+)\n", told)
    assert found is not None, told
    page, key = found.groups()
    with urlopen(page, timeout=30) as answer:  # noqa: S310  # our own address
        assert b"<title>Team delivery" in answer.read()
    request = Request(f"{page}access", headers={"X-API-Key": key})  # noqa: S310  # as above
    with urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
        access = json.load(answer)
    assert (access["scopes"], access["teams"]) == (["metrics:read", "teams:read"], None)
    assert access["key_id"] not in line.succeed("keys", "list").out
    return key


def test_database_of_ones_own_is_served_without_a_link(databases: Databases) -> None:
    """There the service may be everybody's, and its log somebody else's to read."""
    url = databases.create()
    with command_line(DB_URL=url.reveal()) as line:
        process = line.start("serve", "--port", "0")
        assert process.stderr is not None
        try:
            first = process.stderr.readline()
            with urlopen(first.split()[2].rstrip(","), timeout=30) as answer:  # noqa: S310  # our own address
                assert b"<title>Team delivery" in answer.read()
        finally:
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        assert process.returncode == 0
        assert [json.loads(line)["path"] for line in told.splitlines()] == ["/"]
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


def test_reader_can_answer_everything_and_change_nothing() -> None:
    """The API works on it whole; writing and what is none of its business are refused."""
    with own_server() as server:
        url = server.create_database()
        with open_database(url, pool_size=4) as database, postgres_api(database) as api:
            key, apps = api.key(Scope.ADMIN), api.team_id("apps")
            paths = ["/metrics/velocity", "/metrics/lead-time", f"/metrics/team/{apps}/velocity", f"/teams/{apps}"]
            paths += ["/pull-requests/Acme/Widgets/1/attribution", "/runs/latest", "/ready", "/teams"]
            wanted = {path: api.ask(path, key).body for path in paths}
            for _ in range(2):
                create_reader(url, ROLE, Secret("s3cret"))
            server.ask_for_passwords(ROLE)
            reader = with_password(url, "s3cret", ROLE)
            with (
                open_api_services(reader, Discretion(), keys_url=url) as services,
                served(services, api.keys, api.store) as other,
            ):
                for path, body in wanted.items():
                    assert other.ask(path, key).body == body
        with psycopg.connect(reader.reveal(), autocommit=True) as connection:
            with pytest.raises(errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM runs")
            connection.execute("SET default_transaction_read_only = off")
            for statement in ("DELETE FROM runs", "UPDATE teams SET name = 'x'", "SELECT * FROM _yoyo_migration"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            assert connection.execute("SHOW statement_timeout").fetchone() == ("15s",)


def test_statements_for_a_reader_can_be_printed() -> None:
    """For somebody else to run; names are quoted, so that none of them does anything else."""
    text = ";\n".join(reader_statements('odd"; DROP TABLE runs; --'))
    assert '"odd""; DROP TABLE runs; --"' in text
    assert "PASSWORD" not in text
    assert "GRANT SELECT ON" in text
