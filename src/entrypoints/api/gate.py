"""The gate: who is asking, how often, and whether for something that the key is good for."""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from litestar import Request
from litestar.datastructures import State

from github_tracker.application.authenticate import NotAuthenticatedError
from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api.limits import RequestLimit
from github_tracker.entrypoints.api.problems import not_allowed, not_authenticated, too_many
from github_tracker.entrypoints.api.trace import TRACE

ApiRequest = Request[Any, Any, State]

_LONGEST_KEY: Final = 200
_BEARER: Final = "bearer "


@frozen
class Gate:
    """Lets requests with a good key pass, as many as its limit allows."""

    authenticate: Callable[[str], Access]
    """Raises NotAuthenticatedError, and StorageError if nobody can tell."""
    limit: RequestLimit
    """Of each key."""

    def admit(self, request: ApiRequest, *scopes: Scope) -> Access:
        """Return what the request may see. Raises a problem if it may not pass with all of these scopes."""
        access = self.admit_any(request)
        for scope in scopes:
            if not access.allows(scope):
                raise not_allowed(scope)
        return access

    def admit_any(self, request: ApiRequest) -> Access:
        """Return what the request may see, whatever that is. Raises a problem if it may not pass."""
        access = self._authenticated(request)
        wait = self.limit.wait_of(access.key_id)
        if wait:
            raise too_many(wait)
        return access

    def _authenticated(self, request: ApiRequest) -> Access:
        trace, presented = TRACE.get(), _presented(request)
        if presented is None:
            trace.refusal = "absent"
            raise not_authenticated()
        try:
            access = self.authenticate(presented)
        except NotAuthenticatedError as exc:
            trace.key_id, trace.refusal = exc.key_id, exc.cause.value
            raise not_authenticated() from exc
        trace.key_id = access.key_id
        return access


def _presented(request: ApiRequest) -> str | None:
    """Return the one key that the headers hold; None without any, and for several that differ."""
    found = set(request.headers.getall("x-api-key", []))
    for header in request.headers.getall("authorization", []):
        if header[: len(_BEARER)].lower() != _BEARER:
            return None
        found.add(header[len(_BEARER) :].strip())
    if len(found) != 1:
        return None
    (key,) = found
    return key if 0 < len(key) <= _LONGEST_KEY and key.isascii() else None
