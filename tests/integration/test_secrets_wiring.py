"""Secrets by their ids, through whole entrypoints: the command line, a run as a GitHub App, and the API's keys."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from github_tracker.adapters.memory import MemoryClock
from github_tracker.application.outside_keys import OutsideKeys
from github_tracker.entrypoints.api.settings import read_api_settings
from github_tracker.entrypoints.key_list import read_key_list
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.ports.secret_store import Secret
from tests.contracts.github_source import NOW, WIDGETS, fact
from tests.integration.aws_server import AwsServer
from tests.integration.collected_world import TOKEN
from tests.integration.command_line import CommandLine, command_line
from tests.scripted_app import APP_ID, INSTALLATION_ID, ScriptedApp, app_key, pem_of
from tests.scripted_github import ScriptedGitHub

pytestmark = pytest.mark.slow


@pytest.fixture
def github() -> Iterator[ScriptedGitHub]:
    """A GitHub with a repository of three pull requests."""
    clock = MemoryClock(NOW)
    with ScriptedGitHub(clock) as scripted:
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, range(1, 4)))
        yield scripted


@pytest.fixture
def line(github: ScriptedGitHub, aws_server: AwsServer, fresh_database: Secret) -> Iterator[CommandLine]:
    """A command line that is led to both, with nothing but the id of the database's address."""
    secret_id = aws_server.put_secret(json.dumps({"DB_URL": fresh_database.reveal()}))
    with command_line(
        GITHUB_API_URL=github.url,
        REPOSITORIES=WIDGETS.full_name,
        DB_URL_SECRET_ID=secret_id,
        TEAM_CONFIG_JSON='{"teams": [{"name": "Apps", "members": [{"username": "alice"}]}]}',
        **aws_server.environment,
    ) as made:
        yield made


def test_command_line_collects_with_ids(line: CommandLine, github: ScriptedGitHub, aws_server: AwsServer) -> None:
    """Into the database that the secret names, with the token that another holds."""
    github.accept_only(TOKEN)
    assert "DB_URL: " in line.succeed("db", "status").out
    collecting = line.given(GITHUB_PAT_SECRET_ID=aws_server.put_secret(TOKEN))
    collecting.succeed("collect")
    assert "Apps" in line.succeed("report", "velocity").out
    refused = line.given(GITHUB_PAT_SECRET_ID="no-such-secret").run("collect")
    assert refused.code == 1
    assert "GITHUB_PAT: the secret no-such-secret cannot be read" in refused.out + refused.err
    assert TOKEN not in refused.out + refused.err


def test_command_line_collects_as_an_app(line: CommandLine, github: ScriptedGitHub, aws_server: AwsServer) -> None:
    """With the key by its id; nothing of it is printed."""
    github.install(ScriptedApp(MemoryClock(NOW)))
    as_app = line.given(
        GITHUB_APP_ID=APP_ID,
        GITHUB_APP_INSTALLATION_ID=str(INSTALLATION_ID),
        GITHUB_APP_KEY_SECRET_ID=aws_server.put_secret(pem_of(app_key())),
        LOG_LEVEL="DEBUG",
    )
    ended = as_app.succeed("collect")
    assert [request.verb for request in github.requests] == ["POST", "GET"]
    assert pem_of(app_key()).splitlines()[1] not in ended.out + ended.err


def _keys(*public_ids: str) -> str:
    scopes = ["metrics:read"]
    return json.dumps([{"public_id": each, "sha256": "0" * 64, "name": each, "scopes": scopes} for each in public_ids])


def test_rotated_keys_are_seen_within_a_minute(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was taken out opens nothing any more, though the process has kept the list."""
    for name, value in aws_server.environment.items():
        monkeypatch.setenv(name, value)
    secret_id = aws_server.put_secret(_keys("aaaaaaaaaaa", "bbbbbbbbbbb"))
    settings = read_api_settings({"API_KEYS_SECRET_ID": secret_id})
    clock = MemoryClock(NOW)
    keys = OutsideKeys(secret_store(settings.secrets), read_key_list, clock)
    assert keys.find("aaaaaaaaaaa") is not None
    aws_server.rotate_secret(secret_id, _keys("bbbbbbbbbbb", "ccccccccccc"))
    assert keys.find("ccccccccccc") is None
    clock.sleep(timedelta(minutes=1).total_seconds())
    assert [keys.find(each) is not None for each in ("aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc")] == [
        False,
        True,
        True,
    ]
