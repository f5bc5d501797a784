"""AWS Lambda's entrypoint for the metrics API, behind API Gateway: HTTP APIs (payload 2.0) and REST APIs (1.0)."""

import logging
import os
import re
from contextlib import ExitStack
from typing import Any, Final

from attrs import evolve
from litestar.types import HTTPScope, Receive, Scope, Send
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from github_tracker.entrypoints.api.application import create_api
from github_tracker.entrypoints.api.edge import Edge, LogLine
from github_tracker.entrypoints.api.limits import RequestLimit
from github_tracker.entrypoints.api.problems import PROBLEM_TYPE, storage_away
from github_tracker.entrypoints.api.settings import ApiSettings, read_api_settings
from github_tracker.entrypoints.api_container import services_of
from github_tracker.entrypoints.lambda_watch import LambdaWatch, request_id_of
from github_tracker.ports.errors import SecretUnavailableError, StorageUnavailableError

_OPENED: Final = ExitStack()
"""Holds the pool as long as the process lives; Lambda freezes and ends it without a word."""

_WATCH: Final = LambdaWatch("api")
_LOG: Final = logging.getLogger("github_tracker.api")

_ID: Final = re.compile(r"[A-Za-z0-9+/=_-]{1,128}")

_built: Mangum | None = None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # AWS's own forms
    """Answer one request. What answers is built at the first one, and again as long as that fails."""
    with _WATCH.over(context, _gateway_id(event)):
        try:
            return _answer(event, context)
        except Exception as exc:
            _LOG.exception("failed: %s", type(exc).__name__)
            raise


def _answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings = read_api_settings(os.environ)
    settings = evolve(settings, options=evolve(settings.options, request_id=_request_id))
    try:
        answering = _answering(settings)
    except (StorageUnavailableError, SecretUnavailableError) as exc:
        _LOG.error("%s", exc)  # whoever asks is told; the trace would tell nothing more
        limit = RequestLimit(settings.options.address_rate_per_minute)
        answering = _adapter(Edge(_away, limit, _log, request_id=_request_id), settings)
    answer: dict[str, Any] = answering(event, context)
    return answer


def _answering(settings: ApiSettings) -> Mangum:
    global _built  # noqa: PLW0603  # one a process: that is what a cold start is
    if _built is None:
        services = _OPENED.enter_context(services_of(settings, telemetry=_WATCH.metrics))
        _built = _adapter(create_api(services, settings.options, _log), settings)
    return _built


def _adapter(api: Edge, settings: ApiSettings) -> Mangum:
    return Mangum(
        api,  # type: ignore[arg-type]  # an ASGI application by Litestar's types, which Mangum words otherwise
        lifespan="off",
        api_gateway_base_path=settings.base_path or "/",
        text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM_TYPE],
    )


async def _away(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise storage_away()


def _log(line: LogLine) -> None:
    """Write the line of one request; what failed on our side is an error."""
    _LOG.log(logging.ERROR if "error" in line else logging.INFO, "request", extra=dict(line))


def _request_id(scope: HTTPScope) -> str:
    """Return what API Gateway calls the request, so that its own log and ours can be joined."""
    event, context = scope.get("aws.event"), scope.get("aws.context")
    return _gateway_id(event) or request_id_of(context)


def _gateway_id(event: object) -> str | None:
    context = event.get("requestContext") if isinstance(event, dict) else None
    found = context.get("requestId") if isinstance(context, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else None
