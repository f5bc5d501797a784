"""`github-tracker what-if`: the figures as they are and as another roster or rule would make them."""

import json
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from github_tracker.application.what_if import Proposal, WhatIf, WhatIfReport
from github_tracker.domain.policy import AttributionRule
from github_tracker.entrypoints.cli.comparison_rendering import Sides, print_moves, print_teams, say, sum_lines
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.options import DAY, check_days, roster_file, rule
from github_tracker.entrypoints.cli.roster_wording import difference_lines, policy_lines
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.roster_file import read_roster_file
from github_tracker.entrypoints.what_if_document import what_if_document

_SIDES = Sides("now", "proposed")

_EXAMPLES = """\b
Examples:
  github-tracker what-if --roster proposed.toml --from 2026-01-01
  github-tracker what-if --rule effort"""


@click.command("what-if", epilog=_EXAMPLES)
@rule
@roster_file
@click.option("--from", "since", type=DAY, metavar="DAY", help="First day of merging that counts.")
@click.option("--to", "until", type=DAY, metavar="DAY", help="First day of merging that no longer counts.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(
    is_demo: bool,
    rule: str | None,
    file: Path | None,
    since: datetime | None,
    until: datetime | None,
    is_json: bool,
) -> None:
    """Compare what is in force with a proposed roster, rule, or both, over the same pull requests.

    Nothing is written. People are told apart only in what the roster says of them; figures are those of teams.
    """
    if rule is None and file is None:
        raise click.UsageError("nothing to try: give --roster FILE, --rule, or both")
    check_days(since, until)
    proposal = Proposal(
        roster=None if file is None else read_roster_file(file),
        rule=None if rule is None else AttributionRule(rule),
        since=since and since.date(),
        until=until and until.date(),
    )
    with container_for(is_demo, settings_for(is_demo)) as container:
        report = container.resolve(WhatIf)(proposal)
    if is_json:
        click.echo(json.dumps(what_if_document(proposal, report), indent=2, ensure_ascii=False))
    else:
        _print(proposal, report, console())


def _print(proposal: Proposal, report: WhatIfReport, out: Console) -> None:
    comparison = report.comparison
    say(out, f"Nothing was written. What roster version {report.roster_version} would become:")
    policy = policy_lines(report.policy_before, report.policy_after)
    changes = (*policy, *difference_lines(report.roster, report.memberships))
    say(out, *(f"  {line}" for line in changes or ("the same",)))
    say(out, f"Compared over pull requests merged {_days(proposal)}.")
    print_teams(comparison, _SIDES, out, report.allocation)
    say(out, f"People: the sum of their weights at {report.allocated_at:%Y-%m-%d %H:%M} UTC.")
    print_moves(comparison, out)
    say(out, "", *sum_lines(comparison, _SIDES))


def _days(proposal: Proposal) -> str:
    if proposal.since is None and proposal.until is None:
        return "at any time"
    since = "" if proposal.since is None else f"from {proposal.since}"
    until = "" if proposal.until is None else f"before {proposal.until}"
    return " and ".join(filter(None, (since, until)))
