"""What infra/ refuses, and that its README lists every variable as it is."""

import re
from typing import Any

import pytest

from tests.integration.infra_world import INFRA, Deployments

pytestmark = [pytest.mark.xdist_group("infra"), pytest.mark.slow]

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)

REFUSED: dict[str, tuple[Any, str]] = {
    "region": ("Frankfurt", "region must be the name of an AWS region"),
    "name": ("A", "name must have 3 to 24 lower-case letters"),
    "every_hours": (5, "every_hours must be 1, 2, 3, 4, 6, 8, 12 or 24"),
    "worker_concurrency": (1, "worker_concurrency must be a whole number from 2"),
    "worker_batch_size": (11, "worker_batch_size must be a whole number from 1 to 10"),
    "worker_timeout_seconds": (901, "worker_timeout_seconds must be a whole number from 60 to 900"),
    "memory_megabytes": ({"api": 128}, "memory_megabytes must be from 256 to 10240"),
    "api_concurrency": (0, "api_concurrency must be a whole number from 1"),
    "github_app": ({"app_id": "x", "installation_id": "1"}, "github_app must hold two numeric ids"),
    "settings": ({"DB_URL": "x" * 2500, "LOG_LEVEL": "LOUD"}, "secrets go into Secrets Manager"),
    "roster_key": ("teams.yaml", "roster_key must end in .toml or .json"),
    "log_retention_days": (31, "log_retention_days must be a number of days that CloudWatch knows"),
    "alarm_email": ("nobody", "alarm_email must be an e-mail address"),
    "api_requests_per_second": (0, "api_requests_per_second must be from 1"),
    "waf_requests_per_five_minutes": (99, "waf_requests_per_five_minutes must be from 100"),
    "vpc_id": ("default", "vpc_id must begin with vpc-"),
    "subnet_ids": (["a"], "subnet_ids must begin with subnet-"),
    "security_group_ids": (["a"], "security_group_ids must begin with sg-"),
    "database_port": (80, "database_port must be from 1024"),
    "database_version": ("14", "database_version must be a major version of PostgreSQL from 15 on"),
    "database_class": ("large", "database_class must be an RDS instance class"),
    "database_gigabytes": (5, "database_gigabytes must be a whole number from 20"),
    "database_backup_days": (0, "database_backup_days must be from 1 to 35"),
}


def variables() -> dict[str, str]:
    """Return the block of each variable, in order."""
    return dict(_VARIABLE.findall((INFRA / "variables.tf").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def refusals(deployed: Deployments) -> str:
    """What is said to a bad value of every variable at once."""
    return deployed.terraform.refused({name: value for name, (value, _) in REFUSED.items()})


@pytest.mark.parametrize("name", REFUSED)
def test_bad_value_is_refused_by_name(refusals: str, name: str) -> None:
    """The message says what is wanted."""
    assert REFUSED[name][1] in refusals


@pytest.mark.parametrize(
    "said", ["LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR", "settings must not be longer than 2500 characters"]
)
def test_settings_are_refused_for_other_reasons_too(refusals: str, said: str) -> None:
    """A level that the functions would refuse, and more than Lambda's environment holds."""
    assert said in refusals


def test_every_variable_with_a_validation_is_tried() -> None:
    """A new one is to be added above."""
    assert set(REFUSED) == {name for name, block in variables().items() if "validation {" in block}


def test_values_that_do_not_fit_together_are_refused(deployed: Deployments) -> None:
    """A database without a VPC, and subnets of no VPC."""
    said = deployed.terraform.refused({"region": "eu-central-1", "create_database": True})
    assert "create_database needs vpc_id and subnet_ids" in said
    assert "create_database needs two subnets at least" in said
    said = deployed.terraform.refused({"region": "eu-central-1", "subnet_ids": ["subnet-1"]})
    assert "subnet_ids need vpc_id as well" in said


def test_every_variable_is_described() -> None:
    """In one sentence at least."""
    for name, block in variables().items():
        description = re.search(r'^  description = "(.*)"$', block, re.MULTILINE)
        assert description is not None, name
        assert description[1].endswith("."), name


def test_readme_lists_every_variable_with_its_default() -> None:
    """The table is what variables.tf says, in its order."""
    table = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*) \|$", (INFRA / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert table == [(name, *_shown(block)) for name, block in variables().items()]


def _shown(block: str) -> tuple[str, str]:
    default = re.search(r"^  default +=(?: (.*))$", block, re.MULTILINE)
    description = re.search(r'^  description = "(.*)"$', block, re.MULTILINE)
    assert description is not None
    return f"`{default[1]}`" if default else "must be set", description[1].replace('\\"', '"')
