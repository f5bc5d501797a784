"""How changes of a roster and of its policy are told: one line each for people, fields for programs."""

from collections.abc import Iterable, Iterator, Sequence

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.membership_change import MembershipChange
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster_change import RosterDifference
from github_tracker.entrypoints.cli.wording import count_of, day_or_instant, exact

SINCE_EVER = "since ever"
STILL_THERE = "still there"
_MOST_MEMBERSHIPS = 20
_RULES = {
    AttributionRule.CREATED: "the teams at the time of opening earn",
    AttributionRule.MERGED: "the teams at the time of merging earn",
    AttributionRule.EFFORT: "the teams between opening and merging earn, each for its part of the time",
}


def change_line(change: MembershipChange) -> str:
    """Return what happens to one membership, in words."""
    entry = change.entry
    if change.before is None:
        return f"{entry.login} joins {entry.team}: {_window(entry)}"
    if change.after is None:
        return f"{entry.login} is no longer listed in {entry.team}: was {_window(entry)}"
    return f"{entry.login} in {entry.team}: {'; '.join(_differences(change.before, change.after))}"


def policy_lines(before: AttributionPolicy, after: AttributionPolicy) -> tuple[str, ...]:
    """Return what differs between two policies, in words."""
    pairs = (
        ("rule", before.rule.value, after.rule.value),
        ("time zone", before.time_zone, after.time_zone),
        ("bots", _patterns(before), _patterns(after)),
    )
    lines = tuple(f"{name} {old} -> {new}" for name, old, new in pairs if old != new)
    return lines if before.rule is after.rule else (f"{lines[0]}: {_RULES[after.rule]}", *lines[1:])


def team_lines(old_teams: Iterable[Team], new_teams: Iterable[Team]) -> Iterator[str]:
    """Yield which teams are new, gone or described otherwise; those on both sides by name are the last."""
    old = {team.name: team for team in old_teams}
    new = {team.name: team for team in new_teams}
    for verb, names in (("new", new.keys() - old.keys()), ("gone", old.keys() - new.keys())):
        if names:
            yield f"{verb}: {count_of(len(names), 'team')}, {', '.join(sorted(names))}"
    for name in sorted(old.keys() & new.keys()):
        if old[name].key != new[name].key:
            yield f"team {name}: key {old[name].key or 'none'} -> {new[name].key or 'none'}"
        if old[name].description != new[name].description:
            yield f"team {name}: described as {new[name].description!r}, was {old[name].description!r}"


def difference_lines(change: RosterDifference, memberships: Sequence[MembershipChange]) -> tuple[str, ...]:
    """Return what differs between two rosters, in words: teams, over-allocation, and the first memberships."""
    lines = [*team_lines(change.removed_teams, change.changed_teams)]
    if change.is_policy_changed:
        lines.append("over-allocation: handled otherwise")
    lines += [change_line(membership) for membership in memberships[:_MOST_MEMBERSHIPS]]
    if len(memberships) > _MOST_MEMBERSHIPS:
        lines.append(f"... and {count_of(len(memberships) - _MOST_MEMBERSHIPS, 'further membership')}")
    return tuple(lines)


def _window(entry: Membership) -> str:
    joined = SINCE_EVER if entry.joined_at is None else f"from {day_or_instant(entry.joined_at, '')}"
    left = STILL_THERE if entry.left_at is None else f"left {day_or_instant(entry.left_at, '')}"
    return f"weight {exact(entry.weight)}, {joined}, {left}"


def _differences(before: Membership, after: Membership) -> Iterator[str]:
    pairs = (
        ("username", before.login, after.login),
        ("weight", exact(before.weight), exact(after.weight)),
        ("joined", day_or_instant(before.joined_at, SINCE_EVER), day_or_instant(after.joined_at, SINCE_EVER)),
        ("left", day_or_instant(before.left_at, STILL_THERE), day_or_instant(after.left_at, STILL_THERE)),
        ("aliases", ", ".join(before.aliases) or "none", ", ".join(after.aliases) or "none"),
        ("github_id", str(before.github_id or "none"), str(after.github_id or "none")),
    )
    return (f"{name} {old} -> {new}" for name, old, new in pairs if old != new)


def _patterns(policy: AttributionPolicy) -> str:
    return ", ".join(policy.bot_patterns) or "GitHub's own only"
