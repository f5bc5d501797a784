"""Clients that leave before they are answered: what waits for them is not begun, and what is begun is stopped."""

import asyncio
from collections.abc import Callable

from litestar.types import ASGIApp, Receive, Scope, Send

from github_tracker.ports.caller import CALLER, Caller


async def answer_who_stays(
    answer: ASGIApp, scope: Scope, receive: Receive, send: Send, is_begun: Callable[[], bool]
) -> bool:
    """Answer; False if the client left before the answer began (which `is_begun` tells), and nothing was sent."""
    caller = Caller()
    token = CALLER.set(caller)
    answering = asyncio.ensure_future(answer(scope, receive, send))
    CALLER.reset(token)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if answering.done() or is_begun():
            await answering
            return True
        return False
    finally:
        leaving.cancel()
        if not answering.done():
            answering.cancel()
            # In a thread, since the server takes a moment to be asked; nobody waits for that.
            asyncio.get_running_loop().run_in_executor(None, caller.leave)
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    """Return when the client has left. What it sends besides the headers is for nobody here, and is left unread."""
    while (message := await receive())["type"] != "http.disconnect":
        if message["type"] == "http.request" and message["more_body"]:
            await asyncio.Event().wait()
