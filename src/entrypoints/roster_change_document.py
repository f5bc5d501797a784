"""How changes of a roster and of its policy are told to programs."""

from github_tracker.domain.membership import Membership
from github_tracker.domain.membership_change import MembershipChange
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.entrypoints.wording import exact


def change_fields(change: MembershipChange) -> dict[str, object]:
    """Return the change for programs."""
    entry = change.entry
    return {
        "team": entry.team,
        "username": entry.login,
        "before": membership_fields(change.before),
        "after": membership_fields(change.after),
    }


def policy_fields(policy: AttributionPolicy) -> dict[str, object]:
    """Return the policy for programs."""
    return {"rule": policy.rule.value, "time_zone": policy.time_zone, "bot_patterns": list(policy.bot_patterns)}


def membership_fields(entry: Membership | None) -> dict[str, object] | None:
    """Return the membership for programs, null for none."""
    if entry is None:
        return None
    return {
        "username": entry.login,
        "aliases": list(entry.aliases),
        "github_id": entry.github_id,
        "allocation_weight": exact(entry.weight),
        "joined_at": entry.joined_at and entry.joined_at.isoformat(),
        "left_at": entry.left_at and entry.left_at.isoformat(),
    }
