"""A work queue on Amazon SQS: visibility timeout, retention and dead letters are the queue's own settings."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Final

from github_tracker.adapters.sqs.client import sqs_client, translated
from github_tracker.adapters.sqs.message import MalformedMessageError, body_of, item_of
from github_tracker.domain.work import WorkItem
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import QueueError
from github_tracker.ports.work_queue import AT_ONCE, LONGEST_DELAY, Delivery, WorkInbox, WorkQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

_LOG: Final = logging.getLogger("github_tracker.queue")

_BATCH: Final = 10
"""Messages a request, of sending and of receiving: SQS takes no more."""

_ATTEMPTS: Final = 4
"""How often messages of a batch are sent that SQS did not take while it took others."""

_PAUSE_SECONDS: Final = 0.5
"""Before the second attempt; twice as long before each further one."""


class SqsWorkQueue(WorkQueue, WorkInbox):
    """Sends to one queue and takes from it. Nothing is connected before it is used; for several threads."""

    def __init__(self, url: str, clock: Clock, client: "SQSClient | None" = None) -> None:
        self._url = url
        self._clock = clock
        self._given_client = client
        self._making = Lock()

    def send(self, items: Sequence[WorkItem], delay: timedelta = AT_ONCE) -> None:
        """Send in batches; what a batch did not take is sent again by itself, a few times."""
        for batch in _batches(items):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(place), "MessageBody": body_of(item), "DelaySeconds": _seconds(delay)}
                for place, item in enumerate(batch)
            ]
            self._send(entries)

    def take(self, most: int) -> tuple[Delivery, ...]:
        """Return what one request brings, waiting as long as the queue is set to.

        A message that is none of ours is logged and left, so that it ends among the dead letters.
        """
        with translated(self._url):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(most, _BATCH),
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return tuple(_deliveries(answer.get("Messages", [])))

    def acknowledge(self, delivery: Delivery) -> None:
        """Delete the message."""
        with translated(self._url):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=delivery.receipt)

    def give_back(self, delivery: Delivery, delay: timedelta = AT_ONCE) -> None:
        """Shorten its visibility timeout."""
        with translated(self._url):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=delivery.receipt, VisibilityTimeout=_seconds(delay)
            )

    @property
    def _client(self) -> "SQSClient":
        with self._making:
            if self._given_client is None:
                self._given_client = sqs_client()
            return self._given_client

    def _send(self, entries: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
        """SQS answers 200 although it took only some: each of the others is told with a reason."""
        reasons: list[str] = []
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._clock.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
            with translated(self._url):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            refused = {entry["Id"]: entry for entry in answer.get("Failed", [])}
            if not refused:
                return
            entries = [entry for entry in entries if entry["Id"] in refused]
            reasons = sorted({f"{entry['Code']}: {entry.get('Message', '')}" for entry in refused.values()})
            if all(entry["SenderFault"] for entry in refused.values()):
                break
        told = "; ".join(reasons)
        raise QueueError(f"work queue {self._url}: {len(entries)} messages were not taken ({told}); send them again")


def _batches(items: Sequence[WorkItem]) -> Iterator[list[WorkItem]]:
    left = iter(items)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _deliveries(messages: "Sequence[MessageTypeDef]") -> Iterator[Delivery]:
    for message in messages:
        try:
            item = item_of(message["Body"])
        except MalformedMessageError as exc:
            _LOG.error("%s", exc)
            continue
        attempt = int(message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))
        yield Delivery(item, message["ReceiptHandle"], attempt)


def _seconds(delay: timedelta) -> int:
    """Return whole seconds, rounded up: a rate limit must be over."""
    bounded = min(max(delay, AT_ONCE), LONGEST_DELAY)
    return -(-bounded // timedelta(seconds=1))
