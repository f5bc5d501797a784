"""How the page and its files are served: to everybody, packed where that is welcome, and never from an old cache."""

import gzip
from collections.abc import Iterator

import pytest

from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE, page_file
from tests.integration.api_world import Api, memory_api

FILES = {"/": "index.html", **{f"/assets/{name}": name for name in (STYLE, *SCRIPTS)}}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The small world from memory; nobody here changes it."""
    with memory_api() as made:
        yield made


@pytest.mark.parametrize(("path", "name"), FILES.items())
def test_file_is_served_as_it_lies_in_the_package(api: Api, path: str, name: str) -> None:
    """Without a key, with a policy that lets it load nothing from elsewhere."""
    reply = api.ask(path)
    assert (reply.status, reply.body) == (200, page_file(name).encode())
    kinds = {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
    }
    assert reply.headers["content-type"] == kinds[name.rpartition(".")[2]]
    assert (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
        in (reply.headers["content-security-policy"])
    )
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "Accept-Encoding" in reply.headers["vary"]
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("GZIP", True)]
    + [(text, False) for text in ("", "identity", "gzip;q=0", "gzip;q=0.0, br", "*;q=0", "xgzip", "*, gzip;q=0")],
)
def test_file_is_packed_where_that_is_welcome(api: Api, accepted: str, is_packed: bool) -> None:
    """The same bytes, once they are unpacked."""
    plain, reply = api.ask("/assets/page.js"), api.ask("/assets/page.js", Accept_Encoding=accepted)
    assert reply.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert (gzip.decompress(reply.body) if is_packed else reply.body) == plain.body
    assert reply.headers["etag"] == plain.headers["etag"]


def test_browser_that_has_a_file_gets_nothing(api: Api) -> None:
    """Each has a tag of its own; HEAD tells it too."""
    tags = {path: api.ask(path).headers["etag"] for path in FILES}
    assert len(set(tags.values())) == len(FILES)
    for path, tag in tags.items():
        again = api.ask(path, If_None_Match=tag)
        assert (again.status, again.body) == (304, b"")
        head = api.ask(path, None, "HEAD")
        assert (head.status, head.body, head.headers["etag"]) == (200, b"", tag)


@pytest.mark.parametrize("path", ["/assets/", "/assets/index.html", "/assets/../settings.py", "/assets/page.css/x"])
def test_nothing_else_is_served(api: Api, path: str) -> None:
    """Nor is anything looked up by what was asked for."""
    assert api.ask(path).status == 404
    assert api.ask("/assets/page.css?x=1").status == 400
