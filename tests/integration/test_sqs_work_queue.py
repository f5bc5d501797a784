"""The work queue on SQS, as moto plays it, passes the contract; and what SQS refuses is sent again or told."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from moto.core.utils import unix_time_millis

from github_tracker.adapters.memory import MemoryClock
from github_tracker.adapters.sqs import SqsWorkQueue
from github_tracker.adapters.sqs.message import MalformedMessageError, body_of, item_of
from github_tracker.domain.work import WorkItem
from github_tracker.ports.errors import QueueError
from tests.contracts.work_queues import ATTEMPTS, RUN, TIMEOUT, QueueUnderTest, WorkQueueContract, items
from tests.integration.aws_server import AwsServer


class TimeOfQueues:
    """The time that moto's queues go by: however busy the machine is, no message becomes visible before it is let.

    It goes on by a microsecond whenever it is looked at: moto gives out nothing in the instant in which it came back.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._milliseconds = unix_time_millis()
        monkeypatch.setattr("moto.sqs.models.unix_time_millis", self._look)
        monkeypatch.setattr("moto.sqs.models.unix_time", lambda: self._look() / 1000)

    def let_pass(self, time: timedelta) -> None:
        """Go on by that much, and a little longer."""
        self._milliseconds += time / timedelta(milliseconds=1) + 1

    def _look(self) -> float:
        self._milliseconds += 0.001
        return self._milliseconds


class SqsQueue(QueueUnderTest):
    """One on SQS, with a queue for its dead letters."""

    def __init__(self, server: AwsServer, time: TimeOfQueues) -> None:
        self._time = time
        self.client = server.client("sqs")
        self.dead_url = self.client.create_queue(QueueName=server.name("dead"))["QueueUrl"]
        dead = self._attributes(self.dead_url, "QueueArn")["QueueArn"]
        self.url = self.client.create_queue(
            QueueName=server.name("work"),
            Attributes={
                "VisibilityTimeout": str(int(TIMEOUT.total_seconds())),
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": str(ATTEMPTS)}),
            },
        )["QueueUrl"]
        self.clock = MemoryClock()
        self.sqs = SqsWorkQueue(self.url, self.clock, self.client)
        super().__init__(self.sqs, self.sqs)

    def let_pass(self, time: timedelta) -> None:
        """Return at once: it is the server that is in our hands."""
        self._time.let_pass(time)

    @property
    def dead_letters(self) -> int:
        """How many messages the other queue holds."""
        return int(self._attributes(self.dead_url, "All")["ApproximateNumberOfMessages"])

    @property
    def held_back(self) -> int:
        """How many messages are delayed or in flight."""
        told = self._attributes(self.url, "All")
        names = ("ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(told[name]) for name in names)

    def _attributes(self, url: str, name: str) -> dict[str, str]:
        told: dict[str, str] = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        return told


@pytest.fixture
def queue(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> SqsQueue:
    """An empty queue on SQS."""
    return SqsQueue(aws_server, TimeOfQueues(monkeypatch))


class TestSqsWorkQueue(WorkQueueContract):
    """Messages of SQS."""


Refusal = Callable[[list[str]], dict[str, tuple[str, bool]]]
"""Which messages of a batch to refuse, by id: the code, and whether it is the sender's fault."""


@pytest.fixture
def refusing(queue: SqsQueue) -> Iterator[Callable[[Refusal], list[int]]]:
    """Lets SQS take only some messages of each batch; returns the sizes of the batches that were asked for."""
    sizes: list[int] = []
    proper = queue.client.send_message_batch

    def begin(refuse: Refusal) -> list[int]:
        def send_message_batch(**request: Any) -> dict[str, Any]:
            entries = request["Entries"]
            sizes.append(len(entries))
            refused = refuse([entry["Id"] for entry in entries])
            taken = [entry for entry in entries if entry["Id"] not in refused]
            answer = proper(**{**request, "Entries": taken}) if taken else {}
            failed = [
                {"Id": id_, "Code": code, "SenderFault": is_fault, "Message": "as scripted"}
                for id_, (code, is_fault) in refused.items()
            ]
            return {**answer, "Failed": failed} if failed else answer

        queue.client.send_message_batch = send_message_batch
        return sizes

    yield begin
    queue.client.send_message_batch = proper


def test_what_a_batch_did_not_take_is_sent_again_alone(
    queue: SqsQueue, refusing: Callable[[Refusal], list[int]]
) -> None:
    """SQS answers 200 for a batch of which it took only some: nothing is lost, and nothing doubled."""
    sizes = refusing(lambda ids: {ids[0]: ("InternalError", False)} if len(ids) > 8 else {})
    queue.sqs.send(items(12))
    assert sizes == [10, 1, 2]
    assert {delivery.item for delivery in queue.take_all()} == set(items(12))


def test_what_is_never_taken_is_told(queue: SqsQueue, refusing: Callable[[Refusal], list[int]]) -> None:
    """After four attempts with pauses between them, with SQS's reason."""
    sizes = refusing(lambda ids: dict.fromkeys(ids[-2:], ("InternalError", False)))
    before = queue.clock.now()
    with pytest.raises(QueueError, match=r"2 messages were not taken \(InternalError: as scripted\)"):
        queue.sqs.send(items(5))
    assert sizes == [5, 2, 2, 2]
    assert queue.clock.now() - before == timedelta(seconds=0.5 + 1 + 2)


def test_what_is_our_own_fault_is_not_tried_again(queue: SqsQueue, refusing: Callable[[Refusal], list[int]]) -> None:
    """It would be refused as often as it is sent."""
    sizes = refusing(lambda ids: dict.fromkeys(ids, ("InvalidMessageContents", True)))
    with pytest.raises(QueueError, match="InvalidMessageContents"):
        queue.sqs.send(items(3))
    assert sizes == [3]


@pytest.mark.parametrize("call", ["send", "take", "acknowledge", "give_back"])
def test_queue_that_is_not_there_is_told(queue: SqsQueue, call: str) -> None:
    """With its address and what to check."""
    queue.sqs.send(items(1))
    (delivery,) = queue.take_all()
    other = SqsWorkQueue(f"{queue.url}-gone", queue.clock, queue.client)
    arguments = {"send": items(1), "take": 1}.get(call, delivery)
    with pytest.raises(QueueError, match="-gone: there is no such queue; check WORK_QUEUE_URL"):
        getattr(other, call)(arguments)


def test_queue_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a client that the adapter makes itself."""
    for name, text in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(QueueError, match="it cannot be reached"):
        SqsWorkQueue("http://127.0.0.1:1/1/work", MemoryClock()).send(items(1))


def test_message_that_is_none_of_ours_is_left_to_the_dead_letters(
    queue: SqsQueue, caplog: pytest.LogCaptureFixture
) -> None:
    """It stops nothing else, and is told each time."""
    queue.client.send_message(QueueUrl=queue.url, MessageBody="poison")
    queue.sqs.send(items(1))
    with caplog.at_level(logging.ERROR):
        (delivery,) = queue.take_all()
        queue.sqs.acknowledge(delivery)
        for _ in range(ATTEMPTS):
            queue.let_pass(TIMEOUT)
            assert queue.take_all() == []
    assert queue.dead_letters == 1
    told = [record.getMessage() for record in caplog.records if record.name == "github_tracker.queue"]
    assert told == ["message 'poison': wanted JSON"] * ATTEMPTS


def test_body_is_as_agreed() -> None:
    """And reads back as the same item."""
    item = WorkItem(UUID("00000000-0000-0000-0000-000000000007"), "acme/r1")
    assert json.loads(body_of(item)) == {"version": 1, "run": str(item.run), "repository": "acme/r1"}
    assert item_of(body_of(item)) == item
    assert item_of(json.dumps({"version": 1, "run": str(RUN), "repository": "acme/r1", "later": [1]})) == item


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "wanted JSON"),
        ("{", "wanted JSON"),
        ("[" * 100_000, "wanted JSON"),
        ("[]", "object of version 1"),
        ('"x"', "object of version 1"),
        ("{}", "object of version 1"),
        ('{"version": 2}', "object of version 1"),
        ('{"version": 1}', "run and repository"),
        ('{"version": 1, "run": 7, "repository": "acme/r1"}', "run and repository"),
        (f'{{"version": 1, "run": "{RUN}", "repository": null}}', "run and repository"),
        ('{"version": 1, "run": "seven", "repository": "acme/r1"}', "wanted a UUID"),
        (f'{{"version": 1, "run": "{RUN}", "repository": "acme"}}', "owner/name"),
        (f'{{"version": 1, "run": "{RUN}", "repository": "acme/r\\u0000"}}', "owner/name"),
    ],
)
def test_other_bodies_are_refused_with_a_reason(body: str, reason: str) -> None:
    """And with no more of them than tells what they are."""
    with pytest.raises(MalformedMessageError, match=reason) as caught:
        item_of(body)
    assert len(str(caught.value)) < 500
