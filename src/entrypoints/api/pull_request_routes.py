"""Why a pull request is credited as it is."""

from collections.abc import Callable

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.explain_to_reader import ExplainToReader, NotStoredError, PartialExplanation
from github_tracker.domain.api_key import Access, Scope
from github_tracker.entrypoints.api.answers import Answer, private_json
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.query import (
    NAME_PATTERN,
    REPOSITORY_PATTERN,
    read_name,
    read_number,
    refuse_query,
)
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.entrypoints.explanation_document import explanation_document, partial_explanation_document


def pull_request_routes(gate: Gate, counters: Counters, explain: ExplainToReader) -> list[HTTPRouteHandler]:
    """Return the handlers of /pull-requests."""

    def ask(request: ApiRequest) -> Callable[[], Answer]:
        access = gate.admit(request, Scope.METRICS_READ)
        name = f"{read_name(request, 'owner', NAME_PATTERN)}/{read_name(request, 'repo', REPOSITORY_PATTERN)}"
        wanted = read_number(request, "number")
        refuse_query(request.scope["query_string"])
        return lambda: answer(name, wanted, access)

    def answer(name: str, wanted: int, access: Access) -> Answer:
        try:
            found = explain(name, wanted, access.teams)
        except NotStoredError as exc:
            raise not_found("No such pull request is stored.") from exc
        if isinstance(found, PartialExplanation):
            return private_json(partial_explanation_document(found))
        return private_json(explanation_document(found))

    @get("/pull-requests/{owner:str}/{repo:str}/{number:str}/attribution")
    async def attribution(request: ApiRequest) -> Answer:
        return await counters.figures.take(await counters.quick.take(lambda: ask(request)))

    return [attribution]
