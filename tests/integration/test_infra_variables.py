"""What infra/ refuses, and that its README lists every variable as it is."""

import re

import pytest

from tests.integration.infra_refusals import REFUSED
from tests.integration.infra_world import INFRA, Deployments

pytestmark = pytest.mark.slow

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)


def variables() -> dict[str, str]:
    """Return the block of each variable, in order."""
    return dict(_VARIABLE.findall((INFRA / "variables.tf").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", REFUSED)
def test_bad_value_is_refused_by_name(deployed: Deployments, name: str) -> None:
    """The message says what is wanted."""
    assert REFUSED[name][1] in deployed.refused["each"]


@pytest.mark.parametrize(
    "said", ["LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR", "settings must not be longer than 2500 characters"]
)
def test_settings_are_refused_for_other_reasons_too(deployed: Deployments, said: str) -> None:
    """A level that the functions would refuse, and more than Lambda's environment holds."""
    assert said in deployed.refused["each"]


def test_every_variable_with_a_validation_is_tried() -> None:
    """A new one is to be added above."""
    assert set(REFUSED) == {name for name, block in variables().items() if "validation {" in block}


def test_values_that_do_not_fit_together_are_refused(deployed: Deployments) -> None:
    """A database without a VPC, and subnets of no VPC."""
    assert "create_database needs vpc_id and subnet_ids" in deployed.refused["database"]
    assert "create_database needs two subnets at least" in deployed.refused["database"]
    assert "subnet_ids need vpc_id as well" in deployed.refused["subnets"]


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
