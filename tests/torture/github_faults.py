"""Every kind of fault that GitHub, or what stands between, can answer with, on the first, a middle, the last page."""

from collections.abc import Callable
from datetime import timedelta

from attrs import evolve, frozen

from tests.scripted_faults import (
    answer,
    cut,
    empty,
    empty_list,
    html,
    lists,
    redirect,
    reset,
    slow,
    truncated,
    with_headers,
)
from tests.scripted_github import Fault, Reply, Request
from tests.torture.moving_github import PAGE_SIZE
from tests.torture.rosters import BEGINNING
from tests.torture.tally import Torture
from tests.torture.world import ANY_WORDED, Place, world

DEADLINE_SECONDS = 13
"""Three seconds till the last page is begun; no retry and no limit is waited for beyond them."""

_LASTING = 100


@frozen
class Kind:
    """A fault, and how many requests for the same page it befalls."""

    name: str
    fault: Fault
    times: int = 1
    pages: tuple[int, ...] = (1, 2, 3)
    """Of the repository that has three: the first, a middle, the last one."""
    is_for_known: bool = False
    """Whether it comes only when the repository has been collected before."""


def _wrong_repository(_request: Request, proper: Callable[[], Reply]) -> Reply:
    reply = proper()
    return evolve(reply, body=reply.body.replace(b'"full_name": "octo/r0"', b'"full_name": "octo/other"'))


def _wrong_dates(_request: Request, proper: Callable[[], Reply]) -> Reply:
    reply = proper()
    return evolve(reply, body=reply.body.replace(b'"created_at": "20', b'"created_at": "x'))


def _limited(status: int, reset_in: timedelta) -> Fault:
    """Say that the hour's limit is used up; the reset is told by the Date that is told with it."""
    now = BEGINNING + timedelta(days=40)
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int((now + reset_in).timestamp())),
        "Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT",
    }
    return answer(status, headers=headers)


KINDS = (
    *(Kind(f"{status} once", answer(status)) for status in (202, 408, 500, 502, 503, 504)),
    Kind("502 lasting", answer(502), _LASTING),
    Kind("a page of HTML with 200", html()),
    Kind("a page of HTML lasting", html(), _LASTING),
    Kind("nothing with 200", empty()),
    # On the first page of a first walk, this is what a repository without pull requests answers, and no fault.
    Kind("an empty list", empty_list(), pages=(1,), is_for_known=True),
    Kind("an empty list", empty_list(), pages=(2, 3)),
    Kind("an empty list lasting", empty_list(), _LASTING, pages=(2, 3)),
    Kind("half of the JSON", truncated),
    Kind("half of the JSON lasting", truncated, _LASTING),
    Kind("a connection cut", cut),
    Kind("a connection cut lasting", cut, _LASTING),
    Kind("a connection reset", reset, 2),
    Kind("a slow answer", slow(1.0)),
    Kind("no Link", with_headers({"Link": None}), pages=(2,)),
    Kind("a Link without next", with_headers({"Link": '<http://localhost/>; rel="first"'})),
    Kind("no ETag", with_headers({"ETag": None})),
    Kind("a limit that ends soon", _limited(403, timedelta(0))),
    Kind("a limit that ends late", _limited(403, timedelta(hours=1))),
    Kind("a limit told by 429", _limited(429, timedelta(hours=1))),
    Kind("a second limit for a second", answer(429, headers={"Retry-After": "1"})),
    Kind("a second limit for long", answer(403, headers={"Retry-After": "600"})),
    Kind("a second limit without a time", answer(403, b'{"message": "You have exceeded a secondary rate limit"}')),
    Kind("401 once", answer(401)),
    *(Kind(f"{status} lasting", answer(status), _LASTING) for status in (401, 403, 404, 410, 451, 422)),
    Kind("304 unasked", answer(304, b"")),
    Kind("a redirect to itself", redirect("/repos/octo/r0/pulls"), _LASTING),
    Kind("another repository's list", _wrong_repository, _LASTING),
    Kind("dates that are none", _wrong_dates, _LASTING),
)


CASES = tuple((kind, page) for kind in KINDS for page in kind.pages)
"""Every fault with every page that it can befall."""


def misbehave(place: Place, kind: Kind, page: int) -> None:
    """Let the fault befall one page of the largest repository, in its first walk or in an increment; then settle."""
    with world(place, Torture.FAULT) as made:
        if kind.is_for_known or made.random.random() < 0.4:
            made.settle()
            made.github.change(20 * PAGE_SIZE)
        made.github.misbehave(lists("octo/r0", page), kind.fault, kind.times)
        made.examine([made.collect("--deadline", str(DEADLINE_SECONDS))], ANY_WORDED)
        made.settle()
        made.tally.add_round(Torture.FAULT)
