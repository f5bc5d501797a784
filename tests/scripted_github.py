"""A GitHub over real HTTP that serves its lists properly, moves them under the reader, and misbehaves as told.

`ScriptedGitHub` holds repositories and pull requests that can change at any moment, records every request, and passes
each through the faults of tests/scripted_faults.py that were set on it:

    with ScriptedGitHub(clock) as github:
        github.put_repository(repository)
        github.put(*pull_requests)
        github.on(lists(page=2), answer(502), times=3)
        github.on(lists(page=3), meanwhile(lambda: github.hide(repository.id, 7)))

What it does not do by itself, such as enforcing a rate limit, is a fault to be set.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from threading import Lock, RLock
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, field, frozen

from github_tracker.adapters.loopback_github.listing import ListQuery, Page
from github_tracker.adapters.loopback_github.payload import Json, Renderer
from github_tracker.domain.pull_request import PullRequest, PullRequestState, Repository
from github_tracker.ports.clock import Clock
from tests.scripted_app import ScriptedApp
from tests.scripted_server import ScriptedServer

HOURLY_LIMIT = 5000


@frozen
class Request:
    """One request as it came in."""

    path: str
    query: Mapping[str, str]
    if_none_match: str | None = None
    authorization: str = field(default="", repr=False)
    verb: str = "GET"
    accepted_encoding: str | None = None

    @property
    def page(self) -> int:
        """Which page of a list is asked for."""
        return int(self.query.get("page", "1"))


@frozen
class Reply:
    """What goes back over the wire, and how."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)
    sent_share: float = 1.0
    """How much of the body is sent before the connection is cut; its announced length is always the whole."""
    delay_seconds: float = 0.0
    """How long nothing is sent; real seconds, cut short when the server closes."""
    is_reset: bool = False
    """Whether the connection is reset instead of any reply."""
    trickles: str = ""
    """"headers" or "body": what is sent byte by byte without an end, faster than any timeout between two of them."""
    is_closing: bool = False
    """Whether the connection is closed afterwards, and the reply says so."""


Matches = Callable[[Request], bool]
"""Says which requests a fault is for."""

Fault = Callable[[Request, Callable[[], Reply]], Reply]
"""Makes the reply to a request; the second argument gives the proper one. Faults on one request wrap each other."""


@frozen
class _Rule:
    matches: Matches
    fault: Fault
    first: int
    last: int | None


class ScriptedGitHub:
    """Answers `/repos/{owner}/{repo}`, `/repositories/{id}` and their lists of pull requests, as GitHub does.

    The clock gives the Date of every reply. A repository that is put again under another name is renamed: its former
    name redirects to its id, without the query, unless another repository is put under that name.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._repositories: dict[int, Repository] = {}
        self._former_names: dict[str, int] = {}
        self._pull_requests: dict[tuple[int, int], PullRequest] = {}
        self._patches: dict[tuple[int, int], Callable[[Json], None]] = {}
        self._tokens: frozenset[str] | None = None
        self._app: ScriptedApp | None = None
        self._rules: list[_Rule] = []
        self._matched: list[int] = []
        self._requests: list[Request] = []
        self._world = RLock()
        self._log = Lock()
        self._server = ScriptedServer(self._reply)

    @property
    def url(self) -> str:
        """The API's base URL."""
        return self._server.url

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, in the order of arrival; those that redirects caused stand for themselves."""
        with self._log:
            return tuple(self._requests)

    def forget_requests(self) -> None:
        """Begin the record anew; what faults have counted stays."""
        with self._log:
            self._requests.clear()

    def accept_only(self, *tokens: str) -> None:
        """Answer 401 to whoever shows none of these from now on."""
        self._tokens = frozenset(tokens)

    def install(self, app: ScriptedApp) -> None:
        """Let the App give out tokens, and accept no others; entity tags differ by token then, as GitHub's do."""
        self._app = app

    def put_repository(self, repository: Repository) -> None:
        """Add a repository, or rename the one with this id."""
        with self._world:
            former = self._repositories.get(repository.id)
            if former is not None:
                self._former_names[former.full_name.lower()] = repository.id
            self._repositories[repository.id] = repository

    def put(self, *pull_requests: PullRequest) -> None:
        """Add pull requests, or replace those of the same number."""
        with self._world:
            self._pull_requests.update({fact.key: fact for fact in pull_requests})

    def hide(self, repository_id: int, number: int) -> None:
        """Leave a pull request out of every list."""
        with self._world:
            del self._pull_requests[repository_id, number]

    def patch(self, pull_request: PullRequest, change: Callable[[Json], None]) -> None:
        """Let the change be made to this pull request's JSON object whenever it is served."""
        self._patches[pull_request.key] = change

    def on(self, matches: Matches, fault: Fault, skip: int = 0, times: int | None = 1) -> None:
        """Let the fault befall so many matching requests after those to be skipped; None: all of them.

        What is set first lies innermost: a later fault wraps what an earlier one makes of the same request.
        """
        with self._log:
            self._rules.append(_Rule(matches, fault, skip + 1, None if times is None else skip + times))
            self._matched.append(0)

    def end_faults(self) -> None:
        """Let everything be well from now on; what was renamed or moved stays so."""
        with self._log:
            self._rules.clear()
            self._matched.clear()

    def pull_requests(self, repository_id: int) -> tuple[PullRequest, ...]:
        """Return what stands in a repository's list at this moment."""
        with self._world:
            return tuple(fact for fact in self._pull_requests.values() if fact.repository_id == repository_id)

    def __enter__(self) -> "ScriptedGitHub":
        """Begin to answer."""
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop answering and end every connection."""
        self._server.stop()

    def _reply(self, verb: str, target: str, headers: Mapping[str, str]) -> Reply:
        url = urlsplit(target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        request = Request(
            url.path,
            query,
            headers.get("if-none-match"),
            headers.get("authorization", ""),
            verb,
            headers.get("accept-encoding"),
        )
        with self._log:
            self._requests.append(request)
            faults = self._faults_on(request)
            used = len(self._requests)
        reply = _wrapped(request, faults, lambda: self._proper_reply(request))
        now = self._clock.now()
        usual = {
            "Date": format_datetime(now.replace(microsecond=0), usegmt=True),
            "X-RateLimit-Limit": str(HOURLY_LIMIT),
            "X-RateLimit-Remaining": str(HOURLY_LIMIT - used),
            "X-RateLimit-Reset": str(int((now + timedelta(hours=1)).timestamp())),
        }
        return evolve(reply, headers={**usual, **reply.headers})

    def _faults_on(self, request: Request) -> list[Fault]:
        faults = []
        for place, rule in enumerate(self._rules):
            if rule.matches(request):
                self._matched[place] += 1
                if self._matched[place] >= rule.first and (rule.last is None or self._matched[place] <= rule.last):
                    faults.append(rule.fault)
        return faults

    def _proper_reply(self, request: Request) -> Reply:
        token = request.authorization.partition(" ")[2]
        if self._tokens is not None and token not in self._tokens:
            return problem(401, "Bad credentials")
        if self._app is not None:
            if request.verb == "POST":
                return json_reply(*self._app.grant(request.path, token))
            if not self._app.accepts(token):
                return problem(401, "Bad credentials")
        found = _REPOSITORY.fullmatch(request.path)
        if found is None:
            return problem(404, "Not Found")
        with self._world:
            repository, is_former_name = self._repository(found)
            if repository is None:
                return problem(404, "Not Found")
            if is_former_name:
                location = f"{self.url}/repositories/{repository.id}{found['pulls'] or ''}"
                return Reply(301, problem(301, "Moved Permanently").body, {"Location": location})
            reply = self._list(repository, request) if found["pulls"] else self._one(repository)
        differing = token.encode() if self._app is not None else b""
        etag = f'W/"{hashlib.sha256(reply.body + differing).hexdigest()}"'
        if request.if_none_match == etag:
            return Reply(304, b"", {"ETag": etag})
        return evolve(reply, headers={**reply.headers, "ETag": etag})

    def _repository(self, found: re.Match[str]) -> tuple[Repository | None, bool]:
        """Return the repository that the path leads to, and whether by a name that it no longer bears."""
        if found["id"] is not None:
            return self._repositories.get(int(found["id"])), False
        name = found["full_name"].lower()
        for repository in self._repositories.values():
            if repository.full_name.lower() == name:
                return repository, False
        return self._repositories.get(self._former_names.get(name, 0)), True

    def _one(self, repository: Repository) -> Reply:
        return json_reply(Renderer(self.url).repository(repository))

    def _list(self, repository: Repository, request: Request) -> Reply:
        query = ListQuery.of(request.query)
        rows = self._in_order(repository, query)
        last = max(1, -(-len(rows) // query.per_page))
        start = (query.page - 1) * query.per_page
        page = Page(rows[start : start + query.per_page], query.page, last)
        links = page.links(f"{self.url}/repositories/{repository.id}/pulls", request.query)
        entries = [self._entry(fact, repository) for fact in page.pull_requests]
        return evolve(json_reply(entries), headers={"Link": links} if links else {})

    def _in_order(self, repository: Repository, query: ListQuery) -> tuple[PullRequest, ...]:
        chosen = [
            fact
            for fact in self._pull_requests.values()
            if fact.repository_id == repository.id
            and (query.state == "all" or (query.state == "open") == (fact.state is PullRequestState.OPEN))
        ]
        is_by_creation = query.sort == "created"
        chosen.sort(
            key=lambda fact: (fact.created_at if is_by_creation else fact.updated_at, fact.number),
            reverse=query.direction == "desc",
        )
        return tuple(chosen)

    def _entry(self, fact: PullRequest, repository: Repository) -> Json:
        entry = Renderer(self.url).pull_request(fact, repository)
        if fact.key in self._patches:
            self._patches[fact.key](entry)
        return entry


_REPOSITORY = re.compile(r"/(?:repos/(?P<full_name>[^/]+/[^/]+)|repositories/(?P<id>[0-9]+))(?P<pulls>/pulls)?")


def json_reply(value: object, status: int = 200) -> Reply:
    """Return a reply with the value as JSON; lone surrogates travel as escapes."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8"})


def problem(status: int, message: str) -> Reply:
    """Return an error as GitHub words it."""
    return json_reply({"message": message, "documentation_url": "https://docs.github.com/rest"}, status)


def _wrapped(request: Request, faults: list[Fault], proper: Callable[[], Reply]) -> Reply:
    if not faults:
        return proper()
    return faults[-1](request, lambda: _wrapped(request, faults[:-1], proper))
