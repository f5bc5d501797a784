"""Velocity and lead time, of one team and of all."""

from collections.abc import Callable
from typing import TypeVar

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.team_figures import NoSuchTeamError, ReadTeamFigures, TeamLeadTime, TeamVelocity
from github_tracker.domain.api_key import Scope
from github_tracker.entrypoints.api import metric_documents as documents
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.query import read_number, read_range
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.team_directory import VisibleTeams

T = TypeVar("T")

_TEAM_VELOCITY = Forms[TeamVelocity](documents.team_velocity_document, documents.team_velocity_csv)
_TEAM_LEAD_TIME = Forms[TeamLeadTime](documents.team_lead_time_document, documents.team_lead_time_csv)
_VELOCITY = Forms[TeamVelocity](documents.velocity_document, documents.velocity_csv)
_LEAD_TIME = Forms[TeamLeadTime](documents.lead_time_document, documents.lead_time_csv)


def metric_routes(gate: Gate, figures: ReadTeamFigures, versions: DataVersions) -> list[HTTPRouteHandler]:
    """Return the handlers of /metrics."""
    least = figures.discretion.min_group_size if figures.discretion.is_wanted else None

    def of_team(request: ApiRequest, read: Callable[[int, ReportScope, VisibleTeams], T], forms: Forms[T]) -> Answer:
        access = gate.admit(request, Scope.METRICS_READ)
        number, scope = read_number(request, "team_id"), read_range(request.scope["query_string"])
        asked = Asked(request, access, versions.current(), (least, str(scope.since), str(scope.until)))
        try:
            return asked.answer(lambda: read(number, scope, access.teams), forms)
        except NoSuchTeamError as exc:
            raise not_found("No team has this id.") from exc

    def of_all(request: ApiRequest, read: Callable[[ReportScope, VisibleTeams], T], forms: Forms[T]) -> Answer:
        access = gate.admit(request, Scope.METRICS_READ)
        scope = read_range(request.scope["query_string"])
        asked = Asked(request, access, versions.current(), (least, str(scope.since), str(scope.until)))
        return asked.answer(lambda: read(scope, access.teams), forms)

    @get("/metrics/team/{team_id:str}/velocity", sync_to_thread=True)
    def team_velocity(request: ApiRequest) -> Answer:
        return of_team(request, figures.team_velocity, _TEAM_VELOCITY)

    @get("/metrics/team/{team_id:str}/lead-time", sync_to_thread=True)
    def team_lead_time(request: ApiRequest) -> Answer:
        return of_team(request, figures.team_lead_time, _TEAM_LEAD_TIME)

    @get("/metrics/velocity", sync_to_thread=True)
    def velocity(request: ApiRequest) -> Answer:
        return of_all(request, figures.velocity, _VELOCITY)

    @get("/metrics/lead-time", sync_to_thread=True)
    def lead_time(request: ApiRequest) -> Answer:
        return of_all(request, figures.lead_time, _LEAD_TIME)

    return [team_velocity, team_lead_time, velocity, lead_time]
