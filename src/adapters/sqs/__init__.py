"""The work queue on Amazon SQS, through boto3."""

from github_tracker.adapters.sqs.work_queue import SqsWorkQueue

__all__ = ["SqsWorkQueue"]
