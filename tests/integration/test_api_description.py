"""The OpenAPI document says what the API does: same routes, sound examples, and answers that keep to it."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from github_tracker.entrypoints.api.openapi import openapi_document
from tests.fuzz_api import fuzz_round
from tests.integration.api_world import Api, memory_api

DOCUMENT: Any = openapi_document()
OPERATIONS = [(path, found["get"]) for path, found in DOCUMENT["paths"].items()]


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
    for path, _ in OPERATIONS:
        assert api.ask(path.format(**concrete), api.reader).status == 200, path
    assert api.routes == {path for path, _ in OPERATIONS}


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_operation_documents_its_errors(path: str, operation: Any) -> None:
    """401, 404, 429 and 503 wherever they can happen."""
    statuses = set(operation["responses"])
    assert {"200", "400", "405"} <= statuses
    if operation.get("security") != []:
        assert {"401", "403", "429", "503"} <= statuses
    if "{" in path or path == "/runs/latest":
        assert "404" in statuses


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_examples_keep_to_their_schemas(path: str, operation: Any) -> None:
    """What the document shows is what it says."""
    for kind, form in operation["responses"]["200"]["content"].items():
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
