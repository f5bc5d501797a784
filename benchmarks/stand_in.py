"""A stand-in for GitHub that is never the bottleneck: a process that only sends bytes which were prepared before.

Usage: python -m benchmarks.stand_in --repositories N --pull-requests N [--latency SECONDS] [--small-pages-of N]

It says its address on standard output once everything is prepared, and ends when its standard input does. `/_taken`
tells what was asked for since the last time that this was asked, when first and last, and how much processor time
answering took.
"""

import argparse
import asyncio
import json
import socket
import sys
import time
from collections import Counter
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import frozen

from benchmarks.github_pages import Listed, Order, Page, list_page, pages_of, repository_page
from benchmarks.made_up_world import FIRST_ID, World

_LIMIT: Final = 15_000
_OLDEST_FIRST: Final = Order("created", "asc")
_UPDATED_FIRST: Final = Order("updated", "desc")
_NEWEST_FIRST: Final = Order("created", "desc")
_IN_FULL: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Encoding: gzip\r\n"
_UNCHANGED: Final = b"HTTP/1.1 304 Not Modified\r\n"
_MISSING: Final = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"
)
_ALWAYS: Final = b"Server: GitHub.com\r\nX-GitHub-Media-Type: github.v3; format=json\r\nVary: Accept, Authorization\r\n"


@frozen
class Prepared:
    """The answer to one address."""

    kind: str
    page: Page
    headers: bytes
    """What is the same whether it is sent in full or not."""


class Site:
    """Knows the answer to every address, and counts what was asked for."""

    def __init__(self, world: World, url: str) -> None:
        self._world = world
        self._url = url
        self._places = {name: place for place, name in enumerate(world.names)}
        self._prepared: dict[bytes, Prepared] = {}
        self._pages: dict[tuple[int, Order, int, int], Page] = {}
        self._counts: Counter[str] = Counter()
        self._since = time.process_time()
        self._first_at = self._last_at = 0.0
        self.sizes: Counter[str] = Counter()

    def prepare(self, small_pages_of: int) -> None:
        """Make every page that is going to be asked for: 100 a page, and 30 newest first of some repositories."""
        for place in range(self._world.repositories):
            for number in range(1, pages_of(self._world, 100) + 1):
                self._page(place, _OLDEST_FIRST, 100, number)
            self._page(place, _UPDATED_FIRST, 100, 1)
        for place in range(min(small_pages_of, self._world.repositories)):
            for number in range(1, pages_of(self._world, 30) + 1):
                self._page(place, _NEWEST_FIRST, 30, number)
        self._since = time.process_time()

    def answer(self, target: bytes, etag: bytes) -> bytes:
        """Return the whole answer to a GET request."""
        if target == b"/_taken":
            return self._taken()
        prepared = self._prepared.get(target) or self._find(target)
        if prepared is None:
            self._counts["unknown"] += 1
            return _MISSING
        self._last_at = time.monotonic()
        self._first_at = self._first_at or self._last_at
        is_unchanged = etag == prepared.page.etag
        self._counts[prepared.kind] += 1
        self._counts["304"] += is_unchanged
        used = self._counts["list"] + self._counts["repository"] - self._counts["304"]
        now = int(time.time())
        changing = (
            f"Date: {formatdate(now, usegmt=True)}\r\nX-RateLimit-Limit: {_LIMIT}\r\nX-RateLimit-Used: {used}\r\n"
            f"X-RateLimit-Remaining: {_LIMIT - used}\r\nX-RateLimit-Reset: {now // 3600 * 3600 + 3600}\r\n"
            "X-RateLimit-Resource: core\r\n"
        ).encode()
        if is_unchanged:
            return b"".join((_UNCHANGED, _ALWAYS, changing, prepared.headers, b"\r\n"))
        length = b"Content-Length: %d\r\n\r\n" % len(prepared.page.body)
        return b"".join((_IN_FULL, _ALWAYS, changing, prepared.headers, length, prepared.page.body))

    def _taken(self) -> bytes:
        document = {
            "requests": self._counts,
            "cpu_seconds": time.process_time() - self._since,
            "first_at": self._first_at,
            "last_at": self._last_at,
        }
        body = json.dumps(document).encode()
        self._counts.clear()
        self._first_at = 0.0
        self._since = time.process_time()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def _find(self, target: bytes) -> Prepared | None:
        url = urlsplit(target.decode())
        parameters = dict(parse_qsl(url.query))
        name, _, rest = url.path.removeprefix("/repos/").partition("/pulls")
        place = self._places.get(name, -1)
        if url.path.startswith("/repositories/"):
            identity, _, rest = url.path.removeprefix("/repositories/").partition("/pulls")
            place = int(identity) - FIRST_ID
        if rest or not 0 <= place < self._world.repositories:
            return None
        found = self._list(place, parameters) if url.path.endswith("/pulls") else self._repository(place)
        self._prepared[target] = found
        return found

    def _repository(self, place: int) -> Prepared:
        page = repository_page(self._world, place, self._url)
        return Prepared("repository", page, b"ETag: %s\r\n" % page.etag)

    def _list(self, place: int, parameters: dict[str, str]) -> Prepared:
        if parameters.get("state") != "all":
            raise ValueError(f"only lists of state=all are served, not {parameters}")
        sort = parameters.get("sort", "created")
        order = Order(sort, parameters.get("direction", "desc"))
        per_page, number = int(parameters.get("per_page", "30")), int(parameters.get("page", "1"))
        page = self._page(place, order, per_page, number)
        headers = b"ETag: %s\r\n" % page.etag
        links = self._links(place, parameters, number, pages_of(self._world, per_page))
        return Prepared("list", page, headers + (b"Link: %s\r\n" % links.encode() if links else b""))

    def _page(self, place: int, order: Order, per_page: int, number: int) -> Page:
        key = (place, order, per_page, number)
        page = self._pages.get(key)
        if page is None:
            listed = Listed(order, (number - 1) * per_page, number * per_page)
            page = list_page(self._world, place, listed, self._url)
            self._pages[key] = page
            self.sizes.update(bytes=page.size, compressed=len(page.body), entries=page.entries)
        return page

    def _links(self, place: int, parameters: dict[str, str], number: int, last: int) -> str:
        """Return the Link header as GitHub writes it: by the repository's id, and with all that was asked."""
        before = {"prev": number - 1} if number > 1 else {}
        after = {"next": number + 1, "last": last} if number < last else {}
        first = {"first": 1} if number > 1 else {}
        address = f"{self._url}/repositories/{FIRST_ID + place}/pulls"
        return ", ".join(
            f'<{address}?{urlencode({**parameters, "page": str(page)})}>; rel="{relation}"'
            for relation, page in {**before, **after, **first}.items()
        )


class Connection(asyncio.Protocol):
    """Keeps alive, and answers each request after the latency; nothing waits for anything else meanwhile."""

    def __init__(self, site: Site, latency: float) -> None:
        self._site = site
        self._latency = latency
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where to write to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what a TCP server gives
        self._transport = transport
        # A page goes out in one piece, so that writing it costs one call.
        transport.set_write_buffer_limits(high=1 << 24)

    def data_received(self, data: bytes) -> None:
        """Answer whatever requests are complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            request, _, self._received = self._received.partition(b"\r\n\r\n")
            first, _, headers = request.partition(b"\r\n")
            target = first.split(b" ")[1]
            answer = self._site.answer(target, _etag_in(headers))
            delay = 0.0 if target.startswith(b"/_") else self._latency
            asyncio.get_running_loop().call_later(delay, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def _etag_in(headers: bytes) -> bytes:
    place = headers.lower().find(b"if-none-match:")
    return headers[place:].partition(b":")[2].partition(b"\r\n")[0].strip() if place >= 0 else b""


async def serve(world: World, latency: float, small_pages_of: int) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    # Listening comes first, for the pages name the address; nobody knows it before they are made.
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    site = Site(world, url)
    site.prepare(small_pages_of)
    server = await loop.create_server(lambda: Connection(site, latency), sock=listening)
    print(json.dumps({"url": url, **site.sizes}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    """Prepare and serve."""
    parser = argparse.ArgumentParser(description="A stand-in for GitHub that is never the bottleneck.")
    parser.add_argument("--repositories", type=int, required=True)
    parser.add_argument("--pull-requests", type=int, required=True, help="of each repository")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before an answer begins; default: 0.1")
    parser.add_argument("--small-pages-of", type=int, default=0, help="repositories whose pages of 30 are prepared too")
    given = parser.parse_args()
    world = World(given.repositories, given.pull_requests)
    asyncio.run(serve(world, given.latency, given.small_pages_of))


if __name__ == "__main__":
    main()
