"""Alarms and the dashboard: whom they tell, that their metrics exist, and that the runbook knows each kind."""

import json
import re
from typing import Any

import pytest

from github_tracker.adapters.cloudwatch.metrics import METRICS
from tests.integration.infra_world import Applied, Deployments
from tools.working_tree import CHECKOUT

pytestmark = pytest.mark.slow

PLANNER_METRICS = {"RunsFailed", "DatabaseErrors", "DatabaseQueryDuration"}
"""Those of them that the planner measures, which asks GitHub nothing."""

AWS_METRICS = {
    "AWS/Lambda": {"Errors", "Throttles", "Invocations", "Duration"},
    "AWS/SQS": {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateAgeOfOldestMessage",
    },
    "AWS/ApiGateway": {"Count", "4XXError", "5XXError", "Latency"},
    "AWS/RDS": {"FreeStorageSpace"},
}
"""Of those that AWS documents, the ones that are used."""

KINDS = {
    "api-5xx",
    "database-errors",
    "errors",
    "failed-invocations",
    "github-rate-limit",
    "github-unauthorised",
    "missed-runs",
    "no-pull-requests",
    "repositories-failed",
    "runs-failed",
    "schedule-dead",
    "throttles",
    "unattributed-jumped",
}


def alarms_of(applied: Applied) -> dict[str, dict[str, Any]]:
    """Return the alarms by their keys."""
    return {address.split('"')[1]: each for address, each in applied.resources("aws_cloudwatch_metric_alarm").items()}


def kinds_of(applied: Applied) -> set[str]:
    """Return the sections of the runbook that the alarms name."""
    return {each["alarm_description"].rpartition("docs/runbook.md#")[2] for each in alarms_of(applied).values()}


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_every_alarm_tells_the_topic(deployed: Deployments, variant: str) -> None:
    """When it begins and when it is over."""
    applied: Applied = getattr(deployed, variant)
    topic = applied.resource("aws_sns_topic.alarms")["arn"]
    for key, alarm in alarms_of(applied).items():
        assert (alarm["alarm_actions"], alarm["ok_actions"], alarm["actions_enabled"]) == ([topic], [topic], True), key


def test_e_mail_is_told_if_one_is_given(deployed: Deployments) -> None:
    """Nobody else is."""
    (subscription,) = deployed.whole.resources("aws_sns_topic_subscription").values()
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "somebody@example.com")
    assert deployed.small.resources("aws_sns_topic_subscription") == {}


def test_kinds_of_alarms_are_these(deployed: Deployments) -> None:
    """With workers their queue's, with a database of the module's its storage."""
    assert kinds_of(deployed.small) == KINDS
    assert kinds_of(deployed.whole) == {*KINDS, "database-storage", "work-dead", "work-queue-age"}


def test_runbook_has_a_section_for_each_kind_and_no_other(deployed: Deployments) -> None:
    """Sections of alarms are those that say what the alarm means."""
    text = (CHECKOUT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    of_alarms = {section.splitlines()[0] for section in sections if "**Meaning.**" in section}
    assert of_alarms == kinds_of(deployed.whole)
    for section in sections:
        if "**Meaning.**" in section:
            assert "**First look.**" in section, section
            assert "**Remedy.**" in section, section


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_every_metric_of_an_alarm_is_measured(deployed: Deployments, variant: str) -> None:
    """A misspelt one would be silent for ever."""
    applied: Applied = getattr(deployed, variant)
    for key, alarm in alarms_of(applied).items():
        assert alarm["metric_name"] in {"GithubTracker": METRICS, **AWS_METRICS}[alarm["namespace"]], key
        if alarm["namespace"] == "GithubTracker":
            assert set(alarm["dimensions"]) == {"service"}


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_dashboard_shows_every_metric_of_ours(deployed: Deployments, variant: str) -> None:
    """Of each service that measures, and none that is not measured."""
    applied: Applied = getattr(deployed, variant)
    body = json.loads(applied.resource("aws_cloudwatch_dashboard.this")["dashboard_body"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", ())]
    asking = {"small": "collector", "whole": "worker"}[variant]
    planned = {(metric, "planner") for metric in PLANNER_METRICS} if variant == "whole" else set()
    own = [line for line in lines if line[0] == "GithubTracker"]
    assert {(line[1], line[3]) for line in own} == {(metric, asking) for metric in METRICS} | planned
    assert {tuple(line[2:3]) for line in own} == {("service",)}
    others = [line for line in lines if line[0] != "GithubTracker"]
    assert [line[:2] for line in others if line[1] not in AWS_METRICS[line[0]]] == []
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert sorted(shown) == sorted(alarm["arn"] for alarm in alarms_of(applied).values())


def test_every_function_and_queue_of_dead_letters_is_watched(deployed: Deployments) -> None:
    """Errors and throttles of each function, depth of each queue but the one of work."""
    for applied in (deployed.small, deployed.whole):
        alarms = alarms_of(applied).values()
        watched = {
            (alarm["metric_name"], alarm["dimensions"]["FunctionName"])
            for alarm in alarms
            if alarm["namespace"] == "AWS/Lambda" and alarm["metric_name"] != "Invocations"
        }
        names = {each["function_name"] for each in applied.resources("aws_lambda_function").values()}
        assert watched == {(metric, name) for metric in ("Errors", "Throttles") for name in names}
        depths = {
            alarm["dimensions"]["QueueName"]
            for alarm in alarms
            if alarm["metric_name"] == "ApproximateNumberOfMessagesVisible"
        }
        queues = {each["name"] for each in applied.resources("aws_sqs_queue").values()}
        assert depths == {name for name in queues if not name.endswith("-work")}


def test_two_periods_without_a_start_are_a_missed_run(deployed: Deployments) -> None:
    """Silence is the alarm here; everywhere else it is not."""
    for applied, function in ((deployed.small, "small-collector"), (deployed.whole, "whole-planner")):
        alarms = alarms_of(applied)
        missed = alarms["missed-runs"]
        assert missed["dimensions"] == {"FunctionName": function}
        assert (missed["metric_name"], missed["statistic"]) == ("Invocations", "Sum")
        assert (missed["comparison_operator"], missed["threshold"]) == ("LessThanThreshold", 1)
        assert (missed["period"], missed["evaluation_periods"]) == (4 * 3600, 2)
        breaching = {key for key, alarm in alarms.items() if alarm["treat_missing_data"] == "breaching"}
        assert breaching == {"missed-runs"}
