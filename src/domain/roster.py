"""The roster: all memberships, checked against each other and indexed by person (R2, R5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from attrs import field, frozen

from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.identity import group_by_person
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.person import Person, Segment
from github_tracker.domain.pull_request import Author, login_key


class OverAllocation(StrEnum):
    """What happens when one person's weights exceed 1 at some instant (R5)."""

    REFUSE = "refuse"
    ALLOW = "allow"


def _teams_in_order(teams: Iterable[Team]) -> tuple[Team, ...]:
    return tuple(sorted(teams, key=lambda team: team.name))


def _memberships_in_order(memberships: Iterable[Membership]) -> tuple[Membership, ...]:
    return tuple(sorted(memberships, key=_place))


def _place(membership: Membership) -> tuple[str, str, datetime]:
    return membership.team, login_key(membership.login), membership.joined_at or LEAST_INSTANT


@frozen
class Roster:
    """Who was where at which instant. Refuses overlaps and over-allocation with InvalidRosterError (R5)."""

    teams: tuple[Team, ...] = field(default=(), converter=_teams_in_order)
    memberships: tuple[Membership, ...] = field(default=(), converter=_memberships_in_order)
    over_allocation: OverAllocation = OverAllocation.REFUSE
    people: tuple[Person, ...] = field(init=False, eq=False, repr=False)
    _by_login: dict[str, Person] = field(init=False, eq=False, repr=False)
    _by_id: dict[int, Person] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        faults = [*_team_faults(self.teams, self.memberships)]
        people, identity_faults = group_by_person(self.memberships)
        faults.extend(identity_faults)
        for person in people:
            faults.extend(_overlap_faults(person))
            if self.over_allocation is OverAllocation.REFUSE:
                faults.extend(_over_allocation_faults(person))
        if faults:
            raise InvalidRosterError(faults)
        by_login = {login: person for person in people for login in person.login_keys}
        by_id = {person.github_id: person for person in people if person.github_id is not None}
        for name, value in (("people", people), ("_by_login", by_login), ("_by_id", by_id)):
            object.__setattr__(self, name, value)

    def person_of(self, author: Author) -> Person | None:
        """Return whom the author is, by numeric id first and by login otherwise; None if on no entry (R2).

        A login whose roster entry carries another numeric id has been freed and taken by somebody else.
        """
        github_id = author.id
        person = None if github_id is None else self._by_id.get(github_id)
        if person is not None:
            return person
        person = self._by_login.get(author.login_key)
        if person is None or github_id is None or person.github_id is None or person.github_id == github_id:
            return person
        return None

    def has_login(self, login: str) -> bool:
        """Whether the login stands on the roster, as a username or an alias."""
        return login_key(login) in self._by_login


def _team_faults(teams: Iterable[Team], memberships: Iterable[Membership]) -> Iterator[str]:
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for team in teams:
        by_name[team.name.casefold()].append(team.name)
        if team.key is not None:
            by_key[team.key].append(team.name)
    for names in by_name.values():
        if len(names) > 1:
            yield f"team {names[0]!r} is listed {len(names)} times ({', '.join(names)}); join the entries into one"
    for key, names in by_key.items():
        if len(names) > 1:
            yield f"team key {key!r} is shared by {', '.join(names)}; give each team its own"
    known = {team.name for team in teams}
    for name in sorted({membership.team for membership in memberships} - known):
        yield f"memberships name the team {name!r}, which is not listed"


def _overlap_faults(person: Person) -> Iterator[str]:
    for one, other in combinations(person.memberships, 2):
        if one.team == other.team and one.overlaps(other):
            instant = max((edge.joined_at for edge in (one, other) if edge.joined_at is not None), default=None)
            yield (
                f"login {one.login!r} is in team {one.team!r} twice at {_at(instant)}: "
                f"{window_text(one)} and {window_text(other)} overlap; end one where the other begins"
            )


def _over_allocation_faults(person: Person) -> Iterator[str]:
    if sum(held.weight for held in person.memberships) <= 1:
        # Not even if all of them held at once, which is most people's case.
        return
    for segment in person.segments:
        if segment.allocated > 1:
            login = segment.memberships[0].login
            parts = ", ".join(f"{held.team} {held.weight.normalize():f}" for held in segment.memberships)
            yield (
                f"login {login!r} is allocated {segment.allocated.normalize():f} at {_since(segment)} "
                f"({parts}), which is more than 1; lower a weight, end a window, or set over_allocation to 'allow'"
            )


def _since(segment: Segment) -> str:
    if segment.starts_at is None and segment.ends_at is not None:
        return f"every instant before {segment.ends_at}"
    return _at(segment.starts_at)


def _at(instant: object) -> str:
    return "every instant" if instant is None else str(instant)


def window_text(membership: Membership) -> str:
    """Return the half-open interval in words (R1)."""
    joined = "since ever" if membership.joined_at is None else membership.joined_at.isoformat()
    left = "still there" if membership.left_at is None else membership.left_at.isoformat()
    return f"[{joined}, {left})"
