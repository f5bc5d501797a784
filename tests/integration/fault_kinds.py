"""Every fault that the collection must survive: what befalls a page, and what the run may make of it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum

from attrs import frozen

from github_tracker.domain.run_report import Outcome
from tests import scripted_faults as faults
from tests.contracts.github_source import NOW
from tests.scripted_github import Fault

SECONDARY = b'{"message": "You have exceeded a secondary rate limit."}'
_SINGLE_SIGN_ON = {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=A1"}
_FAR = int((NOW + timedelta(minutes=100)).timestamp())


class Phase(StrEnum):
    """Which reading is faulted."""

    WALK = "walk"
    INCREMENT = "increment"


@frozen
class FaultKind:
    """One way to go wrong."""

    name: str
    make: Callable[[str], Fault]
    """Given the API's address."""
    code: str
    """Of what the run says if the fault lasts."""
    is_overcome: bool = True
    """Whether the same run gets through if it happens once."""
    outcome: Outcome = Outcome.FAILED
    is_endless: bool = False
    """Whether it ends only when the client gives up."""
    deadline: timedelta | None = None
    """From the run's start."""
    is_like_an_end: bool = False
    """Whether on page 1 it cannot be told from a list without pull requests."""

    def code_at(self, phase: Phase, page: int) -> str:
        """Return the code at this place: an empty repository that was read before makes no sense."""
        return "malformed" if self.name == "409" and (phase, page) == (Phase.INCREMENT, 1) else self.code


def _passing(name: str, fault: Fault, code: str = "transient") -> FaultKind:
    return FaultKind(name, lambda _url: fault, code)


def _endless(name: str, fault: Fault) -> FaultKind:
    return FaultKind(name, lambda _url: fault, "transient", is_endless=True)


def _unavailable(name: str, fault: Fault) -> FaultKind:
    return FaultKind(name, lambda _url: fault, "unavailable", is_overcome=False)


def _limit(
    name: str, status: int, headers: Mapping[str, str], body: bytes | None = None, deadline: timedelta | None = None
) -> FaultKind:
    fault = faults.answer(status, body, headers)
    return FaultKind(name, lambda _url: fault, "limited", deadline is None, Outcome.DEFERRED, deadline=deadline)


def _primary(name: str, status: int, deadline: timedelta | None = None) -> FaultKind:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(_FAR)}
    return _limit(name, status, headers, deadline=deadline)


KINDS = (
    *(_passing(f"{status}", faults.answer(status)) for status in (500, 502, 503)),
    *(_passing(f"{status} in HTML", faults.html(status)) for status in (500, 502, 503)),
    _passing("401", faults.answer(401), "unauthorised"),
    _unavailable("403", faults.answer(403)),
    _unavailable("403 for single sign-on", faults.answer(403, headers=_SINGLE_SIGN_ON)),
    *(_unavailable(f"{status}", faults.answer(status)) for status in (404, 410, 451)),
    FaultKind("409", lambda _url: faults.answer(409), "transient", is_like_an_end=True),
    _primary("primary limit with 403", 403),
    _primary("primary limit with 429", 429),
    _primary("primary limit past the deadline", 403, timedelta(minutes=5)),
    _limit("secondary limit with Retry-After", 403, {"Retry-After": "7"}),
    _limit("secondary limit with a blank Retry-After", 429, {"Retry-After": ""}),
    _limit("secondary limit without Retry-After", 403, {}, SECONDARY),
    _limit("secondary limit past the deadline", 429, {"Retry-After": "900"}, deadline=timedelta(minutes=5)),
    FaultKind("301", lambda url: faults.redirect(f"{url}/repositories/1/pulls"), "malformed"),
    _passing("truncated JSON", faults.truncated),
    _passing("connection cut in the body", faults.cut),
    _passing("reset before the reply", faults.reset),
    _endless("slow reply", faults.slow(60)),
    _endless("trickling reply", faults.trickling("body")),
    _passing("empty 200", faults.empty()),
    FaultKind("[] without Link", lambda _url: faults.empty_list(), "transient", is_like_an_end=True),
    _passing("HTML with 200", faults.html(200)),
)
