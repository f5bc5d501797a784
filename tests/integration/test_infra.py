"""What infra/ makes: Terraform's own checks, applying it to an empty account, and what stands there then."""

import json
import re
from typing import Any

import pytest

from github_tracker.domain.work import MOST_ATTEMPTS
from tests.integration.infra_world import Applied, Deployments

pytestmark = pytest.mark.slow

FORGOTTEN_BY_MOTO = {
    "aws_db_parameter_group.this[0]": "tells no parameter that was set",
    "aws_vpc_security_group_egress_rule.database[0]": "loses the description of a rule that names a group",
    "aws_vpc_security_group_ingress_rule.database[0]": "the same",
    "aws_vpc_security_group_ingress_rule.endpoint[0]": "the same",
}
"""What the second plan of the whole variant would change, since moto does not tell what it was told."""

ENVIRONMENT = {
    "collector": {"DB_URL_SECRET_ID", "GITHUB_PAT_SECRET_ID", "REPOSITORIES_S3", "TEAM_CONFIG_S3"},
    "api": {"API_KEYS_SECRET_ID", "DB_READ_URL_SECRET_ID"},
}
APP = {"GITHUB_APP_ID", "GITHUB_APP_INSTALLATION_ID", "GITHUB_APP_KEY_SECRET_ID"}
WHOLE_ENVIRONMENT = {
    "collector": {"DB_URL_SECRET_ID", *APP, "REPOSITORIES_S3", "TEAM_CONFIG_S3", "REPORT_TIME_ZONE"},
    "planner": {"DB_URL_SECRET_ID", "REPOSITORIES_S3", "TEAM_CONFIG_S3", "REPORT_TIME_ZONE", "WORK_QUEUE_URL"},
    "worker": {"DB_URL_SECRET_ID", *APP, "REPORT_TIME_ZONE", "WORK_QUEUE_URL"},
    "api": {"API_KEYS_SECRET_ID", "DB_READ_URL_SECRET_ID", "MIN_GROUP_SIZE"},
}


def functions_of(applied: Applied) -> dict[str, dict[str, Any]]:
    """Return the functions by their keys."""
    return {
        values["function_name"].split("-", 1)[1]: values for values in applied.resources("aws_lambda_function").values()
    }


def test_files_are_formatted(deployed: Deployments) -> None:
    """`terraform fmt` would change nothing."""
    assert deployed.misformatted == ""


def test_configuration_is_valid(deployed: Deployments) -> None:
    """Terraform finds nothing wrong, nor anything to warn of, without knowing an account."""
    assert (deployed.validity["valid"], deployed.validity["diagnostics"]) == (True, [])


def test_small_deployment_is_made_and_nothing_is_left_to_change(deployed: Deployments) -> None:
    """What was made is what was asked for, to the last attribute; all of it can be removed."""
    assert deployed.small.changes == {}
    (added,) = [word for word in deployed.small.added.split() if word.isdigit()][:1]
    assert deployed.small.destroyed == f"Destroy complete! Resources: {added} destroyed."


def test_whole_deployment_is_made_and_only_what_moto_forgets_would_change(deployed: Deployments) -> None:
    """With VPC, database, key, firewall and workers; all of it can be removed."""
    assert deployed.whole.changes == {address: ["update"] for address in FORGOTTEN_BY_MOTO}
    (added,) = [word for word in deployed.whole.added.split() if word.isdigit()][:1]
    assert deployed.whole.destroyed == f"Destroy complete! Resources: {added} destroyed."


def test_scaling_out_replaces_nothing(deployed: Deployments) -> None:
    """From one collector to planner and workers: things are added and changed, alarms of the collector's runs move."""
    changes = [change for change in deployed.growing["resource_changes"] if change["mode"] == "managed"]
    gone = {change["type"] for change in changes if "delete" in change["change"]["actions"]}
    assert gone == {"aws_cloudwatch_metric_alarm"}
    made = {change["address"] for change in changes if change["change"]["actions"] == ["create"]}
    assert 'aws_lambda_function.this["worker"]' in made
    assert "aws_lambda_event_source_mapping.work[0]" in made


@pytest.mark.parametrize("variant", ["small", "whole"])
def test_functions_run_python_on_arm_with_kept_logs(deployed: Deployments, variant: str) -> None:
    """Each has a log group of its own with a retention, made before it."""
    applied: Applied = getattr(deployed, variant)
    groups = {
        group["name"]: group["retention_in_days"] for group in applied.resources("aws_cloudwatch_log_group").values()
    }
    functions = functions_of(applied)
    assert (
        set(functions) == {"small": {"collector", "api"}, "whole": {"collector", "planner", "worker", "api"}}[variant]
    )
    for key, function in functions.items():
        assert (function["architectures"], function["runtime"]) == (["arm64"], "python3.13")
        assert function["handler"] == f"github_tracker.entrypoints.lambda_{key}.handler"
        assert groups[f"/aws/lambda/{function['function_name']}"] == 30
    assert all(groups.values())


@pytest.mark.parametrize(("variant", "wanted"), [("small", ENVIRONMENT), ("whole", WHOLE_ENVIRONMENT)])
def test_functions_are_told_what_they_need_and_no_secret(
    deployed: Deployments, variant: str, wanted: dict[str, set[str]]
) -> None:
    """The environment holds ids of secrets, addresses of files, and settings."""
    for key, function in functions_of(getattr(deployed, variant)).items():
        (environment,) = function["environment"]
        told = environment["variables"]
        assert set(told) == {*wanted[key], "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}, key
        assert told["POWERTOOLS_SERVICE_NAME"] == key
        ids = [value for name, value in told.items() if name.endswith("_SECRET_ID")]
        assert all(value.startswith("arn:aws:secretsmanager:") for value in ids)


def test_secrets_are_made_empty(deployed: Deployments) -> None:
    """No version of a secret is Terraform's, so no value can be in its state."""
    for applied in (deployed.small, deployed.whole):
        assert applied.resources("aws_secretsmanager_secret")
        assert applied.resources("aws_secretsmanager_secret_version") == {}


def test_schedule_starts_the_collector_or_the_planner_every_four_hours(deployed: Deployments) -> None:
    """Its event says which schedule and when; what cannot be delivered is kept."""
    for applied, name, key in ((deployed.small, "small", "collector"), (deployed.whole, "whole", "planner")):
        schedule = applied.resource("aws_scheduler_schedule.collect")
        (target,) = schedule["target"]
        assert (schedule["schedule_expression"], schedule["state"]) == ("cron(7 0/4 * * ? *)", "ENABLED")
        assert target["arn"] == applied.resource(f'aws_lambda_function.this["{key}"]')["arn"]
        assert json.loads(target["input"]) == {"schedule": f"{name}-collect", "time": "<aws.scheduler.scheduled-time>"}
        assert target["dead_letter_config"] == [{"arn": applied.resource("aws_sqs_queue.schedule_dead")["arn"]}]


def test_every_asynchronous_function_has_a_place_for_what_failed(deployed: Deployments) -> None:
    """Collector and planner: a destination; worker: its queue's dead letters; the API's caller hears of it at once."""
    for applied, keys in ((deployed.small, {"collector"}), (deployed.whole, {"collector", "planner"})):
        failed = applied.resource("aws_sqs_queue.failed_invocations")["arn"]
        invoked = applied.resources("aws_lambda_function_event_invoke_config").values()
        assert {config["function_name"].split("-", 1)[1] for config in invoked} == keys
        for config in invoked:
            assert config["destination_config"][0]["on_failure"] == [{"destination": failed}]


def test_work_queue_waits_longer_than_workers_and_keeps_what_fails(deployed: Deployments) -> None:
    """Six times the timeout, as AWS asks; five tries, then a queue that takes from no other."""
    queue = deployed.whole.resource("aws_sqs_queue.work[0]")
    dead = deployed.whole.resource("aws_sqs_queue.work_dead[0]")
    worker = functions_of(deployed.whole)["worker"]
    mapping = deployed.whole.resource("aws_lambda_event_source_mapping.work[0]")
    assert queue["visibility_timeout_seconds"] >= 6 * worker["timeout"]
    assert json.loads(queue["redrive_policy"]) == {"deadLetterTargetArn": dead["arn"], "maxReceiveCount": MOST_ATTEMPTS}
    assert json.loads(dead["redrive_allow_policy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [queue["arn"]],
    }
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
    assert mapping["scaling_config"] == [{"maximum_concurrency": 10}]
    assert mapping["batch_size"] == 5
    for name in ("failed_invocations", "schedule_dead"):
        other = deployed.whole.resource(f"aws_sqs_queue.{name}")
        assert json.loads(other["redrive_allow_policy"]) == {"redrivePermission": "denyAll"}


def test_one_collector_runs_at_a_time(deployed: Deployments) -> None:
    """Two at once would be safe and useless; workers are bounded by the queue's mapping alone."""
    reserved = {key: each["reserved_concurrent_executions"] for key, each in functions_of(deployed.whole).items()}
    assert reserved == {"collector": 1, "planner": 1, "worker": -1, "api": 10}


def test_bucket_is_private_encrypted_and_versioned(deployed: Deployments) -> None:
    """By the own key where there is one."""
    for applied, algorithm in ((deployed.small, "AES256"), (deployed.whole, "aws:kms")):
        block = applied.resource("aws_s3_bucket_public_access_block.configuration")
        switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        assert [block[switch] for switch in switches] == [True] * 4
        (rule,) = applied.resource("aws_s3_bucket_server_side_encryption_configuration.configuration")["rule"]
        assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == algorithm
        (versioning,) = applied.resource("aws_s3_bucket_versioning.configuration")["versioning_configuration"]
        assert versioning["status"] == "Enabled"


def test_api_is_throttled_logged_and_behind_the_firewall(deployed: Deployments) -> None:
    """A regional REST API; the access log names neither headers nor query."""
    for applied in (deployed.small, deployed.whole):
        (settings,) = applied.resource("aws_api_gateway_method_settings.all")["settings"]
        assert (settings["throttling_rate_limit"], settings["throttling_burst_limit"]) == (20, 40)
        (log,) = applied.resource("aws_api_gateway_stage.this")["access_log_settings"]
        assert log["destination_arn"].endswith(
            ":/aws/apigateway/" + applied.resource("aws_api_gateway_rest_api.this")["name"]
        )
        assert not {"$context.requestOverride", "querystring", "header"} & set(log["format"].split('"'))
    association = deployed.whole.resource("aws_wafv2_web_acl_association.api[0]")
    assert association["resource_arn"] == deployed.whole.resource("aws_api_gateway_stage.this")["arn"]
    assert deployed.small.resources("aws_wafv2_web_acl") == {}


def test_only_the_functions_reach_the_database(deployed: Deployments) -> None:
    """Nothing but their group is let in, nothing is public, and connections must be encrypted."""
    functions = deployed.whole.resource("aws_security_group.functions[0]")["id"]
    database = deployed.whole.resource("aws_security_group.database[0]")["id"]
    rules = [
        rule
        for rule in deployed.whole.resources("aws_vpc_security_group_ingress_rule").values()
        if rule["security_group_id"] == database
    ]
    assert [(rule["referenced_security_group_id"], rule["from_port"], rule["to_port"]) for rule in rules] == [
        (functions, 5432, 5432)
    ]
    assert [rule["cidr_ipv4"] or rule["cidr_ipv6"] for rule in rules] == [None]
    instance = deployed.whole.resource("aws_db_instance.this[0]")
    assert instance["vpc_security_group_ids"] == [database]
    assert (instance["publicly_accessible"], instance["storage_encrypted"], instance["storage_type"]) == (
        False,
        True,
        "gp3",
    )
    assert (instance["manage_master_user_password"], instance["password"]) == (True, None)
    (parameter,) = deployed.whole.resource("aws_db_parameter_group.this[0]")["parameter"]
    assert (parameter["name"], parameter["value"]) == ("rds.force_ssl", "1")
    for function in functions_of(deployed.whole).values():
        assert function["vpc_config"][0]["security_group_ids"] == [functions]


def test_data_is_protected_unless_said_otherwise(deployed: Deployments) -> None:
    """Without allow_data_loss the database, its last snapshot and the secrets outlive a destroy by mistake."""
    planned = Applied("", deployed.kept, "")
    instance = planned.resource("aws_db_instance.this[0]")
    assert (instance["deletion_protection"], instance["skip_final_snapshot"]) == (True, False)
    assert planned.resource("aws_s3_bucket.configuration")["force_destroy"] is False
    waiting = {secret["recovery_window_in_days"] for secret in planned.resources("aws_secretsmanager_secret").values()}
    assert waiting == {7}


def test_next_steps_fill_every_secret_and_make_the_tables(deployed: Deployments) -> None:
    """Only what is there: no token where an App is used, no upload of what Terraform uploads."""
    for applied, name in ((deployed.small, "small"), (deployed.whole, "whole")):
        told = applied.plan["planned_values"]["outputs"]["next_steps"]["value"]
        filled = re.findall(r"put-secret-value --secret-id (\S+)", told)
        assert filled == sorted(each["name"] for each in applied.resources("aws_secretsmanager_secret").values())
        assert f"""--function-name {name}-collector --payload '{{"task": "migrate"}}'""" in told
        assert told.count(" s3 cp ") == {"small": 2, "whole": 0}[name]
        assert f"{applied.resource('aws_api_gateway_stage.this')['invoke_url']}/teams" in told
