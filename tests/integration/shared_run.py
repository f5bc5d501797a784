"""A planner, workers and their queue: each function under AWS's runtime client, the queue on SQS as moto plays it.

What stands between them in AWS, the event source mapping, is played here: it receives messages, shapes them as events,
and deletes those that a worker did not name.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from github_tracker.entrypoints.roster_file import format_roster
from github_tracker.ports.secret_store import Secret
from tests.integration.aws_server import REGION, AwsServer
from tests.integration.canaries import PASSWORD, TOKEN
from tests.integration.collecting_lambda import ROSTER, with_canary
from tests.integration.lambda_runtime import Answer, LambdaProcess, lambda_process
from tests.scripted_github import ScriptedGitHub

ATTEMPTS: Final = 3
"""How often the queue delivers a message before it is a dead letter."""

_ENTRYPOINTS: Final = "github_tracker.entrypoints"


class Work:
    """The queue of work, as its event source mapping and its operator see it."""

    def __init__(self, server: AwsServer) -> None:
        self._client = server.client("sqs")
        self._dead = self._client.create_queue(QueueName=server.name("dead"))["QueueUrl"]
        arn = self._attributes(self._dead)["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(ATTEMPTS)})
        self._name = server.name("work")
        self._settings = {"VisibilityTimeout": "5400", "RedrivePolicy": policy}
        self._in_flight: dict[str, str] = {}
        self.url = self.open()

    def open(self) -> str:
        """Make the queue, and return its address, always the same."""
        made = self._client.create_queue(QueueName=self._name, Attributes=self._settings)
        self._in_flight.clear()
        return str(made["QueueUrl"])

    def close(self) -> None:
        """Take the queue away with all that is in it."""
        self._client.delete_queue(QueueUrl=self.url)

    def put(self, body: str) -> None:
        """Send a message that is nobody's."""
        self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def receive(self, most: int = 10) -> dict[str, Any]:
        """Return the event of what is visible, such as Lambda makes it."""
        answer = self._client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=most, MessageSystemAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        self._in_flight |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
        return {"Records": [_record(message) for message in messages]}

    def settle(self, event: dict[str, Any], answer: Answer) -> list[str]:
        """Delete what was not named, unless all failed; return the bodies of the others."""
        records = event["Records"]
        named = records if answer.result is None else answer.result["batchItemFailures"]
        ids = {one.get("messageId") or one["itemIdentifier"] for one in named}
        failed = [record for record in records if record["messageId"] in ids]
        for record in records:
            if record not in failed:
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=record["receiptHandle"])
                del self._in_flight[record["messageId"]]
        return [record["body"] for record in failed]

    def let_time_pass(self) -> None:
        """Make visible what workers died with or gave back, as it would be in a while."""
        for handle in self._in_flight.values():
            self._client.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0)
        self._in_flight.clear()

    @property
    def dead_letters(self) -> list[str]:
        """The bodies of the dead letters."""
        answer = self._client.receive_message(QueueUrl=self._dead, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return sorted(message["Body"] for message in answer.get("Messages", []))

    @property
    def depth(self) -> int:
        """How many messages lie in the queue, wherever."""
        told = self._attributes(self.url)
        return sum(int(text) for name, text in told.items() if name.startswith("ApproximateNumberOfMessages"))

    def _attributes(self, url: str) -> dict[str, str]:
        told: dict[str, str] = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return told


class SharedRun:
    """A planner and a worker on one queue and one database; another worker takes the place of one that is killed."""

    def __init__(self, stack: ExitStack, work: Work, environment: dict[str, str], planning: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self.work = work
        self.planner = self._start("planner", **planning)
        self.worker = self.start_worker()

    def start_worker(self) -> LambdaProcess:
        """Start another worker, which takes over."""
        self.worker = self._start("worker", GITHUB_PAT=TOKEN)
        return self.worker

    def plan(self, event: object) -> Answer:
        """Let the planner work on an event."""
        return self.planner.invoke(event)

    def work_off(self, most: int = 10, seconds: float = 900.0) -> Answer | None:
        """Let the worker work on what is visible; None if nothing is."""
        event = self.work.receive(most)
        if not event["Records"]:
            return None
        answer = self.worker.invoke(event, seconds)
        self.work.settle(event, answer)
        return answer

    def work_till_empty(self) -> list[Answer]:
        """Work, and let time pass, until nothing is left but dead letters."""
        answers: list[Answer] = []
        while self.work.depth:
            answer = self.work_off()
            answers += [] if answer is None else [answer]
            self.work.let_time_pass()
        return answers

    def _start(self, function: str, **environment: str) -> LambdaProcess:
        handler = f"{_ENTRYPOINTS}.lambda_{function}.handler"
        return self._stack.enter_context(lambda_process(handler, **self._environment, **environment))


@contextmanager
def shared_run(github: ScriptedGitHub, database: Secret, server: AwsServer, *names: str) -> Iterator[SharedRun]:
    """Give the functions that are set to collect these repositories; nothing that they write may hold a secret."""
    work = Work(server)
    environment = {
        **server.environment,
        "GITHUB_API_URL": github.url,
        "DB_URL": with_canary(database).reveal(),
        "WORK_QUEUE_URL": work.url,
    }
    planning = {"REPOSITORIES": ",".join(names), "TEAM_CONFIG_JSON": format_roster(ROSTER)}
    with ExitStack() as stack:
        made = SharedRun(stack, work, environment, planning)
        yield made
        for secret in (TOKEN, PASSWORD):
            assert secret not in made.planner.output + made.worker.output


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:work",
        "awsRegion": REGION,
    }
