"""What can befall a request to ScriptedGitHub: matchers say which requests, faults say what.

Each fault is a function of the request and of what gives the proper reply, so that they can wrap each other:
`answer(503)` never asks for the proper one, `truncated` cuts it short, `meanwhile` moves the lists before it is made.
"""

from collections.abc import Callable, Mapping

from attrs import evolve

from tests.scripted_github import Fault, Matches, Reply, Request, problem

HTML = b"<!DOCTYPE html>\n<html><body><h1>Sign in</h1></body></html>\n"


def anything(_request: Request) -> bool:
    """Match every request."""
    return True


def lists(full_name: str | None = None, page: int | None = None) -> Matches:
    """Match requests for pages of lists: of any repository and any page unless told; by name, not by id."""

    def matches(request: Request) -> bool:
        is_list = request.path.endswith("/pulls")
        is_its = full_name is None or request.path.lower() == f"/repos/{full_name}/pulls".lower()
        return is_list and is_its and page in (None, request.page)

    return matches


def resolves(full_name: str | None = None) -> Matches:
    """Match requests for a repository itself: any unless told."""

    def matches(request: Request) -> bool:
        is_one = request.path.startswith("/repos/") and not request.path.endswith("/pulls")
        return is_one and (full_name is None or request.path.lower() == f"/repos/{full_name}".lower())

    return matches


def looks_up(full_name: str) -> Matches:
    """Match requests that find out which repository a name leads to: for its list, and for the repository itself."""
    asks_for_list, asks_for_itself = lists(full_name), resolves(full_name)
    return lambda request: asks_for_list(request) or asks_for_itself(request)


def grants(request: Request) -> bool:
    """Match requests for an App's installation tokens."""
    return request.path.endswith("/access_tokens")


def answer(status: int, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fault:
    """Give this reply instead of the proper one; without a body, an error as GitHub words it."""
    reply = problem(status, "Scripted") if body is None else Reply(status, body)
    given = evolve(reply, headers={**reply.headers, **(headers or {})})
    return lambda _request, _proper: given


def html(status: int = 200) -> Fault:
    """Give a page of HTML, as a proxy does."""
    return answer(status, HTML, {"Content-Type": "text/html; charset=utf-8"})


def empty() -> Fault:
    """Give 200 with nothing in it."""
    return answer(200, b"", {"Content-Type": "application/json"})


def empty_list() -> Fault:
    """Give 200 with `[]` and no Link: what the middle of a list must never look like."""
    return answer(200, b"[]", {"Content-Type": "application/json"})


def with_headers(changes: Mapping[str, str | None]) -> Fault:
    """Give the proper reply with other headers; None leaves one out. Date and limits can only be replaced."""

    def fault(_request: Request, proper: Callable[[], Reply]) -> Reply:
        reply = proper()
        headers = {name: value for name, value in {**reply.headers, **changes}.items() if value is not None}
        return evolve(reply, headers=headers)

    return fault


def truncated(_request: Request, proper: Callable[[], Reply]) -> Reply:
    """Give half of the body and say that this is all of it: JSON that ends in the middle."""
    reply = proper()
    return evolve(reply, body=reply.body[: len(reply.body) // 2])


def cut(_request: Request, proper: Callable[[], Reply]) -> Reply:
    """Cut the connection in the middle of the body."""
    return evolve(proper(), sent_share=0.5)


def reset(_request: Request, _proper: Callable[[], Reply]) -> Reply:
    """Reset the connection instead of replying."""
    return Reply(0, is_reset=True)


def slow(seconds: float) -> Fault:
    """Let the proper reply wait so many real seconds."""
    return lambda _request, proper: evolve(proper(), delay_seconds=seconds)


def trickling(part: str, is_closing: bool = False) -> Fault:
    """Send the "headers" or the "body" byte by byte and never come to an end; perhaps on a connection that closes."""
    return lambda _request, proper: evolve(proper(), trickles=part, is_closing=is_closing)


def redirect(location: str) -> Fault:
    """Send the client elsewhere for good."""
    return answer(301, headers={"Location": location})


def meanwhile(action: Callable[[], object]) -> Fault:
    """Let something happen just before the reply is made, such as a pull request being opened."""

    def fault(_request: Request, proper: Callable[[], Reply]) -> Reply:
        action()
        return proper()

    return fault


def afterwards(action: Callable[[], object]) -> Fault:
    """Let something happen just after the reply was made."""

    def fault(_request: Request, proper: Callable[[], Reply]) -> Reply:
        reply = proper()
        action()
        return reply

    return fault
