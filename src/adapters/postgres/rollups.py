"""Rolled-up weeks and months on PostgreSQL: marks say which no longer hold, and a refresh computes those again.

Why no write is lost: shares and their mark are written by one transaction, so a snapshot has both or neither. A refresh
works in one snapshot. It rolls up the shares that it sees and removes the marks that it sees; a mark that is committed
later stays. So what is rolled up and bears no mark is what the shares give, in every snapshot that a reader can have.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import rollup_statements as statements
from github_tracker.adapters.postgres.database import Database
from github_tracker.ports.rollups import Rollups

_SHARES_AT_A_TIME: Final = 20_000
"""So many are rolled up in about 0.2 s."""


class PostgresRollups(Rollups):
    """Keeps figures in rolled_up_team_weeks, rolled_up_team_months, rolled_up_rest_weeks and rolled_up_rest_months."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(self) -> Iterator[int]:
        """Take the teams, few at a time, then what no team earned, each in a transaction of its own."""
        if self._database.read(_is_everything_touched):
            yield self._database.transact(_spread)
        teams, are_rests_touched = self._database.read(_touched)
        for chosen in _batches(teams):
            yield self._database.transact(partial(_refresh_teams, chosen))
        if are_rests_touched:
            yield self._database.transact(_refresh_rests)

    def distrust(self) -> None:
        """Mark everything."""

        def mark(connection: Connection[TupleRow]) -> None:
            for statement in statements.DISTRUST:
                connection.execute(statement)

        self._database.transact(mark)


def _is_everything_touched(connection: Connection[TupleRow]) -> bool:
    return connection.execute(statements.IS_EVERYTHING_TOUCHED).fetchone() == (True,)


def _touched(connection: Connection[TupleRow]) -> tuple[list[tuple[int, int]], bool]:
    teams = [(row[0], row[1]) for row in connection.execute(statements.TOUCHED_TEAMS, {"most": _SHARES_AT_A_TIME})]
    return teams, connection.execute(statements.ARE_RESTS_TOUCHED).fetchone() == (True,)


def _spread(connection: Connection[TupleRow]) -> int:
    _begin(connection)
    for statement in statements.SPREAD:
        connection.execute(statement)
    return 0


def _batches(teams: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield teams to be taken together, given how many shares each has: planning takes longer than a small team does.

    A large team is taken by itself, so that however little time is left, something gets done in it.
    """
    batch, shares = list[int](), 0
    for team_id, count in teams:
        if batch and shares + count > _SHARES_AT_A_TIME:
            yield batch
            batch, shares = [], 0
        batch.append(team_id)
        shares += count
    if batch:
        yield batch


def _refresh_teams(team_ids: list[int], connection: Connection[TupleRow]) -> int:
    _begin(connection)

    def run(statement: str) -> int:
        if len(team_ids) == 1:
            return connection.execute(statement.encode(), {"team_id": team_ids[0]}).rowcount
        return connection.execute(statements.of_several(statement).encode(), {"team_ids": team_ids}).rowcount

    for statement in statements.FORGET_TEAM:
        run(statement)
    made = sum(map(run, statements.ROLL_UP_TEAM))
    run(statements.REMOVE_TEAM_MARKS)
    return made


def _refresh_rests(connection: Connection[TupleRow]) -> int:
    _begin(connection)
    for statement in statements.FORGET_RESTS:
        connection.execute(statement)
    made = sum(connection.execute(statement).rowcount for statement in statements.ROLL_UP_RESTS)
    connection.execute(statements.REMOVE_REST_MARKS)
    return made


def _begin(connection: Connection[TupleRow]) -> None:
    connection.execute(statements.ONE_SNAPSHOT)
    connection.execute(statements.TAKE_TURNS)
