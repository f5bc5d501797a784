"""How a re-attribution is written, done or only tried: what changes, in words, tables or JSON."""

import json

from rich.console import Console

from github_tracker.application.reattribute import Reattribution
from github_tracker.entrypoints.cli.comparison_rendering import (
    Sides,
    print_cells,
    print_moves,
    print_teams,
    say,
    sum_lines,
)
from github_tracker.entrypoints.cli.roster_wording import difference_lines, policy_lines
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.comparison_document import comparison_fields
from github_tracker.entrypoints.roster_change_document import change_fields, policy_fields

_SIDES = Sides("before", "after")


def print_reattribution(found: Reattribution, out: Console) -> None:
    """Print what changes: memberships and policy, teams, weeks, months, and where the credit moves."""
    comparison = found.comparison
    if found.is_nothing_to_do:
        say(out, f"Nothing to do: roster version {found.version_before} says the same already.")
        return
    say(out, _headline(found), *_change_lines(found))
    if comparison.changes_figures:
        print_teams(comparison, _SIDES, out)
        print_moves(comparison, out)
        print_cells(comparison, _SIDES, out)
    else:
        say(out, "", "No figure changes.")
    stored = count_of(comparison.prs_compared, "stored pull request")
    share_line = f"In all, {comparison.prs_changed} of {stored} get other shares, open and closed ones included."
    say(out, "", *sum_lines(comparison, _SIDES), share_line)


def _headline(found: Reattribution) -> str:
    if found.result is None:
        return f"Dry run, nothing was written. Roster version {found.version_before} would change:"
    examined = count_of(found.result.facts_examined, "stored pull request")
    return (
        f"Roster version {found.result.version} is in force; {examined} attributed again, "
        f"{count_of(found.result.shares_changed, 'share')} changed. About version {found.version_before}, this changed:"
    )


def _change_lines(found: Reattribution) -> list[str]:
    lines = policy_lines(found.policy_before, found.policy_after)
    return [f"  {line}" for line in (*lines, *difference_lines(found.roster, found.memberships))]


def reattribution_json(found: Reattribution) -> str:
    """Return everything that changes as JSON."""
    document = {
        "dry_run": found.result is None,
        "roster_version_before": found.version_before,
        "roster_version": None if found.result is None else found.result.version,
        "policy": {"before": policy_fields(found.policy_before), "after": policy_fields(found.policy_after)},
        "memberships": [change_fields(change) for change in found.memberships],
        **comparison_fields(found.comparison),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
