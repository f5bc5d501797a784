"""boto3's client for Amazon SQS, and what its errors mean.

It is imported when the first message is sent or asked for, since only those who have a queue pay for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from github_tracker.ports.errors import QueueError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_CONNECT_SECONDS: Final = 3
_READ_SECONDS: Final = 30
"""Longer than a long poll takes, which is 20 at most."""
_ATTEMPTS: Final = 4

_REMEDIES: Final = {
    "AWS.SimpleQueueService.NonExistentQueue": "there is no such queue; check WORK_QUEUE_URL, the account and region",
    "QueueDoesNotExist": "there is no such queue; check WORK_QUEUE_URL, the account and the region",
    "AccessDenied": "access is denied; allow sqs:SendMessage on it to whoever sends",
    "AccessDeniedException": "access is denied; allow sqs:SendMessage on it to whoever sends",
    "ExpiredToken": "the AWS credentials have expired; log in again",
    "InvalidClientTokenId": "AWS does not know the credentials; check them",
}


def sqs_client() -> "SQSClient":
    """Return a client that gives up in time; region and credentials are found as AWS's tools find them."""
    try:
        import boto3  # noqa: PLC0415  # see above
        from botocore.config import Config  # noqa: PLC0415  # as above
    except ImportError as exc:
        raise QueueError("work queue: boto3 is not installed; install github-tracker[aws]") from exc
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    with translated("no client"):
        # A session of its own: the default one, shared by all of a process, is not for several threads.
        return boto3.session.Session().client("sqs", config=config)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what boto3 raises into QueueError."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # see above

    try:
        yield
    except ClientError as exc:
        code = str(exc.response.get("Error", {}).get("Code", "unknown"))
        remedy = _REMEDIES.get(code, "AWS answered with an error; try again, and see AWS's status if it stays")
        raise QueueError(f"work queue {where}: {remedy} ({code})") from exc
    except BotoCoreError as exc:
        reason = "it cannot be reached; check the network, the region and the credentials"
        raise QueueError(f"work queue {where}: {reason} ({type(exc).__name__})") from exc
