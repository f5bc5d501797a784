"""What lies behind figures: pull requests, how their cycle times are distributed, and how large a team was."""

from typing import Final

from attrs import frozen
from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.figures_behind import (
    LONGEST_LIST,
    Distributions,
    PullRequestList,
    ReadFiguresBehind,
    TeamStaffing,
)
from github_tracker.application.team_figures import LONGEST_RANGE
from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api import behind_documents as documents
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms
from github_tracker.entrypoints.api.figure_answers import Wanted, answer_in_turn
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.problems import FieldFault, bad_request, unrestricted_only
from github_tracker.entrypoints.api.query import (
    DAYS,
    Parameter,
    read_days,
    read_number,
    read_query,
    read_range,
    whole_number,
)
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.figure_details import DetailPosition, DetailScope

MOST_LISTED: Final = 200
LISTED: Final = 100
"""Pull requests of one answer, unless `limit` says otherwise."""

MOST_HOURS: Final = 1_000_000
_HOUR: Final = 3600
_TEAM: Final = "/metrics/team/{team_id:str}"
_LIST: Final = {
    **DAYS,
    "least_hours": whole_number(0, MOST_HOURS),
    "below_hours": whole_number(1, MOST_HOURS),
    "limit": whole_number(1, MOST_LISTED),
    "after": Parameter(documents.position_of, "wanted is `next` of an earlier answer"),
}
_DISTRIBUTIONS: Final = Forms(documents.distributions_document)


def behind_routes(
    gate: Gate, counters: Counters, behind: ReadFiguresBehind, versions: DataVersions, web_url: str
) -> list[HTTPRouteHandler]:
    """Return the handlers of what lies behind /metrics."""
    reader = _Reader(gate, behind, versions, web_url)

    @get(f"{_TEAM}/pull-requests")
    async def of_team(request: ApiRequest) -> Answer:
        return await answer_in_turn(counters, lambda: reader.list_of_team(request))

    @get("/metrics/unattributed/pull-requests")
    async def of_no_team(request: ApiRequest) -> Answer:
        return await answer_in_turn(counters, lambda: reader.list_of_no_team(request))

    @get("/metrics/cycle-times")
    async def cycle_times(request: ApiRequest) -> Answer:
        return await answer_in_turn(counters, lambda: reader.distributions(request))

    @get(f"{_TEAM}/allocation")
    async def allocation(request: ApiRequest) -> Answer:
        return await answer_in_turn(counters, lambda: reader.staffing(request))

    return [of_team, of_no_team, cycle_times, allocation]


@frozen
class _Reader:
    """Finds out what requests want."""

    gate: Gate
    behind: ReadFiguresBehind
    versions: DataVersions
    web_url: str

    def list_of_team(self, request: ApiRequest) -> Wanted[PullRequestList]:
        access = self.gate.admit(request, Scope.METRICS_READ)
        return self._list(request, access, read_number(request, "team_id"))

    def list_of_no_team(self, request: ApiRequest) -> Wanted[PullRequestList]:
        access = self.gate.admit(request, Scope.METRICS_READ)
        if access.teams is not None:
            raise unrestricted_only()
        return self._list(request, access, None)

    def distributions(self, request: ApiRequest) -> Wanted[Distributions]:
        access = self.gate.admit(request, Scope.METRICS_READ)
        scope = read_range(request.scope["query_string"])
        asked = self._asked(request, access, str(scope.since), str(scope.until))
        return Wanted(asked, lambda: self.behind.distributions(scope, access.teams, asked.version), _DISTRIBUTIONS)

    def staffing(self, request: ApiRequest) -> Wanted[TeamStaffing]:
        access = self.gate.admit(request, Scope.METRICS_READ)
        number = read_number(request, "team_id")
        since, until = read_days(read_query(request.scope["query_string"], DAYS), LONGEST_RANGE)
        tells_logins = access.allows(Scope.TEAMS_READ)
        asked = self._asked(request, access, str(since), str(until), tells_logins)
        return Wanted(
            asked,
            lambda: self.behind.staffing(number, since, until, access.teams, asked.version),
            Forms(lambda found: documents.staffing_document(found, tells_logins=tells_logins)),
        )

    def _list(self, request: ApiRequest, access: Access, team_id: int | None) -> Wanted[PullRequestList]:
        scope, limit, after = _read_list(request.scope["query_string"])
        tells_authors = access.allows(Scope.TEAMS_READ)
        asked = self._asked(request, access, scope, limit, after, tells_authors)
        return Wanted(
            asked,
            lambda: self.behind.pull_requests(team_id, scope, access.teams, limit, after, asked.version),
            Forms(lambda found: documents.pull_requests_document(found, self.web_url, tells_authors=tells_authors)),
        )

    def _asked(self, request: ApiRequest, access: Access, *further: object) -> Asked:
        discretion = self.behind.discretion
        least = discretion.min_group_size if discretion.is_wanted else None
        return Asked(request, access, self.versions.current(), (least, *further))


def _read_list(query: bytes) -> tuple[DetailScope, int, DetailPosition | None]:
    found = read_query(query, _LIST)
    since, until = read_days(found, LONGEST_LIST)
    least, below = found.get("least_hours", int), found.get("below_hours", int)
    if least is not None and below is not None and below <= least:
        raise bad_request(FieldFault("query", "below_hours", "wanted is a number greater than `least_hours`"))
    scope = DetailScope(
        team=None,
        since=since,
        until=until,
        least_seconds=None if least is None else least * _HOUR,
        below_seconds=None if below is None else below * _HOUR,
    )
    return scope, found.get("limit", int) or LISTED, found.get("after", DetailPosition)
