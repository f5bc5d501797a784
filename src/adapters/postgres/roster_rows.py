"""How a roster becomes rows of teams and team_memberships, keeping ids."""

import json
from collections.abc import Iterable

import msgspec
from attrs import asdict
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import roster_statements as statements
from github_tracker.adapters.postgres.rows import membership_of
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.team_identity import KnownTeam, known_after
from github_tracker.ports.roster_repository import RosterUpdate


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


def entries_json(entries: Iterable[Membership]) -> str:
    """Return several memberships as one document, for statements that take one."""
    return msgspec.json.encode([membership_values(entry) for entry in entries]).decode()


def replace_teams(connection: Connection[TupleRow], update: RosterUpdate) -> None:
    """Make the listed teams those of the update; all changes go in one statement, so that two teams can swap names."""
    teams = known_after(update.roster.teams, (KnownTeam(*row) for row in connection.execute(statements.TEAMS)))
    columns: dict[str, object] = {
        name: [getattr(row, name) for row in teams.known] for name in ("id", "name", "description", "key", "is_listed")
    }
    connection.execute(statements.UPDATE_TEAMS, columns | {"at": update.changed_at})
    for team in teams.new:
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
    added = [entry for key, entry in wanted.items() if key not in stored]
    connection.execute(statements.ADD_MEMBERSHIPS, {"entries": entries_json(added), "at": update.changed_at})
