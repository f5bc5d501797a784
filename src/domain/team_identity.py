"""Which team a team of the next roster is: whatever hangs on a team follows it through its changes of name."""

from collections.abc import Iterable

from attrs import frozen

from github_tracker.domain.membership import Team


@frozen
class KnownTeam:
    """A team that some roster listed, by its id, which never changes."""

    id: int
    name: str
    description: str
    key: str | None
    is_listed: bool
    """Whether the roster in force lists it; if not, it keeps its id in case it comes back."""


@frozen
class KnownTeams:
    """What becomes of the known teams, and which ones of a roster are new."""

    known: tuple[KnownTeam, ...]
    """In the order in which they were given."""
    new: tuple[Team, ...]


def known_after(listed: Iterable[Team], stored: Iterable[KnownTeam]) -> KnownTeams:
    """Return the teams once a roster lists these.

    A team keeps its id by key, else by name, else by name without case. One that is no longer listed gives its name
    and key up if another one takes them.
    """
    teams, stored = tuple(listed), tuple(stored)
    wanted = _matched(teams, stored)
    names, keys = {team.name for team in teams}, {team.key for team in teams}
    known = []
    for row in stored:
        team = wanted.get(row.id)
        if team is not None:
            known.append(KnownTeam(row.id, team.name, team.description, team.key, is_listed=True))
        else:
            name = f"{row.name}#{row.id}" if row.name in names else row.name
            key = None if row.key in keys else row.key
            known.append(KnownTeam(row.id, name, row.description, key, is_listed=False))
    old = {team.name for team in wanted.values()}
    return KnownTeams(tuple(known), tuple(team for team in teams if team.name not in old))


def _matched(teams: Iterable[Team], stored: Iterable[KnownTeam]) -> dict[int, Team]:
    """Return which stored team each given one is."""
    left = {row.id: row for row in stored}
    matched: dict[int, Team] = {}
    open_teams = list(teams)
    for is_same in (_has_same_key, _has_same_name, _has_same_name_without_case):
        for team in tuple(open_teams):
            found = next((row for row in left.values() if is_same(team, row)), None)
            if found is not None:
                matched[found.id] = team
                del left[found.id]
                open_teams.remove(team)
    return matched


def _has_same_key(team: Team, row: KnownTeam) -> bool:
    return team.key is not None and team.key == row.key


def _has_same_name(team: Team, row: KnownTeam) -> bool:
    """Two different keys are two teams, whatever they are called."""
    return team.name == row.name and (team.key is None or row.key is None)


def _has_same_name_without_case(team: Team, row: KnownTeam) -> bool:
    return team.name.casefold() == row.name.casefold() and (team.key is None or row.key is None)
