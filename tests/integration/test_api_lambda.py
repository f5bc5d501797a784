"""The API as AWS Lambda runs it: events as API Gateway sends them, of HTTP APIs (2.0) and of REST APIs (1.0)."""

import asyncio
import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from github_tracker.adapters.postgres.database import open_database
from github_tracker.entrypoints import lambda_api
from github_tracker.entrypoints.roster_file import format_roster
from tests.integration.api_world import ROSTER, Api, postgres_api
from tests.integration.databases import Databases
from tests.integration.gateway_events import event_1, event_2
from tests.own_logging import own_logging


@pytest.fixture(autouse=True)
def own_process_state() -> Iterator[None]:
    """Mangum makes an event loop, and leaves it open; the log stays set up: both as is right in Lambda."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with own_logging():
        yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    """The small world on PostgreSQL, with the handler set to the same database; nobody here changes it."""
    url = databases.create()
    with (
        open_database(url, pool_size=4) as database,
        postgres_api(database) as made,
        pytest.MonkeyPatch.context() as to,
    ):
        to.setenv("DB_URL", url.reveal())
        to.delenv("DB_READ_URL", raising=False)
        lambda_api._built = None
        yield made
        lambda_api._OPENED.close()
        lambda_api._built = None
    databases.give_back(url)


def sending(event: dict[str, Any], body: bytes, *, is_encoded: bool) -> dict[str, Any]:
    """Return the event with a body, which API Gateway encodes unless it takes it for text."""
    text = base64.b64encode(body).decode() if is_encoded else body.decode()
    return {**event, "body": text, "isBase64Encoded": is_encoded}


def call(event: dict[str, Any]) -> dict[str, Any]:
    """Let the handler answer; header names in small letters."""
    answer = lambda_api.handler(event, None)
    headers = {name.lower(): text for name, text in answer.get("headers", {}).items()}
    headers |= {name.lower(): texts[0] for name, texts in answer.get("multiValueHeaders", {}).items()}
    body = answer["body"]
    assert not answer["isBase64Encoded"]
    return {"status": answer["statusCode"], "headers": headers, "body": body}


@pytest.mark.parametrize("event_of", [event_1, event_2])
@pytest.mark.parametrize("metric", ["velocity", "lead-time"])
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_events_are_answered_like_requests(api: Api, event_of: Any, metric: str, accept: str) -> None:
    """The same body, the same tag, and 304 to who has it."""
    path, query = f"/metrics/team/{api.team_id('apps')}/{metric}", "from=2024-01-01&to=2024-03-01"
    over_http = api.read(f"{path}?{query}", Accept=accept)
    headers = {"x-api-key": api.reader, "accept": accept}
    answer = call(event_of(path, query, headers))
    assert (answer["status"], answer["body"].encode()) == (200, over_http.body)
    assert answer["headers"]["etag"] == over_http.headers["etag"]
    again = call(event_of(path, query, {**headers, "if-none-match": over_http.headers["etag"]}))
    assert (again["status"], again["body"]) == (304, "")


@pytest.mark.parametrize("event_of", [event_1, event_2])
def test_errors_are_problems_here_too(api: Api, event_of: Any) -> None:
    """As text, not encoded; with their headers."""
    refused = call(event_of("/metrics/velocity", "", {}))
    assert (refused["status"], refused["headers"]["content-type"]) == (401, "application/problem+json")
    assert refused["headers"]["www-authenticate"] == 'Bearer realm="github-tracker"'
    assert json.loads(refused["body"])["type"].endswith("not-authenticated")
    key = {"authorization": f"Bearer {api.reader}"}
    assert call(event_of("/nothing", "", key))["status"] == 404
    assert call(event_of("/metrics/velocity", "x=1", key))["status"] == 400
    assert call(event_of("/metrics/velocity", "", key, "POST"))["status"] == 405


@pytest.mark.parametrize("is_encoded", [False, True])
@pytest.mark.parametrize("event_of", [event_1, event_2])
def test_proposal_is_tried_here_too(api: Api, event_of: Any, is_encoded: bool) -> None:
    """The same answer as over HTTP; what is wrong is told as a problem, what is too long as well."""
    fields = {"roster": format_roster(ROSTER), "rule": "merged", "to": "2024-06-01"}
    event = event_of("/what-if", "", {"x-api-key": api.reader, "content-type": "application/json"}, "POST")
    answer = call(sending(event, json.dumps(fields).encode(), is_encoded=is_encoded))
    assert (answer["status"], answer["body"].encode()) == (200, api.send("/what-if", fields).body)
    assert json.loads(answer["body"])["totals"]["prs_compared"] == 6
    statuses = [
        call(sending(event, body, is_encoded=is_encoded))["status"]
        for body in (b"", b"{", b'{"roster": "x"}', b" " * 1_000_001)
    ]
    assert statuses == [400, 400, 422, 413]


@pytest.mark.parametrize("event_of", [event_1, event_2])
def test_page_is_served_here_too(api: Api, event_of: Any) -> None:
    """Packed where that is welcome, which API Gateway is handed encoded."""
    wanted = api.ask("/").body
    assert call(event_of("/", "", {}))["body"].encode() == wanted
    packed = lambda_api.handler(event_of("/", "", {"accept-encoding": "gzip"}), None)
    assert (packed["statusCode"], packed["isBase64Encoded"]) == (200, True)
    assert gzip.decompress(base64.b64decode(packed["body"])) == wanted


def test_container_is_built_once(api: Api) -> None:
    """A second event is answered by the same application on the same pool."""
    call(event_2("/ready", "", {}))
    built = lambda_api._built
    call(event_1("/teams", "", {"x-api-key": api.reader}))
    assert lambda_api._built is built
    assert built is not None


@pytest.mark.parametrize("event_of", [event_1, event_2])
def test_database_that_is_away_at_the_cold_start_is_told_and_tried_again(
    api: Api, event_of: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """503 with a time to come back; and nothing of the address."""
    monkeypatch.setattr(lambda_api, "_built", None)
    with monkeypatch.context() as away:
        away.setenv("DB_URL", "postgresql://who:s3cret@127.0.0.1:1/nowhere")
        answer = call(event_of("/metrics/velocity", "", {"x-api-key": api.reader}))
    assert (answer["status"], answer["headers"]["retry-after"]) == (503, "5")
    assert json.loads(answer["body"])["type"].endswith("storage-unavailable")
    written = capsys.readouterr()
    assert "s3cret" not in answer["body"] + written.out + written.err
    assert "DatabaseErrors" in written.out
    assert call(event_of("/metrics/velocity", "", {"x-api-key": api.reader}))["status"] == 200


@pytest.mark.parametrize(
    "module", ["github_tracker.entrypoints.lambda_api", "github_tracker.entrypoints.api.application"]
)
def test_importing_the_api_loads_neither_github_nor_the_command_line(module: str) -> None:
    """A cold start pays for what it imports."""
    program = (
        f"import sys, {module}\n"
        "unwanted = {'github', 'boto3', 'botocore.session', 'click', 'rich', 'requests', 'yoyo', 'punq', 'uvicorn'}\n"
        "print(sorted(unwanted & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_event_of_a_stage_is_found_behind_its_base_path(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """API_BASE_PATH takes off what an HTTP API with a named stage puts before every path."""
    monkeypatch.setattr(lambda_api, "_built", None)
    monkeypatch.setenv("API_BASE_PATH", "/prod")
    assert call(event_2("/prod/teams", "", {"x-api-key": api.reader}))["status"] == 200
