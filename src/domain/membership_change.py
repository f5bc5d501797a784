"""What one roster changes about another, person by person and membership by membership."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import login_key
from github_tracker.domain.roster_change import RosterDifference


@frozen
class MembershipChange:
    """A membership that came, went, or is described otherwise: `before`, `after`, or both are there."""

    before: Membership | None
    after: Membership | None

    @property
    def entry(self) -> Membership:
        """The membership as it is now, or as it was last."""
        entry = self.after or self.before
        if entry is None:
            raise ValueError("a change without any membership")
        return entry


def membership_changes(change: RosterDifference) -> tuple[MembershipChange, ...]:
    """Return the changes by login, team and time of joining.

    A removed and an added entry of one login in one team are one change: first those that begin at the same time, then
    the others in order of time. So are entries that keep their team and window where the new one knows the old login
    as an alias: the account was renamed.
    """
    removed, added = _by_place(change.removed), _by_place(change.added)
    places = sorted({*removed, *added})
    return _with_renames([found for place in places for found in _paired(removed[place], added[place])])


def _with_renames(changes: list[MembershipChange]) -> tuple[MembershipChange, ...]:
    renamed = {}
    gone = [change.before for change in changes if change.before is not None and change.after is None]
    for change in changes:
        if change.before is None:
            old = next((entry for entry in gone if _is_renamed(entry, change.entry)), None)
            if old is not None:
                gone.remove(old)
                renamed[change.entry] = old
    olds = set(renamed.values())
    return tuple(
        evolve(change, before=renamed.get(change.entry, change.before))
        for change in changes
        if change.after is not None or change.before not in olds
    )


def _is_renamed(old: Membership, new: Membership) -> bool:
    window = (old.team, old.joined_at, old.left_at)
    return window == (new.team, new.joined_at, new.left_at) and login_key(old.login) in new.login_keys


def _by_place(entries: Iterable[Membership]) -> defaultdict[tuple[str, str], list[Membership]]:
    """A roster holds its memberships in order of joining, so each list has that order too."""
    places: defaultdict[tuple[str, str], list[Membership]] = defaultdict(list)
    for entry in entries:
        places[login_key(entry.login), entry.team].append(entry)
    return places


def _paired(removed: list[Membership], added: list[Membership]) -> Iterator[MembershipChange]:
    joined = {entry.joined_at: entry for entry in removed}
    same = [(joined[entry.joined_at], entry) for entry in added if entry.joined_at in joined]
    olds = [entry for entry in removed if all(entry is not old for old, _ in same)]
    news = [entry for entry in added if all(entry is not new for _, new in same)]
    matched = min(len(olds), len(news))
    yield from (MembershipChange(old, new) for old, new in same)
    yield from (MembershipChange(old, new) for old, new in zip(olds, news, strict=False))
    yield from (MembershipChange(old, None) for old in olds[matched:])
    yield from (MembershipChange(None, new) for new in news[matched:])
