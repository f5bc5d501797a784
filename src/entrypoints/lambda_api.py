"""AWS Lambda's entrypoint for the metrics API, behind API Gateway: HTTP APIs (payload 2.0) and REST APIs (1.0)."""

import os
from contextlib import ExitStack
from typing import Any, Final

from litestar.types import Receive, Scope, Send
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from github_tracker.entrypoints.api.application import create_api
from github_tracker.entrypoints.api.edge import Edge
from github_tracker.entrypoints.api.limits import RequestLimit
from github_tracker.entrypoints.api.log import write_line
from github_tracker.entrypoints.api.problems import PROBLEM_TYPE, storage_away
from github_tracker.entrypoints.api.settings import ApiSettings, read_api_settings
from github_tracker.entrypoints.api_container import services_of
from github_tracker.ports.errors import SecretUnavailableError, StorageUnavailableError

_OPENED: Final = ExitStack()
"""Holds the pool as long as the process lives; Lambda freezes and ends it without a word."""

_built: Mangum | None = None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # AWS's own forms
    """Answer one request. What answers is built at the first one, and again as long as that fails."""
    settings = read_api_settings(os.environ)
    try:
        answering = _answering(settings)
    except (StorageUnavailableError, SecretUnavailableError) as exc:
        write_line({"error": str(exc)})
        answering = _adapter(Edge(_away, RequestLimit(settings.options.address_rate_per_minute), write_line), settings)
    answer: dict[str, Any] = answering(event, context)
    return answer


def _answering(settings: ApiSettings) -> Mangum:
    global _built  # noqa: PLW0603  # one a process: that is what a cold start is
    if _built is None:
        services = _OPENED.enter_context(services_of(settings))
        _built = _adapter(create_api(services, settings.options, write_line), settings)
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
