"""Which logins are one person: joined by alias lists, told apart by numeric ids (R2)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from github_tracker.domain.membership import Membership
from github_tracker.domain.person import Person
from github_tracker.domain.pull_request import login_key


def group_by_person(memberships: Iterable[Membership]) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Return the people behind the memberships, ordered by their first login, and what is contradictory.

    An entry's username and aliases are one person. Entries that share a login are one person too, save where two
    usernames share nothing but an alias: then that login would be of two persons, which is a fault.
    """
    entries = tuple(memberships)
    faults = [*_shared_alias_faults(entries)]
    groups: defaultdict[str, list[Membership]] = defaultdict(list)
    root_of = _joined(entries)
    for entry in entries:
        groups[root_of[login_key(entry.login)]].append(entry)
    people = []
    for group in groups.values():
        ids = sorted({entry.github_id for entry in group if entry.github_id is not None})
        if len(ids) > 1:
            faults.append(
                f"login {group[0].login!r} stands for several github_id: {', '.join(map(str, ids))}; "
                "a login can be one person's only"
            )
        logins = frozenset[str]().union(*(entry.login_keys for entry in group))
        people.append(Person(logins, ids[0] if ids else None, tuple(group)))
    faults.extend(_shared_id_faults(people))
    return tuple(sorted(people, key=lambda person: min(person.login_keys))), tuple(faults)


def _joined(entries: tuple[Membership, ...], ignored: frozenset[str] = frozenset()) -> dict[str, str]:
    """Map each login to one that stands for all joined with it; those `ignored` join nothing as aliases."""
    parent: dict[str, str] = {}

    def root(login: str) -> str:
        parent.setdefault(login, login)
        while parent[login] != login:
            parent[login] = parent[parent[login]]
            login = parent[login]
        return login

    for entry in entries:
        own = root(login_key(entry.login))
        for alias in map(login_key, entry.aliases):
            if alias not in ignored:
                parent[root(alias)] = own = root(own)
    return {login: root(login) for login in list(parent)}


def _shared_alias_faults(entries: tuple[Membership, ...]) -> Iterator[str]:
    """A login in question cannot itself show that those who claim it are one person; what else is said may."""
    claimed_by: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        for alias in entry.login_keys - {login_key(entry.login)}:
            claimed_by[alias][login_key(entry.login)] = entry.login
    shared = {alias: usernames for alias, usernames in claimed_by.items() if len(usernames) > 1}
    doubtful = shared.keys() - {login_key(entry.login) for entry in entries}
    for alias, usernames in shared.items():
        root_of = _joined(entries, ignored=frozenset({alias, *doubtful}))
        if len({root_of[username] for username in usernames}) > 1:
            names = " and ".join(sorted(usernames.values()))
            yield f"login {alias!r} is an alias of two persons, {names}; leave it with one of them"


def _shared_id_faults(people: Iterable[Person]) -> Iterator[str]:
    by_id: defaultdict[int, list[Person]] = defaultdict(list)
    for person in people:
        if person.github_id is not None:
            by_id[person.github_id].append(person)
    for github_id, owners in by_id.items():
        if len(owners) > 1:
            names = " and ".join(sorted(owner.memberships[0].login for owner in owners))
            yield f"github_id {github_id} stands for two persons, {names}; join them by aliases"
