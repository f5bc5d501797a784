"""What the key that is shown is good for: so that a page need not find out by being refused."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api.answers import Answer, private_json
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.metric_documents import team_fields
from github_tracker.entrypoints.api.query import refuse_query
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.ports.team_directory import TeamDirectory


def access_routes(
    gate: Gate, counters: Counters, directory: TeamDirectory, least: int | None
) -> list[HTTPRouteHandler]:
    """Return the handler of /access."""

    def answer(request: ApiRequest) -> Answer:
        access = gate.admit_any(request)
        refuse_query(request.scope["query_string"])
        return private_json(_document(access, directory, least))

    @get("/access")
    async def access(request: ApiRequest) -> Answer:
        return await counters.quick.take(lambda: answer(request))

    return [access]


def _document(access: Access, directory: TeamDirectory, least: int | None) -> dict[str, object]:
    teams = None if access.teams is None else [team_fields(team) for team in directory.teams(access.teams)]
    scopes = [scope.value for scope in Scope if access.allows(scope)]
    return {"key_id": access.key_id, "scopes": scopes, "teams": teams, "min_group_size": least}
