"""How the roster's history is written: the latest version first, each with its changes in words."""

import json
from collections.abc import Iterator, Sequence

from rich.console import Console

from github_tracker.application.roster_history import VersionChange
from github_tracker.domain.membership import Team
from github_tracker.domain.membership_change import MembershipChange
from github_tracker.entrypoints.cli.roster_wording import (
    change_line,
    policy_lines,
    team_lines,
)
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.roster_change_document import change_fields, policy_fields


def history_json(versions: Sequence[VersionChange]) -> str:
    """Return the versions as JSON, the latest first."""
    return json.dumps([_document(version) for version in reversed(versions)], indent=2, ensure_ascii=False)


def print_history(versions: Sequence[VersionChange], out: Console) -> None:
    """Print who changed what and when, the latest version first."""
    if not versions:
        out.print("No roster was ever put in force; `github-tracker roster sync FILE` puts one.")
        return
    for version in reversed(versions):
        head = f"Version {version.version}, {version.recorded_at:%Y-%m-%d %H:%M:%S} UTC, by {version.changed_by}"
        for line in (head, *(f"  {line}" for line in _lines(version))):
            out.print(line, markup=False, highlight=False)


def _lines(version: VersionChange) -> Iterator[str]:
    policy = version.policy
    counts = {
        "added": _count(version.memberships, is_before=False, is_after=True),
        "removed": _count(version.memberships, is_before=True, is_after=False),
        "changed": _count(version.memberships, is_before=True, is_after=True),
    }
    if version.memberships:
        parts = [f"{count_of(count, 'membership')} {verb}" for verb, count in counts.items() if count]
        yield f"{', '.join(parts)}:"
        yield from (f"  {change_line(change)}" for change in version.memberships)
    yield from team_lines(version.teams_removed, version.teams_added)
    yield from policy_lines(policy.before, policy.after)
    if policy.over_allocation_before is not policy.over_allocation_after:
        yield f"over-allocation {policy.over_allocation_before} -> {policy.over_allocation_after}"


def _count(changes: Sequence[MembershipChange], *, is_before: bool, is_after: bool) -> int:
    kind = (is_before, is_after)
    return sum((change.before is not None, change.after is not None) == kind for change in changes)


def _document(version: VersionChange) -> dict[str, object]:
    policy = version.policy
    return {
        "version": version.version,
        "recorded_at": version.recorded_at.isoformat(),
        "changed_by": version.changed_by,
        "memberships": [change_fields(change) for change in version.memberships],
        "teams": {"added": _teams(version.teams_added), "removed": _teams(version.teams_removed)},
        "policy": {
            "before": {**policy_fields(policy.before), "over_allocation": policy.over_allocation_before.value},
            "after": {**policy_fields(policy.after), "over_allocation": policy.over_allocation_after.value},
        },
    }


def _teams(teams: Sequence[Team]) -> list[dict[str, object]]:
    return [{"name": team.name, "key": team.key, "description": team.description} for team in teams]
