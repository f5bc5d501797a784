"""What CloudWatch is told of an invocation: metrics in the embedded format, and a log in JSON."""

import json
import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from github_tracker.adapters.cloudwatch.json_log import JsonLog, json_log
from github_tracker.adapters.cloudwatch.metrics import METRICS, CloudWatchTelemetry
from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.adapters.system import FanOutTelemetry
from github_tracker.domain.anomaly import Attributed, no_pull_requests, not_compared
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.ports.telemetry import (
    AttributionMeasured,
    DatabaseUnavailable,
    DatabaseUsed,
    RequestFailed,
    RunAborted,
    RunFinished,
    RunStarted,
)
from tests.own_logging import own_logging
from tests.unit.examples import at

Output = pytest.CaptureFixture[str]

REPORT = RunReport(
    at("2024-04-01"),
    at("2024-04-01T00:01:30"),
    RunOutcome.PARTIAL,
    1,
    (
        RepositoryReport("a/a", Outcome.COMPLETE, facts_seen=7, facts_changed=5, requests=3, requests_left=90),
        RepositoryReport("a/b", Outcome.UNCHANGED, requests=1, requests_left=80),
        RepositoryReport("a/c", Outcome.DEFERRED, requests=2),
        RepositoryReport("a/d", Outcome.FAILED),
    ),
    (not_compared("busy"),),
)


@pytest.fixture
def telemetry() -> CloudWatchTelemetry:
    """Nothing gathered yet."""
    return CloudWatchTelemetry("tests")


def written(output: Output) -> list[dict[str, Any]]:
    """Return what was written since the last time, line by line."""
    return [json.loads(line) for line in output.readouterr().out.splitlines()]


def values(blobs: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Return every value that the blobs tell, by metric."""
    found: dict[str, list[float]] = {}
    for blob in blobs:
        for metric in blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            found.setdefault(metric["Name"], []).extend(blob[metric["Name"]])
    return found


def test_run_is_told_in_one_blob(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """What did not happen is told as 0, so that an alarm need not guess."""
    telemetry.observe(RunStarted(4))
    telemetry.observe(RequestFailed("transient"))
    telemetry.observe(AttributionMeasured(Attributed(Decimal(8), Decimal(2))))
    telemetry.observe(RunFinished(REPORT))
    telemetry.flush(correlation_id="one", cold_start=True)
    (blob,) = written(capsys)
    assert (blob["service"], blob["correlation_id"], blob["cold_start"]) == ("tests", "one", True)
    assert blob["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "GithubTracker"
    assert blob["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert values([blob]) == {
        "RunDuration": [90],
        "RequestsLeft": [80],
        "UnattributedRatio": [0.25],
        "PullRequestsProcessed": [7],
        "FactsChanged": [5],
        "Requests": [6],
        "RepositoriesComplete": [2],
        "RepositoriesDeferred": [1],
        "RepositoriesFailed": [1],
        "RunsFailed": [0],
        "DatabaseErrors": [0],
        "ApiErrorsLimited": [0],
        "ApiErrorsTransient": [1],
        "ApiErrorsUnauthorised": [0],
        "ApiErrorsUnavailable": [0],
        "ApiErrorsMalformed": [0],
        "AnomalyNoPullRequests": [0],
        "AnomalyUnattributedJumped": [0],
        "AnomalyNotCompared": [1],
    }
    assert {*values([blob]), "DatabaseQueryDuration"} == METRICS


def test_flushing_forgets(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """A second invocation tells its own alone, and nothing if nothing happened."""
    telemetry.observe(RunFinished(REPORT))
    telemetry.flush(cold_start=True)
    telemetry.flush()
    assert len(written(capsys)) == 1
    telemetry.observe(RequestFailed("limited"))
    telemetry.flush()
    (blob,) = written(capsys)
    assert values([blob]) == {"ApiErrorsLimited": [1]}
    assert "cold_start" not in blob


def test_runs_of_one_invocation_add_up(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """Counts are sums, durations stand for themselves, and of what is left the least counts."""
    empty = RepositoryReport("a/e", Outcome.UNCHANGED, requests_left=85, is_empty=True)
    second = evolve(REPORT, outcome=RunOutcome.FAILED, repositories=(empty,), anomalies=(no_pull_requests(1),))
    for report in (REPORT, second):
        telemetry.observe(RunFinished(report))
    telemetry.flush()
    found = values(written(capsys))
    assert (found["RepositoriesComplete"], found["RunsFailed"], found["RunDuration"]) == ([3], [1], [90, 90])
    assert (found["RequestsLeft"], found["AnomalyNoPullRequests"], found["AnomalyNotCompared"]) == ([80], [1], [1])


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_every_duration_is_told_and_every_count_once(
    telemetry: CloudWatchTelemetry, capsys: Output, count: int
) -> None:
    """No blob may hold more than a hundred values of a metric."""
    durations = [float(number) for number in range(1, count + 1)]
    for milliseconds in durations:
        telemetry.observe(DatabaseUsed(timedelta(milliseconds=milliseconds)))
    telemetry.observe(DatabaseUnavailable("away"))
    telemetry.observe(RunFinished(REPORT))
    telemetry.flush()
    blobs = written(capsys)
    found = values(blobs)
    assert found["DatabaseQueryDuration"] == durations
    assert max(len(blob.get("DatabaseQueryDuration", ())) for blob in blobs) <= 100
    assert (found["DatabaseErrors"], found["PullRequestsProcessed"]) == ([1], [7])


def test_run_without_a_report_is_a_failed_one_and_counted_once(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """Whether its failure was told before it broke off or not."""
    telemetry.observe(RunAborted("bad_input"))
    telemetry.flush()
    assert values(written(capsys)) == {"RunsFailed": [1]}
    telemetry.observe(RunFinished(evolve(REPORT, outcome=RunOutcome.FAILED)))
    telemetry.observe(RunAborted("storage"))
    telemetry.flush()
    assert values(written(capsys))["RunsFailed"] == [1]


def test_ratio_of_nothing_is_not_told(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """Where nothing merged of late, 0 would be a lie."""
    telemetry.observe(AttributionMeasured(Attributed(Decimal(0), Decimal(0))))
    telemetry.flush()
    assert written(capsys) == []


def test_threads_lose_nothing(telemetry: CloudWatchTelemetry, capsys: Output) -> None:
    """Eight at once tell 250 faults each."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: telemetry.observe(RequestFailed("malformed")), range(2000)))
    telemetry.flush()
    assert values(written(capsys)) == {"ApiErrorsMalformed": [2000]}


def test_everybody_who_watches_is_told() -> None:
    """Each event, in order."""
    first, second = MemoryTelemetry(), MemoryTelemetry()
    both = FanOutTelemetry(first, second)
    events = (RunStarted(1), RunAborted("x"))
    for event in events:
        both.observe(event)
    assert first.events == second.events == events


@pytest.fixture
def log() -> Iterator[JsonLog]:
    """A log that is taken away again."""
    with own_logging():
        yield json_log("log-tests")


def test_every_logger_writes_json_under_the_id(log: JsonLog, capsys: Output) -> None:
    """Ours from the level that is set, libraries from WARNING on, with what is given beside the message."""
    log.begin("INFO", correlation_id="first", cold_start=True)
    ours = logging.getLogger("github_tracker.tests")
    ours.info("told %s", "it", extra={"repository": "a/\udc00"})
    ours.debug("not told")
    logging.getLogger("botocore.parsers").info("a secret in an answer")
    log.begin("DEBUG", correlation_id="second")
    ours.debug("told")
    logging.getLogger("botocore.parsers").debug("a secret in an answer")
    logging.getLogger("botocore").warning("odd")
    first, second, third = written(capsys)
    assert (first["message"], first["repository"], first["correlation_id"]) == ("told it", "a/\udc00", "first")
    assert (first["level"], first["service"], first["name"]) == ("INFO", "log-tests", "github_tracker.tests")
    assert first["cold_start"] is True
    assert (second["correlation_id"], second["level"], "cold_start" in second) == ("second", "DEBUG", False)
    assert (third["name"], third["correlation_id"]) == ("botocore", "second")


def test_exceptions_and_warnings_are_json_too(log: JsonLog, capsys: Output) -> None:
    """One line each, however many lines the trace has."""
    log.begin("INFO", correlation_id="id")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("github_tracker.tests").exception("failed")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning("beware", UserWarning, "file.py", 1)
    failed, warned = written(capsys)
    assert (failed["exception_name"], failed["stack_trace"]["value"]) == ("ValueError", "two\nlines")
    assert "beware" in warned["message"]
    assert {failed["correlation_id"], warned["correlation_id"]} == {"id"}
