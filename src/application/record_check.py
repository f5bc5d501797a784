"""Checks the roster in force against its own record: what nobody put in force through the front door."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import fields

from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster_change import difference
from github_tracker.domain.verification import Finding, FindingKind
from github_tracker.ports.roster_repository import RosterInForce, RosterVersion


def record_findings(in_force: RosterInForce, history: tuple[RosterVersion, ...]) -> Iterator[Finding]:
    """Yield where versions do not follow each other, and where the latest one is not what is in force."""
    numbers = [version.version for version in history]
    if numbers != list(range(1, in_force.version + 1)):
        found = ", ".join(map(str, numbers)) or "none"
        yield _finding(f"version {in_force.version} is in force, but the recorded versions are {found}")
    for earlier, later in pairwise(history):
        if later.recorded_at <= earlier.recorded_at:
            yield _finding(f"version {later.version} is recorded before version {earlier.version}")
    if history:
        yield from _unrecorded(history[-1], in_force)


def _unrecorded(latest: RosterVersion, in_force: RosterInForce) -> Iterator[Finding]:
    changes = difference(latest.roster, in_force.roster)
    removed, added = ({team.name for team in teams} for teams in (changes.removed_teams, changes.changed_teams))
    for name in sorted(removed | added):
        yield _finding(f"team {name} is not what version {latest.version} says of it")
    for entry in sorted({*_named(changes.removed), *_named(changes.added)}):
        yield _finding(f"{entry} is not what version {latest.version} says of it")
    if changes.is_policy_changed:
        recorded, found = (side.over_allocation.value for side in (latest.roster, in_force.roster))
        yield _finding(f"over-allocation is {found}, but version {latest.version} says {recorded}")
    for attribute in fields(AttributionPolicy):
        recorded, found = (getattr(side.policy, attribute.name) for side in (latest, in_force))
        if recorded != found:
            name = attribute.name.replace("_", " ")
            yield _finding(f"the {name} is {_text(found)}, but version {latest.version} says {_text(recorded)}")


def _named(entries: Iterable[Membership]) -> Iterator[str]:
    return (f"{entry.login} in {entry.team}" for entry in entries)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _finding(message: str) -> Finding:
    return Finding(FindingKind.ROSTER_DIFFERS, None, None, message)
