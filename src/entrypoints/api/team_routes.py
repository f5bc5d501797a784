"""Teams and their members' windows."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.domain.api_key import Scope
from github_tracker.domain.membership import Membership
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.metric_documents import team_fields
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.query import read_number, refuse_query
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.team_directory import TeamDirectory

_TeamWithMembers = tuple[KnownTeam, tuple[Membership, ...]]


def team_routes(
    gate: Gate, counters: Counters, directory: TeamDirectory, versions: DataVersions
) -> list[HTTPRouteHandler]:
    """Return the handlers of /teams."""

    def answer_teams(request: ApiRequest) -> Answer:
        access = gate.admit(request, Scope.TEAMS_READ)
        refuse_query(request.scope["query_string"])
        asked = Asked(request, access, versions.current())
        return asked.answer(lambda: directory.teams(access.teams), Forms(_teams_document))

    def answer_team(request: ApiRequest) -> Answer:
        access = gate.admit(request, Scope.TEAMS_READ)
        number = read_number(request, "team_id")
        refuse_query(request.scope["query_string"])

        def read() -> _TeamWithMembers:
            found = directory.team(number, access.teams)
            if found is None:
                raise not_found("No team has this id.")
            return found, directory.members(number)

        return Asked(request, access, versions.current()).answer(read, Forms(_team_document))

    @get("/teams")
    async def teams(request: ApiRequest) -> Answer:
        return await counters.quick.take(lambda: answer_teams(request))

    @get("/teams/{team_id:str}")
    async def team(request: ApiRequest) -> Answer:
        return await counters.quick.take(lambda: answer_team(request))

    return [teams, team]


def _teams_document(teams: tuple[KnownTeam, ...]) -> dict[str, object]:
    return {"teams": [_fields(team) for team in teams]}


def _team_document(found: _TeamWithMembers) -> dict[str, object]:
    team, members = found
    return {**_fields(team), "members": [_member(entry) for entry in members]}


def _fields(team: KnownTeam) -> dict[str, object]:
    return {**team_fields(team), "description": team.description, "is_listed": team.is_listed}


def _member(entry: Membership) -> dict[str, object]:
    return {
        "login": entry.login,
        "weight": entry.weight,
        "joined_at": entry.joined_at,
        "left_at": entry.left_at,
        "aliases": entry.aliases,
        "github_id": entry.github_id,
    }
