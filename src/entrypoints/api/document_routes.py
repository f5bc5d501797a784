"""What is written about the API: its description for programs, and a page for people that loads nothing else."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.entrypoints.api.answers import Answer, json_bytes
from github_tracker.entrypoints.api.docs_page import PAGE_POLICY, docs_page
from github_tracker.entrypoints.api.gate import ApiRequest
from github_tracker.entrypoints.api.negotiation import JSON, is_known, weak_tag
from github_tracker.entrypoints.api.openapi import openapi_document
from github_tracker.entrypoints.api.query import refuse_query

_KEPT = "public, max-age=300"


def document_routes() -> list[HTTPRouteHandler]:
    """Return the handlers of /openapi.json and /docs."""
    document = openapi_document()
    description, page = json_bytes(document), docs_page(document).encode()

    @get("/openapi.json")
    async def openapi(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        return _answer(request, description, JSON, {})

    @get("/docs")
    async def docs(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        return _answer(request, page, "text/html", {"Content-Security-Policy": PAGE_POLICY})

    return [openapi, docs]


def _answer(request: ApiRequest, body: bytes, media_type: str, further: dict[str, str]) -> Answer:
    headers = {"ETag": weak_tag(body), "Cache-Control": _KEPT, **further}
    if is_known(headers["ETag"], request.headers.get("if-none-match", "")):
        return Answer(b"", status_code=304, headers=headers)
    return Answer(body, media_type=media_type, headers=headers)
