"""What tells how the service itself stands: the latest run, whether it lives, whether it can work."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from github_tracker.domain.api_key import Access, Scope
from github_tracker.domain.run_report import RunReport
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms, json_bytes
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.negotiation import JSON
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.query import refuse_query
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.entrypoints.run_document import run_fields
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.data_version import DataVersions

_NOT_KEPT = {"Cache-Control": "no-store"}


def service_routes(
    gate: Gate, counters: Counters, collection: CollectionRepository, versions: DataVersions
) -> list[HTTPRouteHandler]:
    """Return the handlers of /runs/latest, /health and /ready; whether the process lives is told without any turn."""

    def answer_latest_run(request: ApiRequest) -> Answer:
        access = gate.admit(request, Scope.METRICS_READ)
        refuse_query(request.scope["query_string"])

        def read() -> dict[str, object]:
            report = collection.latest_run()
            if report is None:
                raise not_found("No run has ended yet.")
            return _fields(report, access)

        return Asked(request, access, versions.current()).answer(read, Forms(dict))

    @get("/runs/latest")
    async def latest_run(request: ApiRequest) -> Answer:
        return await counters.quick.take(lambda: answer_latest_run(request))

    @get("/health")
    async def health(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        return Answer(json_bytes({"status": "alive"}), media_type=JSON, headers=_NOT_KEPT)

    @get("/ready")
    async def ready(request: ApiRequest) -> Answer:
        refuse_query(request.scope["query_string"])
        await counters.quick.take(versions.current)
        return Answer(json_bytes({"status": "ready"}), media_type=JSON, headers=_NOT_KEPT)

    return [latest_run, health, ready]


def _fields(report: RunReport, access: Access) -> dict[str, object]:
    """A reader of some teams learns whether the figures are fresh, and no sums over what others did."""
    if access.teams is None:
        return run_fields(report)
    return {"started_at": report.started_at, "finished_at": report.finished_at, "outcome": report.outcome}
