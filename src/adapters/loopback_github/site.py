"""What GitHub answers to a request: routes, credentials, entity tags and the rate limit, without any socket."""

import hashlib
import hmac
import re
import time
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen

from github_tracker.adapters.loopback_github.listing import Catalogue, ListQuery
from github_tracker.adapters.loopback_github.payload import Json, Renderer, encode
from github_tracker.domain.pull_request import PullRequest, Repository

HOURLY_LIMIT = 5000
_HOUR_SECONDS = 3600


@frozen
class Answer:
    """One answer, before it is packed for the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(factory=dict)


class RateLimit:
    """GitHub's primary limit: so many requests an hour, counted from the first one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._used = 0
        self._resets_at = 0

    def charge(self, requests: int) -> Json:
        """Count the requests and return how the limit stands then. It is told, not enforced."""
        with self._lock:
            now = int(time.time())
            if now >= self._resets_at:
                self._used, self._resets_at = 0, now + _HOUR_SECONDS
            self._used += requests
            return {
                "limit": HOURLY_LIMIT,
                "remaining": max(0, HOURLY_LIMIT - self._used),
                "reset": self._resets_at,
                "used": self._used,
                "resource": "core",
            }


class Site:
    """Answers GET requests from any thread. Each pull request is rendered once, when it is first asked for."""

    def __init__(self, catalogue: Catalogue, base_url: str, token: str | None) -> None:
        self._catalogue = catalogue
        self._base_url = base_url
        self._token = token
        self._renderer = Renderer(base_url)
        self._rendered: dict[tuple[int, int], bytes] = {}
        self._limit = RateLimit()
        self._requests: Counter[str] = Counter()
        self._lock = Lock()

    def requests(self) -> Counter[str]:
        """Return how many requests each path has had so far."""
        with self._lock:
            return self._requests.copy()

    def answer(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a GET request for the target, a path with an optional query.

        Header names come in lower case.
        """
        url = urlsplit(target)
        path = unquote(url.path)
        with self._lock:
            self._requests[path] += 1
        if not self._is_authorised(headers.get("authorization", "")):
            answer = _problem(401, "Bad credentials")
        else:
            answer = self._routed(path, dict(parse_qsl(url.query, keep_blank_values=True)))
        if _names(headers.get("if-none-match", ""), answer.headers.get("ETag")):
            answer = Answer(304, b"", answer.headers)
        # Neither a 304 nor asking for the limit is charged (docs.github.com, "Best practices", "Rate limit").
        is_free = answer.status == 304 or path == "/rate_limit"
        limit = self._limit.charge(0 if is_free else 1)
        if path == "/rate_limit" and answer.status == 200:
            answer = Answer(200, encode({"resources": {"core": limit}, "rate": limit}))
        shown = {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in limit.items()}
        return Answer(answer.status, answer.body, {**answer.headers, **shown})

    def _is_authorised(self, authorization: str) -> bool:
        """Whether the credential, as `Bearer` or `token`, is the one that is wanted, if one is wanted."""
        if self._token is None:
            return True
        scheme, _, given = authorization.partition(" ")
        return scheme.lower() in ("bearer", "token") and hmac.compare_digest(given.encode(), self._token.encode())

    def _routed(self, path: str, parameters: dict[str, str]) -> Answer:
        if path == "/rate_limit":
            return Answer(200, b"")
        found = _REPOSITORY.fullmatch(path)
        repository = None if found is None else self._repository(found)
        if found is None or repository is None:
            return _problem(404, "Not Found")
        if found["pulls"] is None:
            return self._tagged(encode(self._renderer.repository(repository)))
        return self._list(repository, parameters)

    def _repository(self, found: re.Match[str]) -> Repository | None:
        if found["id"] is not None:
            return self._catalogue.by_id(int(found["id"]))
        return self._catalogue.by_name(found["full_name"])

    def _list(self, repository: Repository, parameters: dict[str, str]) -> Answer:
        page = self._catalogue.page(repository, ListQuery.of(parameters))
        body = b"[" + b",".join(self._render(one, repository) for one in page.pull_requests) + b"]"
        # GitHub's links name a repository by its id, whatever it was asked by.
        links = page.links(f"{self._base_url}/repositories/{repository.id}/pulls", parameters)
        return self._tagged(body, {"Link": links} if links else {})

    def _render(self, pull_request: PullRequest, repository: Repository) -> bytes:
        rendered = self._rendered.get(pull_request.key)
        if rendered is None:
            rendered = encode(self._renderer.pull_request(pull_request, repository))
            self._rendered[pull_request.key] = rendered
        return rendered

    def _tagged(self, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        # Leaving out where this server happens to listen lets a tag outlive a restart on another port.
        content = body.replace(self._base_url.encode(), b"")
        return Answer(200, body, {"ETag": f'W/"{hashlib.sha256(content).hexdigest()}"', **(headers or {})})


_REPOSITORY = re.compile(r"/(?:repos/(?P<full_name>[^/]+/[^/]+)|repositories/(?P<id>[0-9]{1,18}))(?P<pulls>/pulls)?")


def _problem(status: int, message: str) -> Answer:
    problem: Json = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return Answer(status, encode(problem))


def _names(if_none_match: str, etag: str | None) -> bool:
    """Whether the list of tags names this one, by the weak comparison (RFC 9110, 8.8.3.2)."""
    if etag is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag.removeprefix("W/") in tags or "*" in tags
