"""The application: routes, errors and edge put together. What it answers with is handed in."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap, HTTPScope

from github_tracker.application.explain_to_reader import ExplainToReader
from github_tracker.application.figures_behind import ReadFiguresBehind
from github_tracker.application.team_figures import ReadTeamFigures
from github_tracker.application.what_if import WhatIf
from github_tracker.domain.api_key import Access
from github_tracker.entrypoints.api import problems
from github_tracker.entrypoints.api.access_routes import access_routes
from github_tracker.entrypoints.api.behind_routes import behind_routes
from github_tracker.entrypoints.api.document_routes import document_routes
from github_tracker.entrypoints.api.edge import Edge, LogLine, own_request_id
from github_tracker.entrypoints.api.gate import Gate
from github_tracker.entrypoints.api.limits import RequestLimit
from github_tracker.entrypoints.api.metric_routes import metric_routes
from github_tracker.entrypoints.api.negotiation import allowed_methods
from github_tracker.entrypoints.api.page_routes import page_routes
from github_tracker.entrypoints.api.pull_request_routes import pull_request_routes
from github_tracker.entrypoints.api.service_routes import service_routes
from github_tracker.entrypoints.api.team_routes import team_routes
from github_tracker.entrypoints.api.trace import TRACE
from github_tracker.entrypoints.api.turns import FIGURES, QUICK, Counters, Room, Turns
from github_tracker.entrypoints.api.what_if_routes import what_if_routes
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.errors import SecretUnavailableError, StorageError
from github_tracker.ports.team_directory import TeamDirectory

_NOT_FOUND = 404
_METHOD_NOT_ALLOWED = 405
_CLIENT_ERRORS = range(400, 500)


@frozen
class ApiServices:
    """What answers the requests."""

    authenticate: Callable[[str], Access]
    """Raises NotAuthenticatedError, and StorageError if nobody can tell."""
    figures: ReadTeamFigures
    behind: ReadFiguresBehind
    what_if: WhatIf
    explain: ExplainToReader
    directory: TeamDirectory
    collection: CollectionRepository
    versions: DataVersions


@frozen
class ApiOptions:
    """How requests are let in."""

    rate_per_minute: int = 600
    """Requests of each key."""
    address_rate_per_minute: int = 1200
    """Requests of each address, with whatever key or none."""
    cors_origins: frozenset[str] = frozenset()
    request_id: Callable[[HTTPScope], str] = own_request_id
    """Names a request; something before us may have done so."""
    web_url: str = "https://github.com"
    """Where people look at pull requests."""
    quick: Room = QUICK
    figures: Room = FIGURES


def create_api(services: ApiServices, options: ApiOptions, log: Callable[[LogLine], None]) -> Edge:
    """Return the API as an ASGI application."""
    gate = Gate(services.authenticate, RequestLimit(options.rate_per_minute))
    counters = Counters(Turns(options.quick), Turns(options.figures))
    least = services.figures.discretion.min_group_size if services.figures.discretion.is_wanted else None
    inner = Litestar(
        [
            *metric_routes(gate, counters, services.figures, services.versions),
            *behind_routes(gate, counters, services.behind, services.versions, options.web_url),
            *what_if_routes(gate, counters, services.what_if, least),
            *access_routes(gate, counters, services.directory, least),
            *team_routes(gate, counters, services.directory, services.versions),
            *pull_request_routes(gate, counters, services.explain),
            *service_routes(gate, counters, services.collection, services.versions),
            *document_routes(),
            *page_routes(),
        ],
        exception_handlers=_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    limit = RequestLimit(options.address_rate_per_minute)
    return Edge(inner, limit, log, options.cors_origins, options.request_id)


def _told(problem: problems.ProblemError) -> Response[bytes]:
    return Response(
        problem.body(TRACE.get().request_id),
        status_code=problem.status.value,
        media_type=problems.PROBLEM_TYPE,
        headers=dict(problem.headers),
    )


def _on_problem(_request: Request[Any, Any, Any], exc: problems.ProblemError) -> Response[bytes]:
    return _told(exc)


def _on_http_error(_request: Request[Any, Any, Any], exc: HTTPException) -> Response[bytes]:
    headers: Mapping[str, str] = exc.headers or {}
    if exc.status_code == _NOT_FOUND:
        return _told(problems.not_found())
    if exc.status_code == _METHOD_NOT_ALLOWED:
        return _told(problems.method_not_allowed(allowed_methods(headers.get("allow", "GET"))))
    if exc.status_code in _CLIENT_ERRORS:
        return _told(problems.bad_request(problems.FieldFault("request", "(all)", "it cannot be understood")))
    return _on_defect(_request, exc)


def _on_storage_error(_request: Request[Any, Any, Any], exc: StorageError | SecretUnavailableError) -> Response[bytes]:
    TRACE.get().error = str(exc)
    return _told(problems.storage_away())


def _on_defect(_request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    TRACE.get().error = f"{type(exc).__name__}: {exc}"
    return _told(problems.failed())


_HANDLERS: ExceptionHandlersMap = {
    problems.ProblemError: _on_problem,
    HTTPException: _on_http_error,
    StorageError: _on_storage_error,
    SecretUnavailableError: _on_storage_error,
    Exception: _on_defect,
}
