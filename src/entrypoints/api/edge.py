"""The edge: what holds for every request and answer, whoever answers it.

It lies around the application, so that it also covers what no handler sees: unknown paths and methods, limits, and
answers that break off.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

from attrs import define, field, frozen
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from github_tracker.entrypoints.api.bodies import read_body, with_body
from github_tracker.entrypoints.api.departure import answer_who_stays
from github_tracker.entrypoints.api.limits import RequestLimit
from github_tracker.entrypoints.api.negotiation import allowed_methods
from github_tracker.entrypoints.api.problems import (
    PROBLEM_TYPE,
    ProblemError,
    failed,
    too_long,
    too_many,
)
from github_tracker.entrypoints.api.trace import TRACE, Trace

LONGEST_PATH: Final = 1024
LONGEST_QUERY: Final = 2048

_WITH_BODY: Final = "POST"
"""Whose body is read; that of any other request is for nobody here."""

_UNLIMITED: Final = "/health"
"""Whoever watches whether the process lives must not be turned away."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_SHARED: Final = {
    "Access-Control-Expose-Headers": "ETag, Retry-After, X-Request-Id, X-Attribution-Rule, X-Time-Zone",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "X-API-Key, Authorization, Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "600",
}

LogLine = Mapping[str, object]


def own_request_id(_scope: HTTPScope) -> str:
    """Return an id that no other request has."""
    return uuid4().hex


@frozen
class Edge:
    """An ASGI application around another one."""

    inner: ASGIApp
    limit: RequestLimit
    """Of each address."""
    log: Callable[[LogLine], None]
    cors_origins: frozenset[str] = frozenset()
    """Whose pages may read answers in a browser; none unless configured."""
    request_id: Callable[[HTTPScope], str] = own_request_id
    """Names a request in its answer and in the log."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in start and stop."""
        if scope["type"] != ScopeType.HTTP:
            await self.inner(scope, receive, send)
            return
        trace = Trace(self.request_id(scope))
        exchange = _Exchange(scope, send, self.log, _allowed_origin(scope, self.cors_origins), trace)
        token = TRACE.set(exchange.trace)
        try:
            await self._answer(exchange, receive)
        finally:
            TRACE.reset(token)
            exchange.end()

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> None:
        try:
            problem = self._refusal(exchange.scope)
            if problem is not None:
                await exchange.refuse(problem)
            elif exchange.is_preflight:
                await exchange.reply(204, {}, b"")
            else:
                await self._answer_inside(exchange, receive)
        except ProblemError as problem:
            await exchange.refuse(problem)
        except Exception as exc:  # noqa: BLE001  # the edge: whatever comes here becomes an answer and a log line
            exchange.trace.error = repr(exc)
            if exchange.status is None:
                await exchange.refuse(failed())

    async def _answer_inside(self, exchange: "_Exchange", receive: Receive) -> None:
        scope: HTTPScope = {**exchange.scope, "method": "GET"} if exchange.is_head else exchange.scope
        exchange.answered, inner = scope, self.inner
        if scope["method"] == _WITH_BODY:
            body = await read_body(scope, receive)
            if body is None:
                exchange.is_abandoned = True
                return
            inner = with_body(inner, body)
        exchange.is_abandoned = not await answer_who_stays(
            inner, scope, receive, exchange.send, lambda: exchange.status is not None
        )

    def _refusal(self, scope: HTTPScope) -> ProblemError | None:
        if len(scope["path"]) > LONGEST_PATH:
            return too_long("The path", LONGEST_PATH)
        if len(scope["query_string"]) > LONGEST_QUERY:
            return too_long("The query", LONGEST_QUERY)
        if scope["path"] == _UNLIMITED:
            return None
        client = scope.get("client")
        wait = self.limit.wait_of(client[0] if client else "unknown")
        return too_many(wait) if wait else None


@define
class _Exchange:
    """One request with its answer."""

    scope: HTTPScope
    _send: Send
    _log: Callable[[LogLine], None]
    origin: str | None
    """Whose page asks, if it may read the answer."""
    trace: Trace
    status: int | None = None
    """None until the answer begins."""
    answered: HTTPScope | None = None
    """As the application saw it."""
    is_abandoned: bool = False
    """Whether the client left before the answer began."""
    _is_logged: bool = False
    _started_at: float = field(factory=time.perf_counter)

    @property
    def is_head(self) -> bool:
        return self.scope["method"] == "HEAD"

    @property
    def is_preflight(self) -> bool:
        asks = "access-control-request-method" in Headers.from_scope(self.scope)
        return self.origin is not None and self.scope["method"] == "OPTIONS" and asks

    async def send(self, message: Message) -> None:
        """Pass on what is sent, with what every answer bears; of an answer to HEAD only the beginning."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._dress(message)
        elif message["type"] == "http.response.body":
            if self.is_head:
                message["body"] = b""
            if not message.get("more_body", False):
                self.end()
        await self._send(message)

    async def refuse(self, problem: ProblemError) -> None:
        """Answer with a problem."""
        headers = {"Content-Type": PROBLEM_TYPE, **problem.headers}
        await self.reply(problem.status.value, headers, problem.body(self.trace.request_id))

    async def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Answer without the application."""
        raw = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
        raw.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    def end(self) -> None:
        """Log it, once: before the last byte is sent, so that who has the answer finds it in the log."""
        if not self._is_logged:
            self._is_logged = True
            self._log(self._log_line())

    def _log_line(self) -> LogLine:
        """The path of what failed is left out: a key may have got into it."""
        template = None if self.answered is None else self.answered.get("path_template")
        is_good = self.status is not None and self.status < 400
        return {
            "request_id": self.trace.request_id,
            "method": self.scope["method"] if self.scope["method"].isalpha() else "(odd)",
            "path": self.scope["path"] if is_good else template or "(no such path)",
            "status": self.status,
            "duration_ms": round((time.perf_counter() - self._started_at) * 1000, 1),
            "key_id": self.trace.key_id,
            **({"waited_ms": round(self.trace.waited_seconds * 1000, 1)} if self.trace.waited_seconds else {}),
            **({"is_abandoned": True} if self.is_abandoned else {}),
            **({"refusal": self.trace.refusal} if self.trace.refusal else {}),
            **({"error": self.trace.error} if self.trace.error else {}),
        }

    def _dress(self, message: HTTPResponseStartEvent) -> None:
        headers = MutableScopeHeaders.from_message(message)
        for name, text in _HEADERS.items():
            headers.setdefault(name, text)
        headers["X-Request-Id"] = self.trace.request_id
        if message["status"] >= 400:
            headers["Cache-Control"] = "no-store"
        if message["status"] in (204, 304):
            headers.pop("Content-Length", None)
            headers.pop("Content-Type", None)
        if "Allow" in headers:
            headers["Allow"] = allowed_methods(headers["Allow"])
        if self.origin is not None:
            headers["Access-Control-Allow-Origin"] = self.origin
            headers.update(_SHARED)
            if self.is_preflight:
                headers.update(_PREFLIGHT)
            headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))


def _allowed_origin(scope: HTTPScope, allowed: frozenset[str]) -> str | None:
    origin = Headers.from_scope(scope).get("origin") if allowed else None
    return origin if origin in allowed else None
