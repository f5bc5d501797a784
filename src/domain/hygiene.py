"""Hygiene of a roster: what the stored facts say of the people it names, and of authors it does not name (R2, R14)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from difflib import get_close_matches

from attrs import field, frozen

from github_tracker.domain.instants import to_utc
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import Person
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster

_LIKENESS = 0.8
"""From which ratio on two logins may be one misspelt: two neighbouring letters swapped in a login of five."""


@frozen
class AuthorActivity:
    """What was opened under one login, as GitHub spelled it, with one numeric id and account type."""

    author: Author
    pull_requests: int
    first_at: datetime = field(converter=to_utc)
    """When the first of them was created."""
    last_at: datetime = field(converter=to_utc)
    """When the last of them was created."""


@frozen
class UnknownAuthor:
    """An author who stands on no roster entry."""

    login: str
    """As GitHub spelled it last."""
    github_id: int | None
    pull_requests: int
    first_day: date
    last_day: date


@frozen
class RenamedPerson:
    """A person of the roster who also opened pull requests under logins that the roster does not name."""

    entry: Membership
    """Where the missing aliases belong."""
    github_id: int
    """What tells that it is one account: GitHub keeps the id when a login changes."""
    new_logins: tuple[str, ...]
    pull_requests: int
    """Those under the new logins."""
    is_credited: bool
    """Whether they are the person's already, since the roster knows the id."""


@frozen
class ReusedLogin:
    """A login of the roster under which several accounts opened pull requests: it was freed and taken again."""

    entry: Membership
    login: str
    github_ids: tuple[int, ...]
    """In the order in which they were first seen; the first one is most likely the person's."""
    pull_requests: int
    """Those of the later accounts, which the person is credited with."""


@frozen
class SilentPerson:
    """A person of the roster without any stored pull request."""

    login: str
    nearest: str | None
    """The login of an unknown author that looks like a spelling of one of theirs."""


@frozen
class PersonWithoutTeam:
    """A person of the roster who is in no team at present."""

    login: str
    left_at: datetime | None
    """The end of the last window; None for somebody who is yet to join."""


@frozen
class NarrowWindows:
    """A person who opened pull requests before all their windows, or after them; created_at is what is compared."""

    login: str
    joined_at: datetime | None
    """Given where the first pull request came earlier."""
    first_at: datetime
    left_at: datetime | None
    """Given where the last pull request came then or later (R1)."""
    last_at: datetime


@frozen
class Hygiene:
    """Everything that is found. Unknown authors stand in the order of their pull requests, most first."""

    unknown: tuple[UnknownAuthor, ...] = ()
    bots: tuple[UnknownAuthor, ...] = ()
    """Unknown authors that count as bots (R11)."""
    renamed: tuple[RenamedPerson, ...] = ()
    reused: tuple[ReusedLogin, ...] = ()
    silent: tuple[SilentPerson, ...] = ()
    without_team: tuple[PersonWithoutTeam, ...] = ()
    narrow: tuple[NarrowWindows, ...] = ()

    @property
    def is_to_be_acted_upon(self) -> bool:
        """Whether something is found that only a fault of the roster explains, and that changes who earns what.

        Unknown authors, silent people, people who left and windows that leave something out are all usual.
        """
        is_renamed = any(not person.is_credited for person in self.renamed)
        return is_renamed or bool(self.reused) or any(person.nearest is not None for person in self.silent)


def examine(roster: Roster, policy: AttributionPolicy, activities: Iterable[AuthorActivity], now: datetime) -> Hygiene:
    """Return what the activities say of the roster; ghosts and the activities' order are of no account.

    Takes memory for each distinct author, never for each pull request.
    """
    known: dict[Person, list[AuthorActivity]] = {person: [] for person in roster.people}
    strangers: list[AuthorActivity] = []
    for activity in sorted(activities, key=_appearance):
        if not activity.author.is_ghost:
            person = roster.person_of(activity.author)
            (strangers if person is None else known[person]).append(activity)
    bots = [activity for activity in strangers if policy.is_bot(activity.author, roster)]
    others = [activity for activity in strangers if not policy.is_bot(activity.author, roster)]
    unknown = _unknown_authors(others)
    silent = [person for person, own in known.items() if not own]
    return Hygiene(
        unknown=unknown,
        bots=_unknown_authors(bots),
        renamed=tuple(_renamed(known, others)),
        reused=tuple(reused for person, own in known.items() for reused in _reused(person, own)),
        silent=tuple(_silent(person, unknown) for person in silent),
        without_team=tuple(_without_team(person) for person in known if not person.segment_at(now).memberships),
        narrow=tuple(found for person, own in known.items() for found in _narrow(person, own)),
    )


def _appearance(activity: AuthorActivity) -> tuple[datetime, str, int]:
    return activity.first_at, activity.author.login, activity.author.id or 0


def _unknown_authors(activities: Iterable[AuthorActivity]) -> tuple[UnknownAuthor, ...]:
    """Join the spellings of one account."""
    spellings: defaultdict[tuple[str, int | None], list[AuthorActivity]] = defaultdict(list)
    for activity in activities:
        spellings[activity.author.login_key, activity.author.id].append(activity)
    found = [
        UnknownAuthor(
            login=max(own, key=lambda activity: activity.last_at).author.login,
            github_id=github_id,
            pull_requests=_count(own),
            first_day=own[0].first_at.date(),
            last_day=max(activity.last_at for activity in own).date(),
        )
        for (_, github_id), own in spellings.items()
    ]
    return tuple(sorted(found, key=lambda author: (-author.pull_requests, author.login, author.github_id or 0)))


def _renamed(known: dict[Person, list[AuthorActivity]], strangers: list[AuthorActivity]) -> Iterator[RenamedPerson]:
    """An account with several ids is left to whoever had it first, as `ReusedLogin` tells."""
    owner_of: dict[int, Person] = {}
    for person, own in known.items():
        for github_id in _own_ids(person, own):
            owner_of.setdefault(github_id, person)
    missing: defaultdict[tuple[Person, int], list[AuthorActivity]] = defaultdict(list)
    for activity in strangers:
        owner = None if activity.author.id is None else owner_of.get(activity.author.id)
        if owner is not None and activity.author.id is not None:
            missing[owner, activity.author.id].append(activity)
    for person, own in known.items():
        for github_id in _own_ids(person, own):
            credited = [activity for activity in own if activity.author.login_key not in person.login_keys]
            for is_credited, found in ((False, missing[person, github_id]), (True, credited)):
                if found:
                    logins = {activity.author.login_key: activity.author.login for activity in found}
                    entry = _entry_for_aliases(person)
                    yield RenamedPerson(entry, github_id, tuple(logins.values()), _count(found), is_credited)


def _own_ids(person: Person, own: list[AuthorActivity]) -> tuple[int, ...]:
    """Return the numeric ids that are the person's: the one on the roster, else the first seen under each login."""
    if person.github_id is not None:
        return (person.github_id,)
    return tuple(dict.fromkeys(ids[0] for ids in _ids_by_login(own).values()))


def _ids_by_login(own: list[AuthorActivity]) -> dict[str, list[int]]:
    """Return the ids seen under each login in the order of their appearance."""
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for activity in own:
        seen = ids[activity.author.login_key] if activity.author.id is not None else []
        if activity.author.id is not None and activity.author.id not in seen:
            seen.append(activity.author.id)
    return dict(ids)


def _reused(person: Person, own: list[AuthorActivity]) -> Iterator[ReusedLogin]:
    """Once the roster names the id, the others are strangers (R2), and there is nothing to tell."""
    if person.github_id is not None:
        return
    for login_key, ids in _ids_by_login(own).items():
        if len(ids) > 1:
            uses = [activity for activity in own if activity.author.login_key == login_key]
            later = [activity for activity in uses if activity.author.id in ids[1:]]
            entry = next(held for held in person.memberships if login_key in held.login_keys)
            yield ReusedLogin(entry, uses[0].author.login, tuple(ids), _count(later))


def _silent(person: Person, unknown: tuple[UnknownAuthor, ...]) -> SilentPerson:
    spellings = {author.login.lower(): author.login for author in reversed(unknown)}
    for login_key in sorted(person.login_keys):
        close = get_close_matches(login_key, sorted(spellings), n=1, cutoff=_LIKENESS)
        if close:
            return SilentPerson(_name_of(person), spellings[close[0]])
    return SilentPerson(_name_of(person), None)


def _without_team(person: Person) -> PersonWithoutTeam:
    ends = [held.left_at for held in person.memberships if held.left_at is not None]
    return PersonWithoutTeam(_name_of(person), max(ends, default=None))


def _narrow(person: Person, own: list[AuthorActivity]) -> Iterator[NarrowWindows]:
    if not own:
        return
    first_at, last_at = own[0].first_at, max(activity.last_at for activity in own)
    beginnings = [held.joined_at for held in person.memberships]
    ends = [held.left_at for held in person.memberships]
    joined_at = None if None in beginnings else min(filter(None, beginnings))
    left_at = None if None in ends else max(filter(None, ends))
    is_early = joined_at is not None and first_at < joined_at
    is_late = left_at is not None and left_at <= last_at
    if is_early or is_late:
        early, late = joined_at if is_early else None, left_at if is_late else None
        yield NarrowWindows(_name_of(person), early, first_at, late, last_at)


def _entry_for_aliases(person: Person) -> Membership:
    """Return the entry that holds most of the person's aliases: one entry's suffice for all (R2)."""
    return max(person.memberships, key=lambda held: len(held.aliases))


def _name_of(person: Person) -> str:
    return person.memberships[0].login


def _count(activities: Iterable[AuthorActivity]) -> int:
    return sum(activity.pull_requests for activity in activities)
