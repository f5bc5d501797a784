"""How a roster becomes rows of teams and team_memberships, keeping ids."""

import json
from collections.abc import Iterable

from attrs import asdict, frozen
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import roster_statements as statements
from github_tracker.adapters.postgres.rows import membership_of
from github_tracker.domain.membership import Membership, Team
from github_tracker.ports.roster_repository import RosterUpdate


@frozen
class _TeamRow:
    id: int
    name: str
    description: str
    key: str | None
    is_listed: bool


def teams_json(teams: Iterable[Team]) -> str:
    """Return the teams as the JSON that roster_versions keeps."""
    return json.dumps([asdict(team) for team in teams])


def membership_values(entry: Membership) -> dict[str, object]:
    """Return the columns of one membership."""
    return {
        "team": entry.team,
        "login": entry.login,
        "weight": entry.weight,
        "joined_at": entry.joined_at,
        "left_at": entry.left_at,
        "aliases": list(entry.aliases),
        "github_id": entry.github_id,
    }


def replace_teams(connection: Connection[TupleRow], update: RosterUpdate) -> None:
    """Make the listed teams those of the update. A team keeps its id by key, else by name, else by name without case.

    All changes go in one statement, so that two teams can swap names. A team no longer listed gives its name up if
    another one takes it.
    """
    stored = [_TeamRow(*row) for row in connection.execute(statements.TEAMS)]
    wanted = _matched(update.roster.teams, stored)
    names = {team.name for team in update.roster.teams}
    rows = []
    for row in stored:
        team = wanted.get(row.id)
        if team is not None:
            rows.append(_TeamRow(row.id, team.name, team.description, team.key, is_listed=True))
        else:
            name = f"{row.name}#{row.id}" if row.name in names else row.name
            key = None if row.key in {team.key for team in update.roster.teams} else row.key
            rows.append(_TeamRow(row.id, name, row.description, key, is_listed=False))
    columns: dict[str, object] = {
        name: [getattr(row, name) for row in rows] for name in ("id", "name", "description", "key", "is_listed")
    }
    connection.execute(statements.UPDATE_TEAMS, columns | {"at": update.changed_at})
    known = {team.name for team in wanted.values()}
    for team in update.roster.teams:
        if team.name not in known:
            connection.execute(statements.ADD_TEAM, asdict(team) | {"at": update.changed_at})


def replace_memberships(connection: Connection[TupleRow], update: RosterUpdate) -> None:
    """Make the memberships those of the update; an entry that only changes keeps its row.

    What is gone goes first and what is new comes last, so that abutting windows never seem to overlap.
    """
    ids = {name: team_id for team_id, name, *_ in connection.execute(statements.TEAMS)}
    wanted = {(ids[entry.team], entry.login, entry.joined_at): entry for entry in update.roster.memberships}
    stored = {
        (ids[entry.team], entry.login, entry.joined_at): entry
        for entry in map(membership_of, connection.execute(statements.MEMBERSHIPS).fetchall())
    }
    rows = {
        key: membership_values(entry) | {"team_id": key[0], "at": update.changed_at}
        for key, entry in (stored | wanted).items()
    }
    for key in stored.keys() - wanted.keys():
        connection.execute(statements.REMOVE_MEMBERSHIP, rows[key])
    for key in stored.keys() & wanted.keys():
        if stored[key] != wanted[key]:
            connection.execute(statements.CHANGE_MEMBERSHIP, rows[key])
    with connection.cursor() as cursor:
        cursor.executemany(statements.ADD_MEMBERSHIP, [rows[key] for key in wanted if key not in stored])


def _matched(teams: Iterable[Team], stored: Iterable[_TeamRow]) -> dict[int, Team]:
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


def _has_same_key(team: Team, row: _TeamRow) -> bool:
    return team.key is not None and team.key == row.key


def _has_same_name(team: Team, row: _TeamRow) -> bool:
    """Two different keys are two teams, whatever they are called."""
    return team.name == row.name and (team.key is None or row.key is None)


def _has_same_name_without_case(team: Team, row: _TeamRow) -> bool:
    return team.name.casefold() == row.name.casefold() and (team.key is None or row.key is None)
