"""The API under AWS's own runtime client: answers, log lines and metrics, under API Gateway's own request ids."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from github_tracker.adapters.postgres.database import open_database
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import Api, postgres_api
from tests.integration.canaries import PASSWORD
from tests.integration.collecting_lambda import with_canary
from tests.integration.databases import Databases
from tests.integration.gateway_events import event_1, event_2
from tests.integration.lambda_runtime import Answer, lambda_process

HANDLER = "github_tracker.entrypoints.lambda_api.handler"


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[Secret]:
    """The address of the small world's database."""
    url = databases.create()
    yield url
    databases.give_back(url)


@pytest.fixture(scope="module")
def api(database_url: Secret) -> Iterator[Api]:
    """The small world on PostgreSQL; nobody here changes it."""
    with open_database(database_url, pool_size=4) as database, postgres_api(database) as made:
        yield made


def access(given: Answer) -> dict[str, Any]:
    """Return the one line about the request itself."""
    (line,) = [line for line in given.log if line["message"] == "request"]
    return line


@pytest.mark.parametrize("event_of", [event_1, event_2])
def test_request_is_logged_under_the_id_of_api_gateway(api: Api, database_url: Secret, event_of: Any) -> None:
    """The answer, the log and the metrics bear it; a warm process keeps nothing of the request before."""
    path, headers = f"/metrics/team/{api.team_id('apps')}/velocity", {"x-api-key": api.reader}
    with lambda_process(HANDLER, DB_URL=with_canary(database_url).reveal()) as process:
        cold, warm = (process.invoke(event_of(path, "", headers)) for _ in range(2))
        missing = process.invoke(event_of("/nothing", "", headers))
        alive = process.invoke(event_of("/health", "", headers))
    expected = event_of(path, "", {})["requestContext"]["requestId"]
    for given in (cold, warm):
        assert json.loads(given.result["body"]) == api.read(path).json
        answered = {**given.result.get("headers", {}), **given.result.get("multiValueHeaders", {})}
        assert answered["x-request-id"] in (expected, [expected])
        assert given.ids == {expected}
        line = access(given)
        assert (line["request_id"], line["status"], line["path"], line["service"]) == (expected, 200, path, "api")
        assert line["function_request_id"] == given.request_id
        assert (set(given.metrics), len(given.blobs)) == ({"DatabaseQueryDuration"}, 1)
    assert [access(cold)["cold_start"], access(warm)["cold_start"]] == [True, False]
    assert (access(missing)["status"], access(missing)["path"]) == (404, "(no such path)")
    assert alive.blobs == []
    for secret in (PASSWORD, api.reader.rpartition("_")[2]):
        assert secret not in process.output


def test_database_that_is_away_is_counted(api: Api) -> None:
    """503 for whoever asks, an error in the log and in the metrics for the operator, and no address."""
    with lambda_process(HANDLER, DB_URL=f"postgresql://who:{PASSWORD}@127.0.0.1:1/nowhere") as process:
        given = process.invoke(event_2("/teams", "", {"x-api-key": api.reader}))
    assert (given.error, given.result["statusCode"]) == (None, 503)
    assert given.metrics["DatabaseErrors"] == [1]
    assert {"ERROR"} <= {line["level"] for line in given.log}
    assert len(given.ids) == 1
    assert PASSWORD not in process.output


def test_only_an_id_that_can_be_one_is_taken_over(database_url: Secret) -> None:
    """It goes into a header of the answer; otherwise AWS's own id of the invocation stands in."""
    cases: dict[object, bool] = {
        "JKJaXmPLvHcESHA=": True,
        "c6af9ac6-7b61": True,
        "a\r\nX-Evil: 1": False,
        "": False,
        7: False,
    }
    with lambda_process(HANDLER, DB_URL=database_url.reveal()) as process:
        for request_id, is_taken in cases.items():
            event = event_2("/health", "", {})
            event["requestContext"]["requestId"] = request_id
            given = process.invoke(event)
            expected = request_id if is_taken else given.request_id
            assert given.result["headers"]["x-request-id"] == expected
            assert given.ids == {expected}


def test_bad_settings_and_odd_events_are_errors_in_json(database_url: Secret) -> None:
    """Lambda is told, and the log tells where."""
    with lambda_process(HANDLER, DB_URL="mysql://x", LOG_LEVEL="loud") as process:
        bad = process.invoke(event_2("/teams", "", {}))
    with lambda_process(HANDLER, DB_URL=database_url.reveal()) as process:
        odd = process.invoke([1])
    assert bad.error["errorType"] == "BadInputError"
    assert (odd.error["errorType"], odd.ids) == ("RuntimeError", {odd.request_id})
    assert [line["exception_name"] for given in (bad, odd) for line in given.log if "exception_name" in line] == [
        "BadInputError",
        "RuntimeError",
    ]
