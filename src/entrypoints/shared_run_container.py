"""The container of the Lambda functions that share a run: what collecting needs, and a queue of work."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import punq

from github_tracker.adapters.postgres.planned_runs import PostgresPlannedRuns
from github_tracker.adapters.sqs import SqsWorkQueue
from github_tracker.application.collect_one import CollectOneRepository
from github_tracker.application.plan_collection import PlanCollection
from github_tracker.application.work_off import WorkOff
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.entrypoints.lambda_container import lambda_container
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.clock import Clock
from github_tracker.ports.planned_runs import PlannedRuns
from github_tracker.ports.telemetry import Telemetry
from github_tracker.ports.work_queue import WorkInbox, WorkQueue

QUEUE_URL: Final = "WORK_QUEUE_URL"
_WANTED: Final = "the queue's URL, such as https://sqs.eu-central-1.amazonaws.com/123456789012/work"


@contextmanager
def shared_run_container(settings: Settings, telemetry: Telemetry) -> Iterator[punq.Container]:
    """Give a container whose use cases plan runs and do the work of them; raises what `lambda_container` raises."""
    url = read_queue_url(os.environ)
    with lambda_container(settings, telemetry, shares_budget=True) as container:
        queue = SqsWorkQueue(url, container.resolve(Clock))
        container.register(WorkQueue, instance=queue)
        container.register(WorkInbox, instance=queue)
        container.register(PlannedRuns, PostgresPlannedRuns)
        for use_case in (PlanCollection, CollectOneRepository, WorkOff):
            container.register(use_case)
        yield container


def read_queue_url(environment: Mapping[str, str]) -> str:
    """Return the URL of the queue of work. Raises BadInputError."""
    url = environment.get(QUEUE_URL, "").strip()
    if not url.startswith(("https://", "http://")):
        raise BadInputError([Fault(QUEUE_URL, shown(url) if url else "nothing", _WANTED)])
    return url
