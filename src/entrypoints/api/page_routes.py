"""The page for managers: a few files that are served as they lie here, and load nothing from elsewhere."""

import gzip
from collections.abc import Mapping
from typing import Final

from attrs import frozen
from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.entrypoints.api.answers import Answer
from github_tracker.entrypoints.api.gate import ApiRequest
from github_tracker.entrypoints.api.negotiation import is_known, takes_gzip, weak_tag
from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE, page_file
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.query import refuse_query

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do: run its own scripts, in its own style, and ask the service it came from."""

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
"""Their charset is added as they are sent."""


@frozen
class _File:
    """A file with what is sent along."""

    body: bytes
    packed: bytes
    headers: Mapping[str, str]
    media_type: str


def page_routes() -> list[HTTPRouteHandler]:
    """Return the handlers of / and /assets; nobody needs a key for them."""
    page, assets = _read("index.html"), {name: _read(name) for name in (STYLE, *SCRIPTS)}

    @get("/")
    async def index(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        return _answer(request, page)

    @get("/assets/{name:str}")
    async def asset(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        found = assets.get(str(request.path_params["name"]))
        if found is None:
            raise not_found()
        return _answer(request, found)

    return [index, asset]


def _read(name: str) -> _File:
    body = page_file(name).encode()
    headers = {
        # Asked again each time, which costs one small answer: a page of one version with scripts of another breaks.
        "Cache-Control": "no-cache",
        "ETag": weak_tag(body),
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": PAGE_POLICY,
    }
    return _File(body, gzip.compress(body, mtime=0), headers, _TYPES[name.rpartition(".")[2]])


def _answer(request: ApiRequest, file: _File) -> Answer:
    headers = dict(file.headers)
    if is_known(headers["ETag"], ",".join(request.headers.getall("if-none-match", []))):
        return Answer(b"", status_code=304, headers=headers)
    if takes_gzip(",".join(request.headers.getall("accept-encoding", []))):
        return Answer(file.packed, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Answer(file.body, media_type=file.media_type, headers=headers)
