"""`github-tracker reattribute`: another roster or rule over what is stored, without a request to GitHub."""

from pathlib import Path

import click
from attrs import evolve

from github_tracker.application.reattribute import Reattribute
from github_tracker.application.sync_roster import WantedPolicy
from github_tracker.domain.policy import AttributionRule
from github_tracker.entrypoints.cli.collect import who
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.options import roster_file, rule
from github_tracker.entrypoints.cli.reattribution_rendering import print_reattribution, reattribution_json
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.entrypoints.roster_file import read_roster_file
from github_tracker.entrypoints.settings import Settings

_EXAMPLES = """\b
Examples:
  github-tracker reattribute --roster teams.toml --dry-run
  github-tracker reattribute --rule merged"""


@click.command("reattribute", epilog=_EXAMPLES)
@rule
@roster_file
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only show what would change; write nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(is_demo: bool, rule: str | None, file: Path | None, is_dry_run: bool, is_json: bool) -> None:
    """Put a roster, a rule, or both in force, and let the stored pull requests follow; GitHub is not asked.

    What is not given is what is configured, and else stays as it is stored. Only pull requests of affected authors are
    written again, all or nothing. Shown is what changes: teams, weeks, months, and where the credit moves.
    """
    configured = settings_for(is_demo)
    settings = evolve(
        configured,
        roster=configured.roster if file is None else read_roster_file(file),
        attribution_rule=configured.attribution_rule if rule is None else AttributionRule(rule),
    )
    policy = WantedPolicy(settings.attribution_rule, settings.report_time_zone, settings.bot_patterns)
    with container_for(is_demo, settings) as container:
        reattribute = container.resolve(Reattribute)
        if is_dry_run:
            found = reattribute.preview(settings.roster, policy)
        else:
            found = reattribute(settings.roster, policy, who())
            refresh_figures(container)
    if is_json:
        click.echo(reattribution_json(found))
    else:
        print_reattribution(found, console())
    for remark in _remarks(configured, settings):
        click.echo(remark, err=True)


def _remarks(configured: Settings, used: Settings) -> list[str]:
    """What is set goes back in force with the next collection, which nobody expects who has just changed it."""
    remarks = []
    if configured.attribution_rule not in (None, used.attribution_rule):
        remarks.append(f"ATTRIBUTION_RULE is {configured.attribution_rule}: the next collection puts that in force.")
    if configured.roster is not None and configured.roster != used.roster:
        remarks.append("TEAM_CONFIG_FILE or TEAM_CONFIG_JSON says otherwise: the next collection puts that in force.")
    return remarks
