"""AWS Lambda's entrypoint for planning: the roster is put in force, and one message a repository is sent."""

import logging
from typing import Any, Final
from uuid import UUID, uuid5

from attrs import asdict

from github_tracker.application.collect_repository import stop_before
from github_tracker.application.plan_collection import PlanCollection, PlanResult
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.entrypoints.lambda_function import Invocation, LambdaFunction
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.settings import read_planning_settings
from github_tracker.entrypoints.shared_run_container import shared_run_container

_FUNCTION: Final = LambdaFunction("planner", opening=shared_run_container, read=read_planning_settings)
_LOG: Final = logging.getLogger("github_tracker.lambda")

_RUNS: Final = UUID("6f2f2f43-3a0c-4c53-9a47-8f2f0a3d3c11")
"""The name space of runs' ids; whatever it is, it must never change."""


class UnknownTaskError(GitHubTrackerError):
    """The event asks for something that this function does not do."""


def handler(event: object, context: Any) -> dict[str, object]:  # AWS's own form
    """Plan a run and return what was planned; the same event twice plans it once.

    Whatever fails is raised, so that Lambda tries again; what was sent already then does no harm.
    """
    with _FUNCTION.invocation(context) as invocation:
        if isinstance(event, dict) and "task" in event:
            raise UnknownTaskError(f"task {event['task']!r}: the planner only plans; ask the collector's function")
        result = _plan(event, invocation)
        told = asdict(result) | {"run": str(result.run)}
        _LOG.info("planned", extra={"planning": told})
        return told


def run_of(event: object, request_id: str) -> UUID:
    """Return the id of the run that an event asks for.

    The Scheduler may deliver one event twice, as two invocations: it is known by the schedule and its time. Any other
    event is known by its invocation, which a repeated one keeps.
    """
    if isinstance(event, dict) and event.get("time"):
        return uuid5(_RUNS, f"{event.get('schedule', '')} {event['time']}")
    return uuid5(_RUNS, request_id)


def _plan(event: object, invocation: Invocation) -> PlanResult:
    settings, container = invocation.settings, invocation.container
    policy = WantedPolicy(settings.attribution_rule, settings.report_time_zone, settings.bot_patterns)
    container.resolve(SyncRoster)(settings.roster, policy, f"AWS Lambda, {invocation.function}")
    result: PlanResult = container.resolve(PlanCollection)(run_of(event, invocation.request_id), settings.repositories)
    # After the work is handed out: what a changed roster and the last run have left.
    refresh_figures(container, stop_before(invocation.deadline))
    return result
