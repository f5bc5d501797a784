"""The OpenAPI document says what the API does: same routes, sound examples, and answers that keep to it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from github_tracker.entrypoints.api.openapi import openapi_document
from tests.fuzz_api import fuzz_round
from tests.integration.api_world import Api, memory_api

DOCUMENT: Any = openapi_document()
OPERATIONS = [(path, operation) for path, found in DOCUMENT["paths"].items() for operation in found.values()]
FOR_BROWSERS = {"/": "/", "/assets/{name}": "/assets/page.css"}
"""Which the document leaves out, with an address of each."""

DAYS = "?from=2024-01-01&to=2024-02-01"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The small world from memory; nobody here changes it."""
    with memory_api() as made:
        yield made


def validator_of(schema: Any) -> Any:
    """Return what tells whether a value keeps to a schema of the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


def test_document_names_every_route_and_no_other(api: Api) -> None:
    """A path that is described is there; the rest of the world is 404."""
    concrete = {
        "team_id": str(api.team_id("apps")),
        "owner": "Acme",
        "repo": "Widgets",
        "number": "1",
    }
    for path, operation in OPERATIONS:
        needed = [one["name"] for one in operation["parameters"] if one["in"] == "query" and one.get("required")]
        assert needed in ([], ["from", "to"])
        place = path.format(**concrete) + (DAYS if needed else "")
        body = json.dumps({"rule": "merged"}).encode() if "requestBody" in operation else None
        method = "GET" if body is None else "POST"
        assert api.ask(place, api.reader, method, body).status == 200, path
    assert {api.ask(address).status for address in FOR_BROWSERS.values()} == {200}
    assert api.routes - FOR_BROWSERS.keys() == {path for path, _ in OPERATIONS}


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_operation_documents_its_errors(path: str, operation: Any) -> None:
    """401, 404, 429 and 503 wherever they can happen."""
    statuses = set(operation["responses"])
    assert {"200", "400", "405"} <= statuses
    if operation.get("security") != []:
        assert {"401", "429", "503"} <= statuses
        assert ("403" in statuses) == (path != "/access")
    assert ({"409", "413", "422"} <= statuses) == ("requestBody" in operation)
    if "{" in path or path == "/runs/latest":
        assert "404" in statuses


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_examples_keep_to_their_schemas(path: str, operation: Any) -> None:
    """What the document shows is what it says."""
    sent = operation.get("requestBody", {}).get("content", {})
    for kind, form in [*operation["responses"]["200"]["content"].items(), *sent.items()]:
        if "example" in form:
            validator_of(form["schema"]).validate(form["example"])
        else:
            assert kind != "text/csv", path
    for response in DOCUMENT["components"]["responses"].values():
        form = response["content"]["application/problem+json"]
        validator_of(form["schema"]).validate(form["example"])


def test_schemes_are_headers() -> None:
    """A key never stands in an address."""
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert schemes["ApiKey"] == {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    assert schemes["Bearer"]["scheme"] == "bearer"
    assert DOCUMENT["security"] == [{"ApiKey": []}, {"Bearer": []}]


def test_answers_keep_to_the_document() -> None:
    """Whatever is asked, rightly or wrongly: no 5xx, no other form than described, no key ignored; a short `make fuzz`.

    Every operation is asked, in every phase and with every check, and each is answered well at least once.
    """
    fuzzed = fuzz_round(cases=0, seed=1)
    assert fuzzed.faults == (), fuzzed.output
    assert fuzzed.cases > len(OPERATIONS) * 20
    for path, operation in OPERATIONS:
        is_open = operation.get("security") == []
        assert (fuzzed.answers.counts[path, "401"] == 0) == is_open, path
        assert fuzzed.answers.counts[path, "5xx"] == 0, path
    assert fuzzed.answers.counts["/pull-requests/{owner}/{repo}/{number}/attribution", "2xx"] > 10
    for path in ("/metrics/team/{team_id}/pull-requests", "/metrics/team/{team_id}/allocation", "/what-if"):
        assert fuzzed.answers.counts[path, "2xx"] > 2, path


def test_documentation_shows_every_operation(api: Api) -> None:
    """With its method; and of what can be sent, an example."""
    page = api.ask("/docs").body.decode()
    for path, found in DOCUMENT["paths"].items():
        for method in found:
            assert f"<code>{method.upper()} {path}</code></h2>" in page
    assert "To be sent: <code>application/json</code>" in page
