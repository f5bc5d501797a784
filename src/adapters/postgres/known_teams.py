"""Which teams the database knows by name."""

from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.ports.errors import UnknownTeamError

_TEAMS: Final = 'SELECT name FROM teams WHERE is_listed ORDER BY name COLLATE "C"'


def refuse_unknown_team(team: str | None, connection: Connection[TupleRow]) -> None:
    """Raise UnknownTeamError for a team that the roster in force does not list; None is all teams."""
    if team is None:
        return
    known = tuple(row[0] for row in connection.execute(_TEAMS))
    if team not in known:
        raise UnknownTeamError(team, known)
