"""How large a team was over time: the sum of its members' weights as steps, and who made it change (R1, R4)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from github_tracker.domain.membership import Membership
from github_tracker.domain.person import Person
from github_tracker.domain.pull_request import login_key
from github_tracker.domain.roster import Roster


class StaffingKind(StrEnum):
    """What one person did to a team's size."""

    JOINED = "joined"
    LEFT = "left"
    REWEIGHED = "reweighed"
    """Stayed with another weight."""


@frozen
class StaffingChange:
    """One person's change at one instant; weights are None where the person is not in the team."""

    at: datetime
    kind: StaffingKind
    login: str
    """As the roster spells it, of the later entry where there are two."""
    weight_before: Decimal | None
    weight_after: Decimal | None


@frozen
class StaffingStep:
    """A team's size from an instant on, until the next step."""

    at: datetime
    weight: Decimal
    """The sum of its members' weights, in full-time people."""
    members: int
    """Those with weight 0 as well."""


@frozen
class Staffing:
    """A team's size over [since, until)."""

    steps: tuple[StaffingStep, ...]
    """The first at `since`; never two of the same size in a row."""
    changes: tuple[StaffingChange, ...]
    """Within (since, until), by instant and login."""


def staffing(roster: Roster, team: str, since: datetime, until: datetime) -> Staffing:
    """Return the team's size by this roster; a window that begins where another of the same weight ends is one."""
    people = [windows for person in roster.people if (windows := _windows(person, team))]
    changes = sorted(
        (change for windows in people for change in _changes(windows) if since < change.at < until),
        key=lambda change: (change.at, login_key(change.login)),
    )
    steps: list[StaffingStep] = []
    for instant in sorted({since, *(change.at for change in changes)}):
        held = [entry for windows in people for entry in windows if entry.holds_at(instant)]
        step = StaffingStep(instant, sum((entry.weight for entry in held), Decimal(0)), len(held))
        if not steps or (steps[-1].weight, steps[-1].members) != (step.weight, step.members):
            steps.append(step)
    return Staffing(tuple(steps), tuple(changes))


def _windows(person: Person, team: str) -> list[Membership]:
    """Return the person's memberships of the team, which are in order and never overlap (R5)."""
    return [entry for entry in person.memberships if entry.team == team]


def _changes(windows: list[Membership]) -> Iterator[StaffingChange]:
    for edge in sorted({edge for entry in windows for edge in (entry.joined_at, entry.left_at) if edge is not None}):
        before = next((entry for entry in windows if entry.left_at == edge), None)
        after = next((entry for entry in windows if entry.joined_at == edge), None)
        if before is None and after is not None:
            yield StaffingChange(edge, StaffingKind.JOINED, after.login, None, after.weight)
        elif before is not None and after is None:
            yield StaffingChange(edge, StaffingKind.LEFT, before.login, before.weight, None)
        elif before is not None and after is not None and before.weight != after.weight:
            yield StaffingChange(edge, StaffingKind.REWEIGHED, after.login, before.weight, after.weight)
