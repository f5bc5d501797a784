"""Terraform, a copy of infra/ that it may work in, and an AWS that is not AWS: what the tests of infra/ stand on.

Terraform or OpenTofu is found through PATH; its provider for AWS in the folder that TF_PLUGIN_DIR names, in a usual
place, or by an ordinary `init`, where the network gives it. Where one of them is missing, the tests are skipped.
"""

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, Final, cast

import boto3
import pytest
from attrs import frozen
from cattrs import structure, unstructure

from tests.integration.infra_refusals import MISFITS
from tests.integration.moto_process import CREDENTIALS, running_aws
from tools.working_tree import CHECKOUT

INFRA: Final = CHECKOUT / "infra"
_USUAL_PLUGIN_FOLDERS: Final = ("/opt/tf-plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
_OWN: Final = (".terraform*", "*.tfstate*", "*.tfvars*", "backend.tf", "*override.tf*")
"""What somebody who deploys from this checkout keeps there."""
_SECONDS_AT_MOST: Final = 300
_OVERRIDE: Final = """
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
"""
_KEPT: Final = {
    "name": "kept",
    "region": "eu-central-1",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "create_database": True,
}
_SMALL: Final = {"name": "small", "region": "eu-west-1", "allow_data_loss": True}


@frozen
class Applied:
    """What came of one variant that was applied to an empty account, planned again, and destroyed."""

    added: str
    """Terraform's last word on applying."""
    plan: dict[str, Any]
    """The second plan, in which every value is known."""
    destroyed: str

    @property
    def changes(self) -> dict[str, list[str]]:
        """What the second plan would change, by address."""
        return {
            change["address"]: change["change"]["actions"]
            for change in self.plan["resource_changes"]
            if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
        }

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the values of all resources of this kind, by address."""
        found = self.plan["planned_values"]["root_module"]["resources"]
        return {each["address"]: each["values"] for each in found if each["mode"] == "managed" and each["type"] == kind}

    def resource(self, address: str) -> dict[str, Any]:
        """Return the values of one resource."""
        return self.resources(address.partition(".")[0])[address]


@frozen
class Deployments:
    """All that Terraform told."""

    misformatted: str
    """What `fmt` would change."""
    validity: dict[str, Any]
    small: Applied
    whole: Applied
    growing: dict[str, Any]
    """The plan that makes the small one scale out."""
    kept: dict[str, Any]
    """The plan of a database whose loss is not allowed."""
    refused: dict[str, str]
    """What was said to each of MISFITS, on one line."""


@frozen
class Terraform:
    """The program in a working folder that is initialised."""

    program: str
    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command, and wait for it."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=_SECONDS_AT_MOST,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """Run a command that must end well, and return what it wrote."""
        done = self.run(*arguments)
        assert done.returncode in (0, 2), f"{' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
        return done.stdout

    def planned(self, name: str, values: Mapping[str, Any], suffix: str = "") -> dict[str, Any]:
        """Plan what differs from the state of that name, and return the plan."""
        self._write(name + suffix, values)
        self.succeed(
            "plan",
            *_QUIET,
            f"-state={name}.tfstate",
            f"-var-file={name}{suffix}.tfvars.json",
            f"-out={name}{suffix}.plan",
        )
        document: dict[str, Any] = json.loads(self.succeed("show", "-json", f"{name}{suffix}.plan"))
        return document

    def apply(self, name: str, values: Mapping[str, Any]) -> str:
        """Make everything, under a state of that name, and return the last word."""
        self._write(name, values)
        told = self.succeed(
            "apply", *_QUIET, "-auto-approve", f"-state={name}.tfstate", f"-var-file={name}.tfvars.json"
        )
        return next(line for line in told.splitlines() if line.startswith("Apply complete!"))

    def destroy(self, name: str) -> str:
        """Remove everything of that state, and return the last word."""
        told = self.succeed(
            "destroy", *_QUIET, "-auto-approve", f"-state={name}.tfstate", f"-var-file={name}.tfvars.json"
        )
        return next(line for line in told.splitlines() if line.startswith("Destroy complete!"))

    def refused(self, values: Mapping[str, Any]) -> str:
        """Plan with values that must be refused, and return what was said, on one line."""
        self._write("refused", values)
        done = self.run("plan", *_QUIET, "-state=refused.tfstate", "-var-file=refused.tfvars.json")
        assert done.returncode == 1, done.stdout[-2000:]
        # Messages are broken into lines, behind a frame.
        return " ".join(done.stderr.replace("│", " ").split())

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        zips = {"collector_zip": "function.zip", "api_zip": "function.zip"}
        (self.folder / f"{name}.tfvars.json").write_text(json.dumps({**zips, **values}), encoding="utf-8")


_QUIET: Final = ("-input=false", "-no-color", "-compact-warnings")


def shared_deployments(folder: Path) -> Deployments:
    """Return what Terraform told in this folder. Skips where Terraform or its provider is missing."""
    outcome = outcome_in(folder)
    if "missing" in outcome:
        pytest.skip(outcome["missing"])
    if "failed" in outcome:
        pytest.fail(outcome["failed"])
    return structure(outcome, Deployments)


def outcome_in(folder: Path) -> dict[str, Any]:
    """Return what came of it; of several processes or threads the first one asks Terraform, and the others wait."""
    told = folder / "infra.json"
    with (folder / "infra.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not told.exists():
            told.write_text(json.dumps(_outcome(folder / "infra")), encoding="utf-8")
    outcome: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return outcome


class _MissingError(Exception):
    """Terraform or its provider is not there."""


def _outcome(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = unstructure(_deployments(folder))
    except _MissingError as exc:
        return {"missing": str(exc)}
    except (AssertionError, OSError, subprocess.TimeoutExpired) as exc:
        return {"failed": str(exc)}
    return told


def _deployments(folder: Path) -> Deployments:
    """Apply both variants at once: most of their time is Terraform's own waiting for queues."""
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        raise _MissingError("neither terraform nor tofu is installed")
    shutil.copytree(INFRA, folder, ignore=shutil.ignore_patterns(*_OWN))
    (folder / "test_override.tf").write_text(_OVERRIDE, encoding="utf-8")
    with running_aws(folder / "aws.log") as address, ThreadPoolExecutor(1) as beside:
        terraform = Terraform(program, folder, _environment(address))
        _initialise(terraform)
        _write_files(folder)
        whole = beside.submit(_applied, terraform, "whole", _whole_values(address))
        small, growing = _small_and_growing(terraform)
        return Deployments(
            misformatted=terraform.run("fmt", "-check", "-diff", "-no-color", str(INFRA)).stdout,
            validity=json.loads(terraform.run("validate", "-json").stdout),
            small=small,
            growing=growing,
            kept=terraform.planned("kept", _KEPT),
            refused={name: terraform.refused(values) for name, values in MISFITS.items()},
            whole=whole.result(),
        )


def _small_and_growing(terraform: Terraform) -> tuple[Applied, dict[str, Any]]:
    added = terraform.apply("small", _SMALL)
    plan = terraform.planned("small", _SMALL)
    growing = terraform.planned("small", {**_SMALL, "scale_out": True}, "-growing")
    return Applied(added, plan, terraform.destroy("small")), growing


def _applied(terraform: Terraform, name: str, values: Mapping[str, Any]) -> Applied:
    return Applied(terraform.apply(name, values), terraform.planned(name, values), terraform.destroy(name))


def _whole_values(address: str) -> dict[str, Any]:
    """Everything that can be switched on, in the VPC that a new account has."""
    # Stubs of boto3 that are installed for some services only know no other.
    subnets = (
        cast("Any", boto3)
        .client(
            "ec2",
            endpoint_url=address,
            region_name="eu-central-1",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        .describe_subnets()["Subnets"]
    )
    return {
        "name": "whole",
        "region": "eu-central-1",
        "scale_out": True,
        "vpc_id": subnets[0]["VpcId"],
        "subnet_ids": [subnet["SubnetId"] for subnet in subnets[:2]],
        "create_database": True,
        "create_kms_key": True,
        "create_secretsmanager_endpoint": True,
        "enable_waf": True,
        "alarm_email": "somebody@example.com",
        "github_app": {"app_id": "123", "installation_id": "456"},
        "repositories_file": "repositories.txt",
        "roster_file": "teams.toml",
        "settings": {"LOG_LEVEL": "WARNING", "REPORT_TIME_ZONE": "Europe/Berlin", "MIN_GROUP_SIZE": "3"},
        "allow_data_loss": True,
    }


def _write_files(folder: Path) -> None:
    with zipfile.ZipFile(folder / "function.zip", "w") as archive:
        archive.writestr("handler.py", "")
    (folder / "repositories.txt").write_text("owner/name\n", encoding="utf-8")
    (folder / "teams.toml").write_text('[[teams]]\nname = "Platform"\n', encoding="utf-8")


def _environment(address: str) -> dict[str, str]:
    """Nothing of the person who runs the tests: neither credentials, nor a profile, nor Terraform's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "HTTPS_PROXY") if name in os.environ}
    # Without this, credentials would be looked for in the files of the home folder as well.
    own = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_ENDPOINT_URL": address}
    return {**kept, **own, **CREDENTIALS, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _initialise(terraform: Terraform) -> None:
    named = os.environ.get("TF_PLUGIN_DIR")
    places = [named] if named else [place for place in _USUAL_PLUGIN_FOLDERS if Path(place).is_dir()]
    said = ""
    for arguments in [*([f"-plugin-dir={place}"] for place in places), []]:
        try:
            done = terraform.run("init", "-input=false", "-no-color", "-backend=false", *arguments)
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            return
        said = " ".join(done.stderr.replace("│", " ").split())[:300]
    raise _MissingError(f"Terraform's provider for AWS is missing (TF_PLUGIN_DIR may name its folder): {said}")
