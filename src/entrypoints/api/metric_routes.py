"""Velocity and lead time, of one team and of all."""

from collections.abc import Callable
from typing import TypeVar

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.team_figures import ReadTeamFigures, TeamLeadTime, TeamVelocity
from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api import metric_documents as documents
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms
from github_tracker.entrypoints.api.figure_answers import Wanted, answer_in_turn
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.query import read_number, read_range
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.ports.data_version import DataVersion, DataVersions
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.team_directory import VisibleTeams

T = TypeVar("T")

ReadTeam = Callable[[int, ReportScope, VisibleTeams, DataVersion], T]
ReadAll = Callable[[ReportScope, VisibleTeams, DataVersion], T]

_TEAM_VELOCITY = Forms[TeamVelocity](documents.team_velocity_document, documents.team_velocity_csv)
_TEAM_LEAD_TIME = Forms[TeamLeadTime](documents.team_lead_time_document, documents.team_lead_time_csv)
_VELOCITY = Forms[TeamVelocity](documents.velocity_document, documents.velocity_csv)
_LEAD_TIME = Forms[TeamLeadTime](documents.lead_time_document, documents.lead_time_csv)


def metric_routes(
    gate: Gate, counters: Counters, figures: ReadTeamFigures, versions: DataVersions
) -> list[HTTPRouteHandler]:
    """Return the handlers of /metrics. Whether the client has the answer already is told apart from reading it."""
    least = figures.discretion.min_group_size if figures.discretion.is_wanted else None

    def asked_by(request: ApiRequest, access: Access, scope: ReportScope) -> Asked:
        return Asked(request, access, versions.current(), (least, str(scope.since), str(scope.until)))

    async def of_team(request: ApiRequest, read: ReadTeam[T], forms: Forms[T]) -> Answer:
        def ask() -> Wanted[T]:
            access = gate.admit(request, Scope.METRICS_READ)
            number, scope = read_number(request, "team_id"), read_range(request.scope["query_string"])
            asked = asked_by(request, access, scope)
            return Wanted(asked, lambda: read(number, scope, access.teams, asked.version), forms)

        return await answer_in_turn(counters, ask)

    async def of_all(request: ApiRequest, read: ReadAll[T], forms: Forms[T]) -> Answer:
        def ask() -> Wanted[T]:
            access = gate.admit(request, Scope.METRICS_READ)
            scope = read_range(request.scope["query_string"])
            asked = asked_by(request, access, scope)
            return Wanted(asked, lambda: read(scope, access.teams, asked.version), forms)

        return await answer_in_turn(counters, ask)

    @get("/metrics/team/{team_id:str}/velocity")
    async def team_velocity(request: ApiRequest) -> Answer:
        return await of_team(request, figures.team_velocity, _TEAM_VELOCITY)

    @get("/metrics/team/{team_id:str}/lead-time")
    async def team_lead_time(request: ApiRequest) -> Answer:
        return await of_team(request, figures.team_lead_time, _TEAM_LEAD_TIME)

    @get("/metrics/velocity")
    async def velocity(request: ApiRequest) -> Answer:
        return await of_all(request, figures.velocity, _VELOCITY)

    @get("/metrics/lead-time")
    async def lead_time(request: ApiRequest) -> Answer:
        return await of_all(request, figures.lead_time, _LEAD_TIME)

    return [team_velocity, team_lead_time, velocity, lead_time]
