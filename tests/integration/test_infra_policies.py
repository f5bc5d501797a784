"""Who may do what on AWS: every wildcard is listed here with its reason, and no function reaches what is another's."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from attrs import frozen

from tests.integration.infra_world import Applied, Deployments

pytestmark = pytest.mark.slow

WILDCARDS = {
    ("aws_iam_role_policy.function[*]", "OwnLogs", "arn:aws:logs:*:log-group:/aws/lambda/*:log-stream:*"): (
        "the streams of the function's own log group, which Lambda names as it starts a process"
    ),
    ("aws_iam_role_policy.function[*]", "NetworkInterfaces", "*"): (
        "Lambda makes the interfaces in a VPC before it knows their ids; a Deny keeps the function's own code out"
    ),
    ("aws_kms_key.own[0]", "Account", "kms:*"): "the account's administrators, as in AWS's own default policy of a key",
    ("aws_kms_key.own[0]", "Account", "*"): "in the policy of a key, the resource is the key itself",
    ("aws_kms_key.own[0]", "Logs", "*"): "the same",
    ("aws_kms_key.own[0]", "Alarms", "*"): "the same",
}
"""(address, statement, what it says); `[*]` and `*` stand for any function, region and account, at their places."""

MANAGED = {
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": (
        "AWS demands it for the account's role of API Gateway's logs, which no function has"
    ),
}

NETWORK = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}

SECRETS = {
    "small": {"collector": {"GITHUB_PAT", "DB_URL"}, "api": {"DB_READ_URL", "API_KEYS"}},
    "whole": {
        "collector": {"GITHUB_APP_PRIVATE_KEY", "DB_URL"},
        "planner": {"DB_URL"},
        "worker": {"GITHUB_APP_PRIVATE_KEY", "DB_URL"},
        "api": {"DB_READ_URL", "API_KEYS"},
    },
}

RECEIVES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
QUEUES = {
    "small": {"collector": {"failed-invocations": {"sqs:SendMessage"}}, "api": {}},
    "whole": {
        "collector": {"failed-invocations": {"sqs:SendMessage"}},
        "planner": {"failed-invocations": {"sqs:SendMessage"}, "work": {"sqs:SendMessage"}},
        "worker": {"work": {*RECEIVES, "sqs:SendMessage"}},
        "api": {},
    },
}


@frozen
class Statement:
    """One statement of a policy, at the resource that holds it."""

    address: str
    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]


def statements(applied: Applied) -> Iterator[Statement]:
    """Yield every statement of every policy of every resource, whatever its attribute is called."""
    for resource in applied.plan["planned_values"]["root_module"]["resources"]:
        if resource["mode"] != "managed":
            continue
        for text in resource["values"].values():
            if not (isinstance(text, str) and text.startswith("{") and '"Statement"' in text):
                continue
            for each in _listed(json.loads(text)["Statement"]):
                yield Statement(
                    resource["address"],
                    each.get("Sid", ""),
                    each["Effect"],
                    tuple(_listed(each.get("Action", ()))),
                    tuple(_listed(each.get("Resource", ()))),
                    tuple(_principals(each.get("Principal", {}))),
                )


def _listed(value: Any) -> list[Any]:  # a policy's single values stand without a list
    return list(value) if isinstance(value, list | tuple) else [value]


def _principals(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else [value]:
        yield from _listed(each)


def wildcards(applied: Applied) -> Iterator[tuple[str, str, str]]:
    """Yield what a statement allows with a wildcard; refusing with one is no harm."""
    for statement in statements(applied):
        if statement.effect == "Allow":
            for text in (*statement.actions, *statement.resources, *statement.principals):
                if "*" in text or "?" in text:
                    yield statement.address, statement.sid, text


def listed(found: tuple[str, str, str]) -> tuple[str, str, str] | None:
    """Return the entry of WILDCARDS that covers it; `*` alone is covered by itself only."""
    address, sid, text = found
    for entry in WILDCARDS:
        is_there = fnmatchcase(address.replace("[", "("), entry[0].replace("[", "(")) and sid == entry[1]
        if is_there and (text == entry[2] or (len(entry[2]) > len("kms:*") and fnmatchcase(text, entry[2]))):
            return entry
    return None


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_no_policy_allows_by_a_wildcard_that_is_not_listed(deployed: Deployments, variant: str) -> None:
    """Neither as an action, nor as a resource, nor as who may."""
    assert [found for found in wildcards(getattr(deployed, variant)) if listed(found) is None] == []


def test_every_listed_wildcard_is_there(deployed: Deployments) -> None:
    """A reason for what is no longer there would hide what comes after it."""
    assert {listed(found) for found in wildcards(deployed.whole)} == set(WILDCARDS)


def test_streams_are_those_of_the_own_log_group(deployed: Deployments) -> None:
    """The wildcard begins behind the group's name."""
    for applied, name in ((deployed.small, "small"), (deployed.whole, "whole")):
        for statement in statements(applied):
            if statement.sid == "OwnLogs":
                key = statement.address.split('"')[1]
                (resource,) = statement.resources
                assert resource.endswith(f":log-group:/aws/lambda/{name}-{key}:log-stream:*")


def test_no_managed_policy_is_attached_but_one(deployed: Deployments) -> None:
    """AWS's own policies are wide; no function has one."""
    for applied in (deployed.small, deployed.whole):
        attached = applied.resources("aws_iam_role_policy_attachment").values()
        assert {each["policy_arn"] for each in attached} == set(MANAGED)
        assert {each["role"].rpartition("-api-")[2] for each in attached} == {"gateway-logs"}


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_functions_read_their_own_secrets_only(deployed: Deployments, variant: str) -> None:
    """The API never sees the credential of GitHub, nor the address that may write."""
    found: dict[str, set[str]] = {}
    for statement in statements(getattr(deployed, variant)):
        if statement.actions == ("secretsmanager:GetSecretValue",) and statement.address.startswith(
            "aws_iam_role_policy"
        ):
            # AWS puts a hyphen and six characters behind the name.
            names = {resource.rpartition("/")[2][: -len("-123456")] for resource in statement.resources}
            found[statement.address.split('"')[1]] = names
    assert found == SECRETS[variant]


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_functions_use_their_own_queues_only(deployed: Deployments, variant: str) -> None:
    """Only the worker takes work; only planner and worker send it."""
    applied: Applied = getattr(deployed, variant)
    found: dict[str, dict[str, set[str]]] = {key: {} for key in QUEUES[variant]}
    for statement in statements(applied):
        if statement.address.startswith("aws_iam_role_policy.function") and statement.actions[0].startswith("sqs:"):
            (resource,) = statement.resources
            queue = resource.rpartition(f":{variant}-")[2]
            found[statement.address.split('"')[1]][queue] = set(statement.actions)
    assert found == QUEUES[variant]


def test_functions_code_is_kept_from_the_network(deployed: Deployments) -> None:
    """What Lambda needs to join the VPC is refused to the function itself; outside a VPC it is not granted."""
    allowed = [each for each in statements(deployed.whole) if each.sid == "NetworkInterfaces"]
    refused = [each for each in statements(deployed.whole) if each.sid == "NetworkInterfacesNotByCode"]
    assert len(allowed) == len(refused) == 4
    for one, other in zip(allowed, refused, strict=True):
        assert (one.address, set(one.actions)) == (other.address, set(other.actions))
        assert set(one.actions) == NETWORK
        assert (one.effect, other.effect) == ("Allow", "Deny")
    assert [each.sid for each in statements(deployed.small) if each.sid.startswith("Network")] == []


def test_schedule_may_start_its_function_only(deployed: Deployments) -> None:
    """And send what it could not deliver."""
    for applied, key in ((deployed.small, "collector"), (deployed.whole, "planner")):
        started = [
            each.resources
            for each in statements(applied)
            if each.address == "aws_iam_role_policy.scheduler" and each.sid == "Start"
        ]
        assert started == [(applied.resource(f'aws_lambda_function.this["{key}"]')["arn"],)]


def test_bucket_refuses_plain_http_to_everybody(deployed: Deployments) -> None:
    """The one statement of its policy."""
    (only,) = [each for each in statements(deployed.small) if each.address.startswith("aws_s3_bucket_policy")]
    assert (only.effect, only.sid, only.principals) == ("Deny", "OnlyOverTls", ("*",))
