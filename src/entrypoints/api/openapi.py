"""The OpenAPI 3.1 document. Written out rather than derived: a test compares it with routes and answers."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from github_tracker.entrypoints.api.openapi_examples import EXAMPLES, PROBLEM_EXAMPLES
from github_tracker.entrypoints.api.openapi_forms import GREATEST, reference
from github_tracker.entrypoints.api.openapi_schemas import SCHEMAS
from github_tracker.entrypoints.api.problems import PROBLEM_TYPE
from github_tracker.entrypoints.api.query import NAME_PATTERN, REPOSITORY_PATTERN

Node = dict[str, object]

_ABOUT: Final = (
    "Team velocity and lead time of pull requests, credited to teams through time-windowed, weighted membership. "
    "Everything is read only. Days are half-open: `from` counts, `to` does not. Weights are exact decimals in strings. "
    "Answers carry an ETag: sent back as If-None-Match it saves reading figures as long as nothing has changed. A key "
    "may be restricted to some teams; everything else is then as if it were not there."
)
_RANGE: Final = (
    "Without `from` it begins with the first figures that there are, without `to` it ends with the last ones; at most "
    "3660 days."
)
_PROBLEMS: Final = {
    400: "The request cannot be understood; `errors` names every fault.",
    401: "There is no key, or it was not accepted: unknown, expired and revoked look alike.",
    403: "The key lacks the scope.",
    404: "It is not there, or not for this key.",
    405: "Only reading is possible.",
    414: "The path or the query is too long.",
    429: "The limit of requests is reached.",
    503: "The stored figures cannot be read at the moment, or too many requests wait for theirs.",
}
_RETRY: Final[Node] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "required": True}
}
_TEAM_ID: Final[Node] = {
    "name": "team_id",
    "in": "path",
    "required": True,
    "description": "The id that /teams tells; it stays when the team's name changes.",
    "schema": {"type": "integer", "minimum": 1, "maximum": GREATEST},
    "example": 1,
}
_DAYS: Final[list[Node]] = [
    {
        "name": "from",
        "in": "query",
        "description": "The first day that counts; weeks and months are chosen by their first day.",
        "schema": {"type": "string", "format": "date"},
        "example": "2026-01-05",
    },
    {
        "name": "to",
        "in": "query",
        "description": "The first day that no longer counts; after `from`, by at most 3660 days.",
        "schema": {"type": "string", "format": "date"},
        "example": "2026-06-29",
    },
]


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
        "paths": _paths(),
        "components": {
            "schemas": dict(SCHEMAS),
            "responses": {_name_of(status): _problem(status, text) for status, text in _PROBLEMS.items()},
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "Bearer": {"type": "http", "scheme": "bearer", "description": "The same key."},
            },
        },
    }


def _paths() -> Node:
    number: Node = {**_TEAM_ID, "name": "number", "description": "The pull request's number.", "example": 12}
    owner, repo = _name("owner", NAME_PATTERN, "octo"), _name("repo", REPOSITORY_PATTERN, "widgets")
    explanation = ("Explanation", "PartialExplanation")
    return {
        "/metrics/team/{team_id}/velocity": _metric("One team's velocity, week by week", "TeamVelocity", _TEAM_ID),
        "/metrics/team/{team_id}/lead-time": _metric("One team's lead time, month by month", "TeamLeadTime", _TEAM_ID),
        "/metrics/velocity": _metric("Velocity of all teams, and what no team earned", "Velocity"),
        "/metrics/lead-time": _metric("Lead time of all teams", "LeadTime"),
        "/teams": _operation("All teams", "teams", ("Teams",), [], (400, 401, 403, 429, 503), has_tag=True),
        "/teams/{team_id}": _operation(
            "A team with its members' windows",
            "teams",
            ("TeamWithMembers",),
            [_TEAM_ID],
            (400, 401, 403, 404, 429, 503),
            has_tag=True,
        ),
        "/pull-requests/{owner}/{repo}/{number}/attribution": _operation(
            "Why a pull request is credited as it is",
            "metrics",
            explanation,
            [owner, repo, number],
            (400, 401, 403, 404, 414, 429, 503),
        ),
        "/runs/latest": _operation(
            "What the latest run did",
            "service",
            ("Run", "PartialRun"),
            [],
            (400, 401, 403, 404, 429, 503),
            has_tag=True,
        ),
        "/health": _open(_operation("Whether the process lives", "service", ("Status",), [], (400,))),
        "/ready": _open(_operation("Whether the database answers", "service", ("Status",), [], (400, 429, 503))),
        "/openapi.json": _open(_document("This description", "application/json", {"type": "object"})),
        "/docs": _open(_document("This description for people", "text/html", {"type": "string"})),
    }


def _metric(summary: str, schema: str, *path: Node) -> Node:
    statuses = (400, 401, 403, *((404,) if path else ()), 414, 429, 503)
    found = _operation(summary, "metrics", (schema,), [*path, *_DAYS], statuses, has_tag=True, has_csv=True)
    found["get"]["description"] = _RANGE  # type: ignore[index]  # the node was made just above
    return found


def _operation(
    summary: str,
    tag: str,
    schemas: tuple[str, ...],
    parameters: list[Node],
    statuses: tuple[int, ...],
    *,
    has_tag: bool = False,
    has_csv: bool = False,
) -> Node:
    schema = reference(schemas[0]) if len(schemas) == 1 else {"anyOf": [reference(name) for name in schemas]}
    json_form: Node = {"schema": schema}
    if schemas[0] in EXAMPLES:
        json_form["example"] = EXAMPLES[schemas[0]]
    content: Node = {"application/json": json_form}
    if has_csv:
        content["text/csv"] = {"schema": {"type": "string"}, "example": EXAMPLES[f"{schemas[0]}.csv"]}
    good: Node = {"description": "What was asked for.", "content": content}
    responses: Node = {"200": good}
    if has_tag:
        good["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
        responses["304"] = {"description": "Nothing has changed since the answer with that ETag."}
    responses |= {str(status): {"$ref": f"#/components/responses/{_name_of(status)}"} for status in (*statuses, 405)}
    return {"get": {"summary": summary, "tags": [tag], "parameters": parameters, "responses": responses}}


def _document(summary: str, media_type: str, schema: Mapping[str, object]) -> Node:
    found = _operation(summary, "service", ("Status",), [], (400, 429))
    operation = found["get"]
    operation["responses"]["200"]["content"] = {media_type: {"schema": schema}}  # type: ignore[index]  # made above
    return found


def _open(found: Node) -> Node:
    """Without a key."""
    found["get"]["security"] = []  # type: ignore[index]  # the node was made by `_operation`
    return found


def _name(name: str, pattern: str, example: str) -> Node:
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


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


def _name_of(status: int) -> str:
    return f"Problem{status}"


def _version() -> str:
    try:
        return version("github-tracker")
    except PackageNotFoundError:  # in an archive of the code alone, as for AWS Lambda
        return "0"
