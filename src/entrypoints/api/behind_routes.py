"""What lies behind figures: pull requests, how their cycle times are distributed, and how large a team was."""

from collections.abc import Callable
from datetime import date
from typing import Final

from attrs import frozen
from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.figures_behind import LONGEST_LIST, PullRequestList, ReadFiguresBehind, TeamStaffing
from github_tracker.application.settled_figures import NoSuchTeamError
from github_tracker.application.team_figures import LONGEST_RANGE
from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api import behind_documents as documents
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms, private_json
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.metric_documents import team_fields
from github_tracker.entrypoints.api.problems import not_found, unrestricted_only
from github_tracker.entrypoints.api.query import (
    DAYS,
    Parameter,
    read_days,
    read_number,
    read_query,
    read_range,
    refuse_query,
    whole_number,
)
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.figure_details import DetailPosition, DetailScope
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.team_directory import TeamDirectory

MOST_LISTED: Final = 200
LISTED: Final = 100
"""Pull requests of one answer, unless `limit` says otherwise."""

_MOST_HOURS: Final = 1_000_000
_HOUR: Final = 3600
_TEAM: Final = "/metrics/team/{team_id:str}"
_HOURS: Final = whole_number(0, _MOST_HOURS)
_LIST: Final = {
    **DAYS,
    "least_hours": _HOURS,
    "below_hours": _HOURS,
    "limit": whole_number(1, MOST_LISTED),
    "after": Parameter(documents.position_of, "wanted is `next` of an earlier answer"),
}


@frozen
class _AskedList:
    """What a list was asked for."""

    team_id: int | None
    scope: DetailScope
    limit: int
    after: DetailPosition | None


def behind_routes(
    gate: Gate, counters: Counters, behind: ReadFiguresBehind, versions: DataVersions, web_url: str
) -> list[HTTPRouteHandler]:
    """Return the handlers of what lies behind /metrics."""
    least = behind.discretion.min_group_size if behind.discretion.is_wanted else None

    async def listed(request: ApiRequest, read_team: Callable[[ApiRequest], int | None]) -> Answer:
        def ask() -> tuple[Asked, _AskedList]:
            access = gate.admit(request, Scope.METRICS_READ)
            found = _read_list(request, read_team(request))
            if found.team_id is None and access.teams is not None:
                raise unrestricted_only()
            further = (least, found, access.allows(Scope.TEAMS_READ))
            return Asked(request, access, versions.current(), further), found

        asked, wanted = await counters.quick.take(ask)
        tells_authors = asked.access.allows(Scope.TEAMS_READ)
        forms = Forms[PullRequestList](
            lambda answer: documents.pull_requests_document(answer, web_url, tells_authors=tells_authors)
        )

        def answer() -> Answer:
            try:
                found = behind.pull_requests(
                    wanted.team_id, wanted.scope, asked.access.teams, wanted.limit, wanted.after, asked.version
                )
            except NoSuchTeamError as exc:
                raise not_found("No team has this id.") from exc
            return asked.answer_with(found, forms)

        known = asked.answer_known(forms)
        return known if known is not None else await counters.figures.take(answer)

    @get(f"{_TEAM}/pull-requests")
    async def of_team(request: ApiRequest) -> Answer:
        return await listed(request, lambda asking: read_number(asking, "team_id"))

    @get("/metrics/unattributed/pull-requests")
    async def of_no_team(request: ApiRequest) -> Answer:
        return await listed(request, lambda _: None)

    @get("/metrics/cycle-times")
    async def cycle_times(request: ApiRequest) -> Answer:
        def ask() -> tuple[Asked, ReportScope]:
            access = gate.admit(request, Scope.METRICS_READ)
            scope = read_range(request.scope["query_string"])
            return Asked(request, access, versions.current(), (least, str(scope.since), str(scope.until))), scope

        asked, scope = await counters.quick.take(ask)
        forms = Forms(documents.distributions_document)

        def answer() -> Answer:
            return asked.answer_with(behind.distributions(scope, asked.access.teams, asked.version), forms)

        known = asked.answer_known(forms)
        return known if known is not None else await counters.figures.take(answer)

    @get(f"{_TEAM}/allocation")
    async def allocation(request: ApiRequest) -> Answer:
        def ask() -> tuple[Asked, int, tuple[date, date]]:
            access = gate.admit(request, Scope.METRICS_READ)
            number, found = read_number(request, "team_id"), read_query(request.scope["query_string"], DAYS)
            days = read_days(found, LONGEST_RANGE)
            further = (str(days), access.allows(Scope.TEAMS_READ))
            return Asked(request, access, versions.current(), further), number, days

        asked, number, days = await counters.quick.take(ask)
        tells_logins = asked.access.allows(Scope.TEAMS_READ)
        forms = Forms[TeamStaffing](lambda found: documents.staffing_document(found, tells_logins=tells_logins))

        def answer() -> Answer:
            try:
                return asked.answer_with(behind.staffing(number, *days, asked.access.teams, asked.version), forms)
            except NoSuchTeamError as exc:
                raise not_found("No team has this id.") from exc

        known = asked.answer_known(forms)
        return known if known is not None else await counters.figures.take(answer)

    return [of_team, of_no_team, cycle_times, allocation]


def access_routes(
    gate: Gate, counters: Counters, directory: TeamDirectory, least: int | None
) -> list[HTTPRouteHandler]:
    """Return the handler of /access."""

    def answer(request: ApiRequest) -> Answer:
        access = gate.admit_any(request)
        refuse_query(request.scope["query_string"])
        return private_json(_access_document(access, directory, least))

    @get("/access")
    async def access(request: ApiRequest) -> Answer:
        return await counters.quick.take(lambda: answer(request))

    return [access]


def _access_document(access: Access, directory: TeamDirectory, least: int | None) -> dict[str, object]:
    teams = None if access.teams is None else [team_fields(team) for team in directory.teams(access.teams)]
    scopes = [scope.value for scope in Scope if access.allows(scope)]
    return {"key_id": access.key_id, "scopes": scopes, "teams": teams, "min_group_size": least}


def _read_list(request: ApiRequest, team_id: int | None) -> _AskedList:
    found = read_query(request.scope["query_string"], _LIST)
    since, until = read_days(found, LONGEST_LIST)
    least, below = found.get("least_hours", int), found.get("below_hours", int)
    scope = DetailScope(
        team=None,
        since=since,
        until=until,
        least_seconds=None if least is None else least * _HOUR,
        below_seconds=None if below is None else below * _HOUR,
    )
    return _AskedList(team_id, scope, found.get("limit", int) or LISTED, found.get("after", DetailPosition))
