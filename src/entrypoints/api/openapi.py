"""The OpenAPI 3.1 document. Written out rather than derived: a test compares it with routes and answers."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

from github_tracker.entrypoints.api.openapi_behind_schemas import BEHIND_SCHEMAS
from github_tracker.entrypoints.api.openapi_examples import PROBLEM_EXAMPLES
from github_tracker.entrypoints.api.openapi_forms import reference
from github_tracker.entrypoints.api.openapi_operations import Node, name_of
from github_tracker.entrypoints.api.openapi_paths import paths
from github_tracker.entrypoints.api.openapi_schemas import SCHEMAS
from github_tracker.entrypoints.api.problems import PROBLEM_TYPE

_ABOUT: Final = (
    "Team velocity and lead time of pull requests, credited to teams through time-windowed, weighted membership. "
    "Nothing can be changed. Days are half-open: `from` counts, `to` does not. Weights are exact decimals in strings. "
    "Answers carry an ETag: sent back as If-None-Match it saves reading figures as long as nothing has changed. A key "
    "may be restricted to some teams; everything else is then as if it were not there."
)
_PROBLEMS: Final = {
    400: "The request cannot be understood; `errors` names every fault.",
    401: "There is no key, or it was not accepted: unknown, expired and revoked look alike.",
    403: "The key lacks the scope, or is restricted to some teams where all are meant.",
    404: "It is not there, or not for this key.",
    405: "This cannot be done here; Allow names what can.",
    409: "What is stored does not allow it: there is no roster to compare with.",
    413: "The body is too long.",
    414: "The path or the query is too long.",
    422: "What was sent is understood and refused; `errors` names every fault.",
    429: "The limit of requests is reached.",
    503: "The stored figures cannot be read at the moment, or not in time, or too many requests wait for theirs.",
}
_RETRY: Final[Node] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "required": True}
}


def openapi_document() -> Node:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "github-tracker metrics API", "version": _version(), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"ApiKey": []}, {"Bearer": []}],
        "tags": [
            {"name": "metrics", "description": "Needs the scope metrics:read."},
            {"name": "teams", "description": "Needs the scope teams:read."},
            {"name": "service", "description": "How the service itself stands."},
        ],
        "paths": paths(),
        "components": {
            "schemas": {**SCHEMAS, **BEHIND_SCHEMAS},
            "responses": {name_of(status): _problem(status, text) for status, text in _PROBLEMS.items()},
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "Bearer": {"type": "http", "scheme": "bearer", "description": "The same key."},
            },
        },
    }


def _problem(status: int, text: str) -> Node:
    form = {"schema": reference("Problem"), "example": PROBLEM_EXAMPLES[status]}
    found: Node = {"description": text, "content": {PROBLEM_TYPE: form}}
    if status in (429, 503):
        found["headers"] = _RETRY
    if status == 401:  # the status itself
        found["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    if status == 405:  # the status itself
        found["headers"] = {"Allow": {"schema": {"type": "string"}, "required": True}}
    return found


def _version() -> str:
    try:
        return version("github-tracker")
    except PackageNotFoundError:  # in an archive of the code alone, as for AWS Lambda
        return "0"
