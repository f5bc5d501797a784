"""What goes wrong, told as application/problem+json (RFC 9457): one form for every error, and never a secret."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from attrs import field, frozen

PROBLEM_TYPE = "application/problem+json"

RETRY_SECONDS = 5
"""When to come back if the database is away, or a crowd here; a restart or a failover takes some seconds."""


@frozen
class FieldFault:
    """One thing that is wrong with a request, with where it stands."""

    location: str
    """path, query, body or request."""
    name: str
    detail: str
    """What would be right there; what was found in a path or a query is not repeated, for it may be a secret."""


@frozen
class ProblemError(Exception):
    """A request that is answered with a problem."""

    status: HTTPStatus
    kind: str
    """The last part of the problem's type."""
    detail: str
    faults: tuple[FieldFault, ...] = ()
    headers: Mapping[str, str] = field(factory=dict)

    def document(self, request_id: str) -> dict[str, object]:
        """Return the problem as JSON holds it."""
        document: dict[str, object] = {
            "type": f"urn:github-tracker:problem:{self.kind}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.faults:
            document["errors"] = [
                {"location": fault.location, "name": fault.name, "detail": fault.detail} for fault in self.faults
            ]
        return document

    def body(self, request_id: str) -> bytes:
        """Return the problem as it is sent."""
        return json.dumps(self.document(request_id), ensure_ascii=False).encode(errors="backslashreplace")


def bad_request(*faults: FieldFault) -> ProblemError:
    """The request cannot be understood; every fault is named."""
    what = "; ".join(f"{fault.name}: {fault.detail}" for fault in faults)
    return ProblemError(HTTPStatus.BAD_REQUEST, "bad-request", what, faults)


def not_authenticated() -> ProblemError:
    """No key, a wrong one, an expired one: all the same to whoever asks."""
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "not-authenticated",
        "A valid API key is needed, in the header X-API-Key or as Authorization: Bearer.",
        headers={"WWW-Authenticate": 'Bearer realm="github-tracker"'},
    )


def not_allowed(scope: str) -> ProblemError:
    """The key is good, but not for this."""
    return ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", f"This needs a key with the scope {scope}.")


def unrestricted_only() -> ProblemError:
    """The key is good, but sees some teams only, and this is about all of them."""
    return ProblemError(HTTPStatus.FORBIDDEN, "restricted", "This needs a key that is not restricted to some teams.")


def not_found(detail: str = "There is nothing here.") -> ProblemError:
    """It is not there, or not for this key; which of them is not told."""
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", detail)


def method_not_allowed(allowed: str) -> ProblemError:
    """Only reading is possible here."""
    return ProblemError(
        HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed}
    )


def unprocessable(*faults: FieldFault) -> ProblemError:
    """The request is understood, and what it holds is refused; every fault is named."""
    what = "; ".join(f"{fault.name}: {fault.detail}" for fault in faults)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", what, faults)


def no_roster() -> ProblemError:
    """Nothing is in force that could be compared with."""
    return ProblemError(
        HTTPStatus.CONFLICT, "no-roster", "There is no roster in force that something could be compared with."
    )


def figures_withheld() -> ProblemError:
    """Comparisons would tell of fewer people than may be told of."""
    return ProblemError(
        HTTPStatus.FORBIDDEN,
        "withheld",
        "Figures of small groups are withheld here (MIN_GROUP_SIZE), which comparing would go round.",
    )


def too_large_to_try(detail: str) -> ProblemError:
    """It would take too long; coming back at once does not help."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "too-large", detail, headers={"Retry-After": str(RETRY_SECONDS)}
    )


def body_too_long(most: int) -> ProblemError:
    """More than anything that can be meant."""
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long", f"The body is longer than {most} bytes.")


def too_long(what: str, most: int) -> ProblemError:
    """Longer than anything that can be meant."""
    return ProblemError(HTTPStatus.REQUEST_URI_TOO_LONG, "too-long", f"{what} is longer than {most} characters.")


def too_many(retry_after_seconds: int) -> ProblemError:
    """More requests than the limit allows."""
    return ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-requests",
        f"The limit of requests is reached; come back in {retry_after_seconds} s.",
        headers={"Retry-After": str(retry_after_seconds)},
    )


def storage_away() -> ProblemError:
    """The database does not answer, or not in time."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "storage-unavailable",
        "The stored figures cannot be read at the moment.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def overloaded() -> ProblemError:
    """More requests at once than can be worked on, or wait for it."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "overloaded",
        "Too many requests are being answered at the moment.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def failed() -> ProblemError:
    """A defect; the log has it under the request id."""
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "defect", "Something is wrong on our side; the log has it.")
