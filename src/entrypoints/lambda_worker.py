"""AWS Lambda's entrypoint for working: a batch of messages of SQS, each of them one repository.

The answer names the messages that are to be delivered again (ReportBatchItemFailures):
docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

# Not used here: Lambda imports with a whole processor, and collects with a fraction of one.
import github_tracker.adapters.github_rest  # noqa: F401
from github_tracker.adapters.sqs.message import MalformedMessageError, item_of
from github_tracker.application.collect_repository import stop_before
from github_tracker.application.work_off import WorkOff
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.work import pause_after
from github_tracker.entrypoints.lambda_function import Invocation, LambdaFunction
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.request_release import release_requests
from github_tracker.entrypoints.settings import read_working_settings
from github_tracker.entrypoints.shared_run_container import shared_run_container
from github_tracker.ports.errors import QueueError
from github_tracker.ports.telemetry import Event, RunFinished, Telemetry
from github_tracker.ports.work_queue import Delivery, WorkInbox


class _RunEnds(Telemetry):
    """Remembers whether a run has ended, which the last of its workers notices."""

    def __init__(self) -> None:
        self._is_over = False

    def observe(self, event: Event) -> None:
        """Take note of a run's end."""
        self._is_over |= isinstance(event, RunFinished)

    def take(self) -> bool:
        """Return whether a run has ended since the last time."""
        is_over, self._is_over = self._is_over, False
        return is_over


_RUN_ENDS: Final = _RunEnds()
_FUNCTION: Final = LambdaFunction(
    "worker", opening=shared_run_container, read=read_working_settings, watching=(_RUN_ENDS,)
)
_LOG: Final = logging.getLogger("github_tracker.lambda")


class NoMessagesError(GitHubTrackerError):
    """The event does not come from SQS."""

    def __init__(self) -> None:
        super().__init__("the event holds no messages: wanted Records as an SQS event source mapping sends them")


def handler(event: object, context: Any) -> dict[str, object]:  # AWS's own form
    """Work off the messages and name those that are to be delivered again.

    Raises HopelessError if nothing can be worked on, so that all of them are; those that are done are then passed over.
    """
    with _FUNCTION.invocation(context) as invocation:
        records = _records(event)
        deliveries, malformed = _read(records)
        try:
            back = invocation.container.resolve(WorkOff)(list(deliveries.values()), invocation.deadline)
        finally:
            release_requests(invocation.container)
        _let_rest(back, invocation)
        if _RUN_ENDS.take():
            # Once a run: if each worker did so, the weeks that all of them touch would be added up again and again.
            refresh_figures(invocation.container, stop_before(invocation.deadline))
        ids = [*malformed, *(id_ for id_, delivery in deliveries.items() if delivery in back)]
        told = {"received": len(records), "given_back": len(ids)}
        _LOG.log(logging.WARNING if ids else logging.INFO, "worked off", extra={"batch": told})
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}


def _records(event: object) -> list[Mapping[str, Any]]:  # AWS's own form
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        raise NoMessagesError
    return records


def _read(records: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Delivery], list[str]]:
    """Return the deliveries by their messages' ids, and the ids of the messages that are none of ours."""
    deliveries: dict[str, Delivery] = {}
    malformed: list[str] = []
    for record in records:
        id_ = record["messageId"]
        try:
            item = item_of(record["body"])
        except MalformedMessageError as exc:
            _LOG.error("%s", exc, extra={"message_id": id_})
            malformed.append(id_)
        else:
            deliveries[id_] = Delivery(item, record["receiptHandle"], _attempt_of(record))
    return deliveries, malformed


def _attempt_of(record: Mapping[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))


def _let_rest(back: Iterable[Delivery], invocation: Invocation) -> None:
    """Let what failed come back sooner than after the visibility timeout, which is for workers that died."""
    inbox: WorkInbox = invocation.container.resolve(WorkInbox)
    for delivery in back:
        try:
            inbox.give_back(delivery, pause_after(delivery.attempt))
        except QueueError as exc:
            _LOG.warning("%s", exc)
