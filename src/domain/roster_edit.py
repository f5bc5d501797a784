"""Edits of a roster: who joins, leaves, is weighed otherwise, or goes by another login. A roster becomes a roster.

Each edit names what it wants to hold afterwards, so doing it twice is doing it once. What comes out is checked like any
roster (R1 to R5): an edit raises InvalidRosterError for what would overlap or exceed 1, and RosterEditError where it
names a team, a person or an instant at which there is nothing to be edited.
"""

from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Protocol

from attrs import evolve, field, frozen

from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.identity import group_by_person
from github_tracker.domain.instants import LEAST_INSTANT, to_utc, to_utc_or_none
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.person import Person
from github_tracker.domain.pull_request import Author, login_key
from github_tracker.domain.roster import Roster, window_text

_WHOLE = Decimal(1)


class RosterEditError(GitHubTrackerError):
    """An edit that finds nothing to be edited, or more than it may touch."""


class RosterEdit(Protocol):
    """A change of one thing in a roster."""

    def __call__(self, roster: Roster) -> Roster:
        """Return the edited roster; the same if it says so already. Raises RosterEditError and InvalidRosterError."""
        ...


@frozen
class Join:
    """Somebody belongs to a team from one instant until another; the team may be made for it."""

    team: str
    login: str
    weight: Decimal = _WHOLE
    joined_at: datetime | None = field(default=None, converter=to_utc_or_none)
    left_at: datetime | None = field(default=None, converter=to_utc_or_none)
    makes_team: bool = False

    def __call__(self, roster: Roster) -> Roster:
        """Return the roster with the window added; whoever is known already keeps username, aliases and id."""
        team = _team_or_none(roster, self.team)
        if team is None and not self.makes_team:
            raise _no_team(roster, self.team)
        team = team or Team(self.team)
        entry = Membership(team.name, self.login, self.weight, self.joined_at, self.left_at)
        person = roster.person_of(Author(self.login))
        if person is not None:
            known = _latest(person)
            entry = evolve(entry, login=known.login, aliases=known.aliases, github_id=known.github_id)
        if entry in roster.memberships:
            return roster
        teams = roster.teams if team in roster.teams else (*roster.teams, team)
        return evolve(roster, teams=teams, memberships=(*roster.memberships, entry))


@frozen
class Leave:
    """Somebody no longer belongs to a team from an instant on, until a later window that does not abut."""

    team: str
    login: str
    left_at: datetime = field(converter=to_utc)

    def __call__(self, roster: Roster) -> Roster:
        """Return the roster with the stay ended; one that ends the moment it began goes, as if it had never been.

        Windows that abut are one stay: those after the instant go as well, or leaving would last no time.
        """
        windows = _windows(roster, self.team, self.login)
        held = next((entry for entry in windows if entry.holds_at(self.left_at)), None)
        if held is None:
            if any(entry.left_at == self.left_at for entry in windows):
                return roster
            raise _not_there(windows, self.left_at)
        gone = [held]
        for entry in windows[windows.index(held) + 1 :]:
            if entry.joined_at == gone[-1].left_at:
                gone.append(entry)
        kept = [] if held.joined_at == self.left_at else [evolve(held, left_at=self.left_at)]
        person = _person(roster, self.login)
        others = [entry for entry in person.memberships if entry not in gone]
        return _replaced(roster, person.memberships, _still_one(person, [*kept, *others]))


@frozen
class Reweigh:
    """Somebody counts for more or less in a team from an instant on, until the end of the window that holds then."""

    team: str
    login: str
    weight: Decimal
    at: datetime = field(converter=to_utc)

    def __call__(self, roster: Roster) -> Roster:
        """Return the roster with the window ended there and another one begun with the weight.

        Where that makes it the continuation of the window before it, both are one: the opposite edit undoes it.
        """
        windows = _windows(roster, self.team, self.login)
        held = next((entry for entry in windows if entry.holds_at(self.at)), None)
        if held is None:
            raise _not_there(windows, self.at)
        if held.weight == self.weight:
            return roster
        if held.joined_at != self.at:
            parts = [evolve(held, left_at=self.at), evolve(held, joined_at=self.at, weight=self.weight)]
            return _replaced(roster, [held], parts)
        changed = evolve(held, weight=self.weight)
        before = next((entry for entry in windows if entry.left_at == self.at), None)
        if before is not None and before == evolve(changed, joined_at=before.joined_at, left_at=self.at):
            return _replaced(roster, [before, held], [evolve(before, left_at=held.left_at)])
        return _replaced(roster, [held], [changed])


@frozen
class Rename:
    """An account has another login on GitHub; it stays the same person, also for what was opened under the old one."""

    old: str
    new: str

    def __call__(self, roster: Roster) -> Roster:
        """Return the roster with the new username and the old one as an alias, in every entry (R2)."""
        old, new = login_key(self.old), login_key(self.new)
        person = _person(roster, self.old)
        if old not in {login_key(entry.login) for entry in person.memberships}:
            if new in {login_key(entry.login) for entry in person.memberships}:
                return roster
            raise RosterEditError(
                f"login {self.old!r} is an alias of {_latest(person).login!r}; rename that one, or mend the aliases"
            )
        other = roster.person_of(Author(self.new))
        if other is not None and other is not person:
            raise RosterEditError(
                f"login {self.new!r} stands on the roster already, in team {_latest(other).team!r}, as another person "
                f"than {self.old!r}; a login can be one person's only"
            )
        return _replaced(roster, person.memberships, [self._renamed(entry) for entry in person.memberships])

    def _renamed(self, entry: Membership) -> Membership:
        """Others of the person's entries that know the old name as an alias learn the new one, lest they part."""
        old, new = login_key(self.old), login_key(self.new)
        if login_key(entry.login) == old:
            others = tuple(alias for alias in entry.aliases if login_key(alias) not in (old, new))
            aliases = entry.aliases if old == new else (*others, entry.login)
            return evolve(entry, login=self.new, aliases=aliases)
        if old in entry.login_keys and new not in entry.login_keys:
            return evolve(entry, aliases=(*entry.aliases, self.new))
        return entry


def _team_or_none(roster: Roster, name: str) -> Team | None:
    """A roster's team names differ by more than letter case, so one is meant in any spelling."""
    return next((team for team in roster.teams if team.name.casefold() == name.casefold()), None)


def _no_team(roster: Roster, name: str) -> RosterEditError:
    known = [team.name for team in roster.teams]
    message = f"team: no team is named {name!r}"
    if not known:
        return RosterEditError(f"{message}; the roster lists none yet, and a new one has to be asked for")
    near = _near(name, known)
    return RosterEditError(f"{message}; " + (f"is {near} meant?" if near else f"known are {', '.join(sorted(known))}"))


def _person(roster: Roster, login: str) -> Person:
    person = roster.person_of(Author(login))
    if person is None:
        raise RosterEditError(f"login {login!r} stands on no entry of the roster{_meant(login, roster.memberships)}")
    return person


def _windows(roster: Roster, team_name: str, login: str) -> list[Membership]:
    """Return the person's windows in the team in order of time, at least one."""
    team = _team_or_none(roster, team_name)
    if team is None:
        raise _no_team(roster, team_name)
    person = roster.person_of(Author(login))
    windows = [entry for entry in person.memberships if entry.team == team.name] if person else []
    if not windows:
        members = [entry for entry in roster.memberships if entry.team == team.name]
        raise RosterEditError(f"login {login!r} was never in team {team.name!r}{_meant(login, members)}")
    return sorted(windows, key=lambda entry: entry.joined_at or LEAST_INSTANT)


def _not_there(windows: list[Membership], instant: datetime) -> RosterEditError:
    held = " and ".join(map(window_text, windows))
    entry = windows[0]
    return RosterEditError(
        f"login {entry.login!r} is not in team {entry.team!r} at {instant.isoformat()}; it was in {held}"
    )


def _latest(person: Person) -> Membership:
    """Return the entry that was the last to begin: it knows best what the person is called now."""
    return max(person.memberships, key=lambda entry: entry.joined_at or LEAST_INSTANT)


def _still_one(person: Person, entries: list[Membership]) -> list[Membership]:
    """Return the entries that are left of a person; where the logins were known to those gone, the first learns them.

    Otherwise a person would fall apart in two, or lose the numeric id, by leaving one team (R2).
    """
    people, _ = group_by_person(entries)
    same = [one for one in people if (one.login_keys, one.github_id) == (person.login_keys, person.github_id)]
    if same or not entries:
        return entries
    names = {login_key(name): name for entry in person.memberships for name in (entry.login, *entry.aliases)}
    del names[login_key(entries[0].login)]
    learned = evolve(entries[0], aliases=tuple(names[key] for key in sorted(names)), github_id=person.github_id)
    return [learned, *entries[1:]]


def _meant(login: str, entries: list[Membership] | tuple[Membership, ...]) -> str:
    near = _near(login, sorted({entry.login for entry in entries}))
    return f"; is {near} meant?" if near else ""


def _near(name: str, known: list[str]) -> str:
    """Return the known names that look like it, letter case aside."""
    by_key = {one.casefold(): one for one in known}
    return " or ".join(repr(by_key[key]) for key in get_close_matches(name.casefold(), by_key))


def _replaced(roster: Roster, gone: list[Membership] | tuple[Membership, ...], come: list[Membership]) -> Roster:
    kept = [entry for entry in roster.memberships if entry not in gone]
    return evolve(roster, memberships=(*kept, *come))
