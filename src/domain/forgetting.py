"""Forgetting a person: each login and numeric id gets a pseudonym, and every figure stays what it was (R13).

Each login and each id is replaced everywhere by one of its own, in facts and rosters of all versions alike. Such a
renaming joins and parts nobody, so attribution by any version of the roster is the same before and after.

What is remembered is a keyed hash, enough to recognise the account when GitHub names it again. Numeric ids are few
enough to be tried out by whoever holds the key: this is pseudonymisation (GDPR, article 4, 5), not anonymity.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from attrs import evolve, field, frozen

from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, login_key
from github_tracker.domain.roster import Roster


@frozen(order=True)
class Mark:
    """What recognises one login or one numeric id, and what stands in its place."""

    digest: str
    """HMAC-SHA-256 in hexadecimal."""
    pseudonym: str
    pseudonym_id: int | None
    """None beside the mark of a login."""


def _marks_in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: mark.digest))


@frozen
class Disguise:
    """Puts pseudonyms in place of whoever was forgotten; an empty one changes nothing."""

    key: str = field(default="", eq=False, repr=False)
    """Random, one a store; no part of what is compared, and never shown."""
    marks: tuple[Mark, ...] = field(default=(), converter=_marks_in_order)
    _by_digest: dict[str, Mark] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_by_digest", {mark.digest: mark for mark in self.marks})

    def of_login(self, login: str) -> str | None:
        """Return the login's pseudonym, or None if it was not forgotten; a pseudonym stands for itself."""
        if not self.marks:
            return None
        mark = self._by_digest.get(login_digest(self.key, login))
        return None if mark is None else mark.pseudonym

    def fact(self, fact: PullRequest) -> PullRequest:
        """Return the fact without what tells of a forgotten author: login, id, title and head branch.

        An account that goes by a new login is recognised by its id, and whoever takes a forgotten login is called by
        its pseudonym too, with an id of their own.
        """
        if fact.author is None or not self.marks:
            return fact
        author = self._author(fact.author)
        return fact if author is None else evolve(fact, author=author, title=None, head_branch=None)

    def membership(self, entry: Membership) -> Membership:
        """Return the entry with pseudonyms in place of forgotten logins and ids."""
        if not self.marks:
            return entry
        mark = self._of_id(entry.github_id)
        return evolve(
            entry,
            login=self.of_login(entry.login) or entry.login,
            aliases=tuple(self.of_login(alias) or alias for alias in entry.aliases),
            github_id=entry.github_id if mark is None else mark.pseudonym_id,
        )

    def roster(self, roster: Roster) -> Roster:
        """Return the roster with pseudonyms in place of forgotten logins and ids."""
        return evolve(roster, memberships=tuple(map(self.membership, roster.memberships)))

    def refuse_in(self, roster: Roster) -> None:
        """Refuse a roster that names whom the store has forgotten. Raises InvalidRosterError with what to write."""
        faults = []
        for entry in roster.memberships:
            disguised = self.membership(entry)
            if disguised != entry:
                logins = [disguised.login, *disguised.aliases]
                by_id = "" if disguised.github_id is None else f" and github_id {disguised.github_id}"
                faults.append(
                    f"login {entry.login!r} in team {entry.team!r} was forgotten, and would be brought back; "
                    f"write {', '.join(map(repr, logins))}{by_id} there instead"
                )
        if faults:
            raise InvalidRosterError(faults)

    def _author(self, author: Author) -> Author | None:
        by_login, by_id = self.of_login(author.login), self._of_id(author.id)
        if by_id is not None:
            return Author(by_login or by_id.pseudonym, by_id.pseudonym_id, author.account_type)
        return None if by_login is None else Author(by_login, author.id, author.account_type)

    def _of_id(self, github_id: int | None) -> Mark | None:
        return None if github_id is None else self._by_digest.get(id_digest(self.key, github_id))


def login_digest(key: str, login: str) -> str:
    """Return the keyed hash of a login, whatever its letter case (R2)."""
    return _digest(key, f"login:{login_key(login)}")


def id_digest(key: str, github_id: int) -> str:
    """Return the keyed hash of a numeric id."""
    return _digest(key, f"id:{github_id}")


def _digest(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(errors="surrogatepass"), sha256).hexdigest()


@frozen
class Forgetting:
    """Everything one account is known by, each with what shall stand in its place."""

    logins: tuple[tuple[str, str], ...]
    """Each login in the form that is compared, with its pseudonym; the main one first."""
    ids: tuple[tuple[int, int], ...]
    """Each numeric id with its pseudonym."""

    @property
    def pseudonym(self) -> str:
        """What the person is called from now on."""
        return self.logins[0][1]

    def disguise(self, key: str) -> Disguise:
        """Return what recognises them from now on, under this key."""
        marks = [Mark(login_digest(key, login), pseudonym, None) for login, pseudonym in self.logins]
        marks += [Mark(id_digest(key, old), self.pseudonym, new) for old, new in self.ids]
        return Disguise(key, tuple(marks))


def plan_forgetting(
    login: str, rosters: Iterable[Roster], activities: Iterable[AuthorActivity], pseudonym: str, first_id: int
) -> Forgetting | None:
    """Return what a login's owner is known by, or None if nothing knows it.

    That is the person whom the newest of the rosters (given oldest first) names so, with all logins; their id, or the
    one first seen under each of these logins; and whatever else was opened with such an id. Somebody else's id under a
    reused login stays theirs, and ghosts are nobody. Pseudonymous ids are counted from `first_id` on.
    """
    people_only = (activity for activity in activities if not activity.author.is_ghost)
    known = sorted(people_only, key=lambda activity: (activity.first_at, activity.author.login))
    key = login_key(login)
    people = [person for roster in rosters for person in roster.people if key in person.login_keys]
    person = people[-1] if people else None
    logins = [key, *(sorted(person.login_keys - {key}) if person is not None else ())]
    ids: list[int] = []
    if person is not None and person.github_id is not None:
        ids.append(person.github_id)
    else:
        for own in logins:
            seen = (one.author.id for one in known if one.author.login_key == own and one.author.id is not None)
            ids.extend(github_id for github_id in [next(seen, None)] if github_id is not None)
    logins += [one.author.login_key for one in known if one.author.id in ids]
    if person is None and all(one.author.login_key != key for one in known):
        return None
    names = (pseudonym if place == 1 else f"{pseudonym}-{place}" for place in range(1, len(logins) + 1))
    return Forgetting(
        logins=tuple(zip(dict.fromkeys(logins), names, strict=False)),
        ids=tuple((old, first_id + place) for place, old in enumerate(dict.fromkeys(ids))),
    )
