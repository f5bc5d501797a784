"""`github-tracker verify`: whether every stored number still follows from what it should follow from."""

import json

import click
from attrs import asdict
from rich.console import Console

from github_tracker.application.verify import MOST_LISTED, Verification, VerifyStore
from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.verification import Finding
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.ports.attribution_reader import AttributionReader


@click.command("verify")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(is_demo: bool, is_json: bool) -> int:
    """Compute every share anew from the stored pull requests and the roster in force, and compare; writes nothing.

    Looked for: shares and rests that do not add up to 1, that a fresh computation would not give, that belong to no
    pull request or repeat it wrongly, that name somebody who was forgotten; a roster that is not what its last recorded
    version says; and views that differ from the domain's own figures: sums and counts in every week and month,
    percentiles in the first, a middle and the last month. The exit code is 3 if anything is off.
    """
    with container_for(is_demo, settings_for(is_demo)) as container:
        verification: Verification = container.resolve(VerifyStore)()
        names = {found.id: found.full_name for found in container.resolve(AttributionReader).repositories()}
    if is_json:
        click.echo(json.dumps(_fields(verification, names), default=str, indent=2))
    else:
        print_verification(verification, names, console())
    return ExitCode.COMPLETE if verification.is_sound else ExitCode.PARTIAL


def print_verification(verification: Verification, names: dict[int, str], out: Console) -> None:
    """Print each finding in a line, then what was looked at and how it stands."""
    for finding in verification.findings:
        out.print(_line(finding, names), markup=False, highlight=False, soft_wrap=True)
    for kind, count in sorted(verification.counts.items()):
        if count > MOST_LISTED:
            out.print(f"... and {count - MOST_LISTED} more of {kind.value}", markup=False, highlight=False)
    for line in _summary(verification):
        out.print(line, markup=False, highlight=False)


def _summary(verification: Verification) -> tuple[str, ...]:
    looked = (
        f"Looked at {count_of(verification.facts, 'pull request')}, {count_of(verification.shares, 'share')} and "
        f"{count_of(verification.rests, 'rest')} under roster version {verification.roster_version}; views compared in "
        f"{count_of(len(verification.weeks), 'week')}, percentiles in {count_of(len(verification.months), 'month')}."
    )
    if verification.is_sound:
        verdict = "Sound: everything adds up and follows from the facts and the roster."
    else:
        kinds = ", ".join(f"{count} {kind.value}" for kind, count in sorted(verification.counts.items()))
        verdict = f"Not sound: {kinds}."
    unsettled = (f"{count_of(verification.unsettled, 'figure')} changed while being compared and could not be judged.",)
    return (looked, *(unsettled if verification.unsettled else ()), verdict)


def _line(finding: Finding, names: dict[int, str]) -> str:
    place = _place(finding, names)
    return storable_text(f"{finding.kind.value}: {place}{': ' if place else ''}{finding.message}")


def _place(finding: Finding, names: dict[int, str]) -> str:
    if finding.repository_id is None:
        return ""
    name = names.get(finding.repository_id, f"repository {finding.repository_id}")
    return name if finding.number is None else f"{name}#{finding.number}"


def _fields(verification: Verification, names: dict[int, str]) -> dict[str, object]:
    findings = [
        asdict(finding) | {"repository": names.get(finding.repository_id or 0)} for finding in verification.findings
    ]
    return asdict(verification, recurse=False) | {"is_sound": verification.is_sound, "findings": findings}
