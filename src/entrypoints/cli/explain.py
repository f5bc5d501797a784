"""`github-tracker explain`: why one pull request is credited as it is."""

import re

import click

from github_tracker.application.explain import ExplainedPullRequest, ExplainPullRequest
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.explanation_json import explanation_json
from github_tracker.entrypoints.cli.explanation_rendering import print_explanation
from github_tracker.entrypoints.cli.session import container_for, settings_for

_ADDRESS = r"(?:https?://[^/\s]+/)?"
_NAME = r"(?P<name>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(?:#[0-9]+)?)"
"""owner/name; where another repository bears that name now, the older one's is followed by #ID."""
_REPOSITORY = re.compile(_ADDRESS + _NAME)
_PULL_REQUEST = re.compile(_ADDRESS + _NAME + r"(?:#|/pull/)(?P<number>[0-9]+)")
_GREATEST = 2**63 - 1

_EXAMPLES = """\b
Examples:
  github-tracker explain octo/widgets 12
  github-tracker explain octo/widgets#12 --json"""


@click.command("explain", epilog=_EXAMPLES)
@click.argument("repository", metavar="OWNER/REPO")
@click.argument("number", metavar="NUMBER", required=False)
@click.option("--json", "is_json", is_flag=True, help="Print it as JSON: weights and parts exactly, instants in UTC.")
@click.pass_obj
def command(is_demo: bool, repository: str, number: str | None, is_json: bool) -> int:
    """Say why the stored pull request NUMBER of OWNER/REPO is credited as it is.

    Which rule and time decided, which memberships were looked at, what was left over and why, and in which figures it
    counts. OWNER/REPO#NUMBER and the pull request's web address do as well; former names of a repository too.
    """
    name, wanted = _target(repository, number)
    with container_for(is_demo, settings_for(is_demo)) as container:
        explained: ExplainedPullRequest = container.resolve(ExplainPullRequest)(name, wanted)
    if is_json:
        click.echo(explanation_json(explained))
    else:
        print_explanation(explained, console())
    if explained.is_as_stored:
        return ExitCode.COMPLETE
    click.echo("failed: the stored shares are not those that roster and rule give; please report this", err=True)
    return ExitCode.FAILED


def _target(repository: str, number: str | None) -> tuple[str, int]:
    """Return the repository's name and the pull request's number, however they were given."""
    found = (_PULL_REQUEST if number is None else _REPOSITORY).fullmatch(repository)
    if number is None:
        if found is None:
            wanted = "OWNER/REPO NUMBER, such as octo/widgets 12"
            raise click.UsageError(f"{repository!r} names no pull request; write {wanted}.")
        return found["name"], _number(found["number"])
    if found is None:
        raise click.BadParameter(f"{repository!r} is not of the form OWNER/REPO.", param_hint="'OWNER/REPO'")
    return found["name"], _number(number.removeprefix("#"))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= _GREATEST):
        raise click.BadParameter(f"{text!r} is not the number of a pull request, such as 12.", param_hint="'NUMBER'")
    return int(text)
