"""The roster in force for those who only read: with nothing in it that tells who was forgotten."""

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import roster_statements as statements
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.rows import membership_of
from github_tracker.domain.membership import Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.ports.roster_repository import RosterReader, StandingRoster


class PostgresRosterReader(RosterReader):
    """Reads settings, teams and team_memberships: neither forgotten_authors nor the key of its marks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_force(self) -> StandingRoster:
        """Return the roster and policy in force, of one snapshot."""
        return self._database.read(_read)


def _read(connection: Connection[TupleRow]) -> StandingRoster:
    row = connection.execute(statements.STANDING).fetchone()
    if row is None:
        raise LookupError("the table settings has lost its one row")
    return read_standing(connection, row)


def read_standing(connection: Connection[TupleRow], settings: TupleRow) -> StandingRoster:
    """Return the roster and policy in force, by the columns of `STANDING`."""
    version, rule, zone, patterns, over_allocation = settings
    teams = tuple(Team(*team[1:4]) for team in connection.execute(statements.TEAMS) if team[4])
    memberships = tuple(map(membership_of, connection.execute(statements.MEMBERSHIPS).fetchall()))
    roster = Roster(teams, memberships, OverAllocation(over_allocation))
    return StandingRoster(version, roster, AttributionPolicy(AttributionRule(rule), zone, tuple(patterns)))
