"""What clients send besides the headers: read before anything answers, so that what comes after it is their leaving."""

from typing import Final

from litestar.datastructures import Headers
from litestar.types import (
    ASGIApp,
    HTTPDisconnectEvent,
    HTTPReceiveMessage,
    HTTPRequestEvent,
    HTTPScope,
    Receive,
    Scope,
    Send,
)

from github_tracker.entrypoints.api.problems import body_too_long

LONGEST_BODY: Final = 1_000_000
"""Bytes; a roster of 5,000 people has about half of that."""


async def read_body(scope: HTTPScope, receive: Receive) -> bytes | None:
    """Return the request's body; None if the client left before its end. Raises a problem for one that is too long."""
    told = Headers.from_scope(scope).get("content-length", "")
    if told.isdecimal() and int(told[:_MOST_DIGITS]) > LONGEST_BODY:
        raise body_too_long(LONGEST_BODY)
    # Of a client that sends byte by byte, adding up bytes would copy what is there again each time.
    body, has_more = bytearray(), True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        has_more = message["more_body"]
        if len(body) > LONGEST_BODY:
            raise body_too_long(LONGEST_BODY)
    return bytes(body)


def with_body(inner: ASGIApp, body: bytes) -> ASGIApp:
    """Return the application with the request's body in hand."""

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        messages = iter((HTTPRequestEvent(type="http.request", body=body, more_body=False),))

        async def replay() -> HTTPReceiveMessage:
            return next(messages, HTTPDisconnectEvent(type="http.disconnect"))

        await inner(scope, replay, send)

    return answer


_MOST_DIGITS: Final = 20
"""A longer number is too large by its beginning alone; Python takes its time with thousands of digits."""
