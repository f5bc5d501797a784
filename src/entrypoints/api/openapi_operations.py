"""What operations of the OpenAPI document are made of."""

from collections.abc import Mapping
from typing import Final

from github_tracker.entrypoints.api.openapi_behind_examples import BEHIND_EXAMPLES
from github_tracker.entrypoints.api.openapi_examples import EXAMPLES
from github_tracker.entrypoints.api.openapi_forms import GREATEST, reference

Node = dict[str, object]

TEAM_ID: Final[Node] = {
    "name": "team_id",
    "in": "path",
    "required": True,
    "description": "The id that /teams tells; it stays when the team's name changes.",
    "schema": {"type": "integer", "minimum": 1, "maximum": GREATEST},
    "example": 1,
}
_ALL_EXAMPLES: Final[Mapping[str, object]] = {**EXAMPLES, **BEHIND_EXAMPLES}


def day(name: str, description: str, example: str, *, is_needed: bool = False) -> Node:
    """Return a parameter that is a day."""
    found = query(name, description, {"type": "string", "format": "date"}, example)
    return {**found, "required": True} if is_needed else found


def query(name: str, description: str, schema: Mapping[str, object], example: object = None) -> Node:
    """Return a parameter of the query that may be missing."""
    found: Node = {"name": name, "in": "query", "description": description, "schema": schema}
    return found if example is None else {**found, "example": example}


def path_name(name: str, pattern: str, example: str) -> Node:
    """Return a parameter of the path that is a name."""
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def reading(
    summary: str,
    tag: str,
    schemas: tuple[str, ...],
    parameters: list[Node],
    statuses: tuple[int, ...],
    *,
    description: str = "",
    has_tag: bool = False,
    has_csv: bool = False,
) -> Node:
    """Return an operation that reads; `statuses` are those of its problems, besides 405."""
    good = _good(schemas)
    if has_csv:
        content: Node = good["content"]  # type: ignore[assignment]  # the node was made just above
        content["text/csv"] = {"schema": {"type": "string"}, "example": EXAMPLES[f"{schemas[0]}.csv"]}
    responses: Node = {"200": good}
    if has_tag:
        good["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
        responses["304"] = {"description": "Nothing has changed since the answer with that ETag."}
    responses |= problems(*statuses, 405)
    told: Node = {"description": description} if description else {}
    return {"get": {"summary": summary, **told, "tags": [tag], "parameters": parameters, "responses": responses}}


def trying(summary: str, tag: str, schemas: tuple[str, str], statuses: tuple[int, ...], description: str) -> Node:
    """Return an operation that is sent something of the first schema, and answers with the second."""
    sent, answered = schemas
    form: Node = {"schema": reference(sent), "example": _ALL_EXAMPLES[sent]}
    return {
        "post": {
            "summary": summary,
            "description": description,
            "tags": [tag],
            "parameters": [],
            "requestBody": {"required": True, "content": {"application/json": form}},
            "responses": {"200": _good((answered,)), **problems(*statuses, 405)},
        }
    }


def document(summary: str, media_type: str, schema: Mapping[str, object]) -> Node:
    """Return an operation that reads what is written about the API."""
    found: Node = {"description": "What was asked for.", "content": {media_type: {"schema": schema}}}
    responses = {"200": found, **problems(400, 429, 405)}
    return {"get": {"summary": summary, "tags": ["service"], "parameters": [], "responses": responses}}


def without_key(found: Node) -> Node:
    """Return the operation as one that needs no key."""
    operation: Node = found["get"]  # type: ignore[assignment]  # the node was made by `reading`
    return {"get": {**operation, "security": []}}


def problems(*statuses: int) -> Node:
    """Return the responses for problems."""
    return {str(status): {"$ref": f"#/components/responses/{name_of(status)}"} for status in statuses}


def name_of(status: int) -> str:
    """Return the name of a problem's response among the components."""
    return f"Problem{status}"


def _good(schemas: tuple[str, ...]) -> Node:
    schema = reference(schemas[0]) if len(schemas) == 1 else {"anyOf": [reference(name) for name in schemas]}
    form: Node = {"schema": schema}
    if schemas[0] in _ALL_EXAMPLES:
        form["example"] = _ALL_EXAMPLES[schemas[0]]
    return {"description": "What was asked for.", "content": {"application/json": form}}
