"""Telemetry as metrics of CloudWatch, in the embedded metric format (EMF): lines of JSON on standard output.

Everything is gathered until it is flushed, once an invocation, and then forgotten: Powertools' own collector would
carry what an invocation left behind into the next one, and is not safe to be filled by several threads.
"""

from collections import Counter
from threading import Lock
from typing import Final

from attrs import define, field
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from github_tracker.domain.anomaly import AnomalyKind
from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    RepositoryUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.telemetry import (
    AttributionMeasured,
    DatabaseUnavailable,
    DatabaseUsed,
    Event,
    RequestFailed,
    RunAborted,
    RunFinished,
    Telemetry,
)

NAMESPACE: Final = "GithubTracker"

_API_ERRORS: Final = {
    LimitedSourceError.code: "ApiErrorsLimited",
    TransientSourceError.code: "ApiErrorsTransient",
    UnauthorisedError.code: "ApiErrorsUnauthorised",
    RepositoryUnavailableError.code: "ApiErrorsUnavailable",
    MalformedSourceError.code: "ApiErrorsMalformed",
}
_ANOMALIES: Final = {
    AnomalyKind.NO_PULL_REQUESTS: "AnomalyNoPullRequests",
    AnomalyKind.UNATTRIBUTED_JUMPED: "AnomalyUnattributedJumped",
    AnomalyKind.NOT_COMPARED: "AnomalyNotCompared",
}
_AFTER_A_RUN: Final = (*_API_ERRORS.values(), *_ANOMALIES.values(), "DatabaseErrors", "RunsFailed")
"""Told after a run even where they are 0, so that an alarm can tell that nothing happened from that nothing ran."""

METRICS: Final = frozenset(
    {
        *_AFTER_A_RUN,
        "PullRequestsProcessed",
        "FactsChanged",
        "Requests",
        "RequestsLeft",
        "RepositoriesComplete",
        "RepositoriesFailed",
        "RepositoriesDeferred",
        "UnattributedRatio",
        "DatabaseQueryDuration",
        "RunDuration",
    }
)
"""The names of all that can be told; alarms and dashboards are built on them."""

_DURATION_PLACES: Final = 3


class CloudWatchTelemetry(Telemetry):
    """Adds up what happens in one invocation; `flush` writes it as metrics under the one dimension `service`."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._lock = Lock()
        self._gathered = _Gathered()

    def observe(self, event: Event) -> None:
        """Take note of the event."""
        with self._lock:
            self._gathered.add(event)

    def flush(self, **properties: object) -> None:
        """Write what was gathered, nothing if that is nothing, and forget it.

        The properties stand beside the metrics, for whoever searches the log; they are no dimensions.
        """
        with self._lock:
            gathered, self._gathered = self._gathered, _Gathered()
        if not gathered.is_empty:
            gathered.write(self._service, properties)


@define
class _Gathered:
    """What happened since the last time that it was told."""

    _counts: Counter[str] = field(factory=Counter)
    _requests_left: int | None = None
    _ratio: float | None = None
    _database_milliseconds: list[float] = field(factory=list)
    _run_seconds: list[float] = field(factory=list)

    @property
    def is_empty(self) -> bool:
        return not self._counts and not self._database_milliseconds and self._ratio is None

    def add(self, event: Event) -> None:
        match event:
            case DatabaseUsed():
                self._database_milliseconds.append(round(event.duration.total_seconds() * 1000, _DURATION_PLACES))
            case DatabaseUnavailable():
                self._counts["DatabaseErrors"] += 1
            case RequestFailed() if event.code in _API_ERRORS:
                self._counts[_API_ERRORS[event.code]] += 1
            case AttributionMeasured() if event.recent.merged:
                self._ratio = float(event.recent.ratio)
            case RunFinished():
                self._add_run(event.report)
            case RunAborted():
                # A run whose report could not be kept has told that it failed before it broke off.
                self._counts["RunsFailed"] = max(self._counts["RunsFailed"], 1)

    def _add_run(self, report: RunReport) -> None:
        for name in _AFTER_A_RUN:
            self._counts[name] += 0
        self._counts["PullRequestsProcessed"] += report.facts_seen
        self._counts["FactsChanged"] += report.facts_changed
        self._counts["Requests"] += report.requests
        self._counts["RepositoriesComplete"] += len(report.with_outcome(Outcome.COMPLETE, Outcome.UNCHANGED))
        self._counts["RepositoriesFailed"] += len(report.with_outcome(Outcome.FAILED))
        self._counts["RepositoriesDeferred"] += len(report.with_outcome(Outcome.DEFERRED))
        self._counts["RunsFailed"] += report.outcome is RunOutcome.FAILED
        for anomaly in report.anomalies:
            self._counts[_ANOMALIES[anomaly.kind]] += 1
        told = [entry.requests_left for entry in report.repositories if entry.requests_left is not None]
        if told:
            self._requests_left = min(told) if self._requests_left is None else min(self._requests_left, *told)
        self._run_seconds.append((report.finished_at - report.started_at).total_seconds())

    def write(self, service: str, properties: dict[str, object]) -> None:
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)
        for name, value in properties.items():
            metrics.add_metadata(name, value)
        # First: of each hundred values a line is written at once, with whatever else is there.
        for milliseconds in self._database_milliseconds:
            metrics.add_metric("DatabaseQueryDuration", MetricUnit.Milliseconds, milliseconds)
        for seconds in self._run_seconds:
            metrics.add_metric("RunDuration", MetricUnit.Seconds, seconds)
        if self._requests_left is not None:
            metrics.add_metric("RequestsLeft", MetricUnit.Count, self._requests_left)
        if self._ratio is not None:
            metrics.add_metric("UnattributedRatio", MetricUnit.NoUnit, self._ratio)
        for name in sorted(self._counts):
            metrics.add_metric(name, MetricUnit.Count, self._counts[name])
        if metrics.metric_set:
            metrics.flush_metrics()
