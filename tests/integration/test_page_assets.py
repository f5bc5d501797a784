"""The page's files over HTTP: few, small, packed where that is understood, and not sent twice."""

import gzip
import re
from collections.abc import Iterator

import pytest

from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE, page_file
from tests.integration.api_world import Api, memory_api

MOST_BYTES = 300_000
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PATHS = {"/": "index.html", **{f"/assets/{name}": name for name in (STYLE, *SCRIPTS)}}
TYPES = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The service."""
    with memory_api() as served:
        yield served


def test_page_weighs_less_than_300_kilobytes(api: Api) -> None:
    """All that its first look loads, as it is before it is packed; packed it is a third of that."""
    asked = ["/", *(f"/assets/{name}" for name in re.findall(r'"/assets/([^"]+)"', page_file("index.html")))]
    assert sorted(asked) == sorted(PATHS)
    assert sum(len(api.ask(path).body) for path in asked) < MOST_BYTES
    assert sum(len(api.ask(path, accept_encoding="gzip").body) for path in asked) < MOST_BYTES / 3


@pytest.mark.parametrize("path", list(PATHS))
def test_file_is_served_to_everybody_as_it_lies_in_the_package(api: Api, path: str) -> None:
    """Without a key, whole, under the page's policy."""
    reply = api.ask(path)
    assert (reply.status, reply.body.decode()) == (200, page_file(PATHS[path]))
    assert reply.headers["content-type"] == TYPES[path.rpartition(".")[2] if "." in path else "html"]
    policy = reply.headers["content-security-policy"].split("; ")
    assert dict(part.split(" ", 1) for part in policy) == POLICY
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", list(PATHS))
def test_file_is_packed_for_who_understands_it(api: Api, path: str) -> None:
    """And only then; who keeps copies is told what it depends on."""
    packed = api.ask(path, accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body).decode() == page_file(PATHS[path])
    plain = api.ask(path, accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    assert {reply.headers["vary"].lower() for reply in (packed, plain)} == {"accept-encoding"}
    assert {reply.headers["cache-control"] for reply in (packed, plain)} == {"no-cache"}


@pytest.mark.parametrize("path", list(PATHS))
def test_file_that_is_known_is_not_sent_again(api: Api, path: str) -> None:
    """By its ETag, which is another one for every other text."""
    tag = api.ask(path).headers["etag"]
    again = api.ask(path, if_none_match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert api.ask(path, if_none_match='"other"').status == 200


def test_tags_differ_by_text(api: Api) -> None:
    """So that nobody keeps an old script beside a new page."""
    assert len({api.ask(path).headers["etag"] for path in PATHS}) == len(PATHS)


@pytest.mark.parametrize("name", ["index.html", "chart.LICENSE.md", "../page_files.py", "%2e%2e/page_files.py", "x.js"])
def test_nothing_else_is_served(api: Api, name: str) -> None:
    """Only what the page itself asks for, and no way out of its folder."""
    assert api.ask(f"/assets/{name}").status == 404
