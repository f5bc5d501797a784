"""The roster's history: who changed what and when."""

from datetime import datetime

from attrs import frozen

from github_tracker.domain.membership import Team
from github_tracker.domain.membership_change import MembershipChange, membership_changes
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.roster_change import difference
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository, RosterVersion


@frozen
class PolicyChange:
    """Everything besides teams and memberships that decides, before and after."""

    before: AttributionPolicy
    after: AttributionPolicy
    over_allocation_before: OverAllocation
    over_allocation_after: OverAllocation


@frozen
class VersionChange:
    """One version of the roster, as what it changed about the one before."""

    version: int
    recorded_at: datetime
    changed_by: str
    teams_added: tuple[Team, ...]
    """New, or described otherwise."""
    teams_removed: tuple[Team, ...]
    """Gone, or described otherwise since."""
    memberships: tuple[MembershipChange, ...]
    policy: PolicyChange


class RosterHistory:
    """Tells every version of the roster by its changes."""

    def __init__(self, rosters: RosterRepository) -> None:
        self._rosters = rosters

    def __call__(self) -> tuple[VersionChange, ...]:
        """Return the versions, the first one first; what that one changed is all that it holds."""
        versions = self._rosters.history()
        before = (_NOTHING, *(RosterInForce(one.version, one.roster, one.policy) for one in versions))
        return tuple(map(_change, before, versions))


_NOTHING = RosterInForce(0, Roster(), AttributionPolicy())


def _change(before: RosterInForce, after: RosterVersion) -> VersionChange:
    changes = difference(before.roster, after.roster)
    return VersionChange(
        version=after.version,
        recorded_at=after.recorded_at,
        changed_by=after.changed_by,
        teams_added=changes.changed_teams,
        teams_removed=changes.removed_teams,
        memberships=membership_changes(changes),
        policy=PolicyChange(before.policy, after.policy, before.roster.over_allocation, after.roster.over_allocation),
    )
