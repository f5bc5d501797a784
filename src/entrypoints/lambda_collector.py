"""AWS Lambda's entrypoint for collecting: one run an event, whatever the event says."""

import logging
import os
from typing import Any, Final

# Not used here: Lambda imports with a whole processor, and collects with a fraction of one.
import github_tracker.adapters.github_rest  # noqa: F401
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.collect_repository import stop_before
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.entrypoints.lambda_function import Invocation, LambdaFunction, ReportedFailureError
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.request_release import release_requests
from github_tracker.entrypoints.run_document import logged_run, run_document
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.entrypoints.settings import read_settings
from github_tracker.ports.secret_store import SecretName, SecretSource

_FUNCTION: Final = LambdaFunction("collector")
_LOG: Final = logging.getLogger("github_tracker.lambda")

_LEVELS: Final = {
    RunOutcome.COMPLETE: logging.INFO,
    RunOutcome.PARTIAL: logging.WARNING,
    RunOutcome.FAILED: logging.ERROR,
}
_MOST_NAMED: Final = 5


class CollectionFailedError(ReportedFailureError):
    """A run that failed; its message says what came of the repositories."""

    def __init__(self, report: RunReport) -> None:
        failed = report.with_outcome(Outcome.FAILED)
        named = [f"{entry.name} ({entry.code}): {entry.message}" for entry in failed[:_MOST_NAMED]]
        more = [f"and {len(failed) - _MOST_NAMED} more"] if len(failed) > _MOST_NAMED else []
        super().__init__(
            f"the run failed: {len(failed)} of {len(report.repositories)} repositories failed, "
            f"{len(report.with_outcome(Outcome.DEFERRED))} were deferred. {'; '.join(named + more)}".rstrip()
        )
        self.report = report


def handler(event: object, context: Any) -> dict[str, object]:  # AWS's own form
    """Collect what is new, and return the run's report; with {"task": "migrate"}, apply migrations instead.

    Raises CollectionFailedError if the run failed, so that Lambda tries again; what is left to do by a partial run is
    the next one's.
    """
    if isinstance(event, dict) and event.get("task") == "migrate":
        return _migrate(context)
    with _FUNCTION.invocation(context) as invocation:
        report = _collect(invocation)
        _LOG.log(_LEVELS[report.outcome], "run %s", report.outcome.value, extra={"run": logged_run(report)})
        if report.outcome is RunOutcome.FAILED:
            raise CollectionFailedError(report)
        return run_document(report)


def _collect(invocation: Invocation) -> RunReport:
    settings, container = invocation.settings, invocation.container
    policy = WantedPolicy(settings.attribution_rule, settings.report_time_zone, settings.bot_patterns)
    container.resolve(SyncRoster)(settings.roster, policy, f"AWS Lambda, {invocation.function}")
    plan = CollectionPlan(settings.repositories, settings.collect_concurrency, invocation.deadline)
    try:
        report: RunReport = container.resolve(CollectPullRequests)(plan)
    finally:
        release_requests(container)
    refresh_figures(container, stop_before(invocation.deadline))
    return report


def _migrate(context: Any) -> dict[str, object]:
    """Apply what is pending: for a database that only this function reaches. Needs nothing but its address."""
    with _FUNCTION.watched(context):
        applied = migrate(SecretSource(secret_store(read_settings(os.environ).secrets), SecretName.DATABASE_URL))
        _LOG.info("migrated", extra={"applied": applied})
        return {"task": "migrate", "applied": list(applied)}
