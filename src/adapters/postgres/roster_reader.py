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


def read_standing(
    connection: Connection[TupleRow], settings: TupleRow, expected: Roster | None = None
) -> StandingRoster:
    """Return the roster and policy in force, by the columns of `STANDING`.

    If the stored rows say what the expected roster says, it is that one: making another takes longer than reading.
    """
    version, rule, zone, patterns, over_allocation = settings
    teams = tuple(Team(*team[1:4]) for team in connection.execute(statements.TEAMS) if team[4])
    rows = connection.execute(statements.MEMBERSHIPS).fetchall()
    if expected is not None and _is_stored(expected, teams, rows, OverAllocation(over_allocation)):
        roster = expected
    else:
        roster = Roster(teams, tuple(map(membership_of, rows)), OverAllocation(over_allocation))
    return StandingRoster(version, roster, AttributionPolicy(AttributionRule(rule), zone, tuple(patterns)))


def _is_stored(roster: Roster, teams: tuple[Team, ...], rows: list[TupleRow], over_allocation: OverAllocation) -> bool:
    """Whether it consists of just these; a roster has an order of its own, so theirs is of no account."""
    if roster.over_allocation is not over_allocation or (len(roster.teams), len(roster.memberships)) != (
        len(teams),
        len(rows),
    ):
        return False
    held = {
        (entry.team, entry.login, entry.weight, entry.joined_at, entry.left_at, entry.aliases, entry.github_id)
        for entry in roster.memberships
    }
    return set(roster.teams) == set(teams) and held == {(*row[:5], tuple(row[5]), row[6]) for row in rows}
