"""The roster in force and its versions on PostgreSQL."""

from functools import partial
from typing import Final

from attrs import evolve
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import roster_statements as statements
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.documents import share_documents, touched_documents
from github_tracker.adapters.postgres.fact_statements import FLAG_BOTS
from github_tracker.adapters.postgres.roster_reader import read_standing
from github_tracker.adapters.postgres.roster_rows import (
    entries_json,
    membership_values,
    replace_memberships,
    replace_teams,
    teams_json,
)
from github_tracker.adapters.postgres.rows import FACT_COLUMNS, fact_of, membership_of
from github_tracker.adapters.postgres.share_statements import replace_shares
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.forgetting import Disguise, Mark
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.roster_change import AffectedAuthors, RosterDifference, changes_everyone, difference
from github_tracker.ports.roster_repository import (
    RosterInForce,
    RosterRepository,
    RosterUpdate,
    RosterUpdateResult,
    RosterVersion,
)

_FACTS_AT_A_TIME: Final = 2000

_SELECT_FACTS: Final = f"SELECT {', '.join(FACT_COLUMNS)} FROM pull_requests"

_ALL_FACTS: Final = f"{_SELECT_FACTS} ORDER BY repository_id, number"

_FACTS_OF_AUTHORS: Final = f"""
{_SELECT_FACTS}
WHERE lower(author_login) = ANY (%(login_keys)s::TEXT[])
    OR author_id = ANY (%(github_ids)s::BIGINT[])
ORDER BY repository_id, number
"""


class PostgresRosterRepository(RosterRepository):
    """Keeps rosters in teams, team_memberships, settings, roster_versions and membership_history."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: RosterInForce | None = None
        self._expected: Roster | None = None
        """Very likely what is stored."""

    def in_force(self) -> RosterInForce:
        """Return the roster and policy in force, of one snapshot; memberships are read once a version."""
        self._latest = self._database.read(partial(_read_unless_known, self._latest, self._expected))
        return self._latest

    def expect(self, roster: Roster) -> None:
        """Take the roster for what is stored, where the stored rows say the same."""
        self._expected = roster

    def put_in_force(self, update: RosterUpdate) -> RosterUpdateResult:
        """Replace the roster and the policy, and re-attribute what they touch, in one transaction."""
        self.expect(update.roster)
        old = self.in_force()
        update.refuse_unless_expected(old.version)
        old.disguise.refuse_in(update.roster)
        if _is_same(old, update):
            return RosterUpdateResult(old.version, is_new_version=False)
        return self._database.transact(partial(_put_in_force, update))

    def history(self) -> tuple[RosterVersion, ...]:
        """Return every version, the first one first."""
        versions, entries = self._database.read(
            lambda connection: (
                connection.execute(statements.VERSIONS).fetchall(),
                connection.execute(statements.HISTORY).fetchall(),
            )
        )
        return tuple(_version_of(version, entries) for version in versions)


def _is_same(old: RosterInForce, update: RosterUpdate) -> bool:
    return old.policy == update.policy and difference(old.roster, update.roster).is_empty


def read_in_force(connection: Connection[TupleRow], statement: str) -> RosterInForce:
    """Return the roster, the policy and the disguise in force, by one of the statements that read the settings."""
    settings, disguise = _read_settings(connection, statement)
    standing = read_standing(connection, settings)
    return RosterInForce(standing.version, standing.roster, standing.policy, disguise)


def _read_unless_known(
    known: RosterInForce | None, expected: Roster | None, connection: Connection[TupleRow]
) -> RosterInForce:
    """Every change makes another version; whom to disguise changes without one."""
    settings, disguise = _read_settings(connection, statements.IN_FORCE)
    if known is not None and known.version == settings[0]:
        return evolve(known, disguise=disguise)
    standing = read_standing(connection, settings, expected)
    return RosterInForce(standing.version, standing.roster, standing.policy, disguise)


def _read_settings(connection: Connection[TupleRow], statement: str) -> tuple[TupleRow, Disguise]:
    row = connection.execute(statement.encode()).fetchone()
    if row is None:
        raise LookupError("the table settings has lost its one row")
    *settings, key = row
    return tuple(settings), Disguise(key, tuple(Mark(*mark) for mark in connection.execute(statements.MARKS)))


def _put_in_force(update: RosterUpdate, connection: Connection[TupleRow]) -> RosterUpdateResult:
    """The lock on settings keeps pages out until the shares follow the new roster."""
    old = read_in_force(connection, statements.LOCK_IN_FORCE)
    update.refuse_unless_expected(old.version)
    old.disguise.refuse_in(update.roster)
    if _is_same(old, update):
        return RosterUpdateResult(old.version, is_new_version=False)
    changes = difference(old.roster, update.roster)
    replace_teams(connection, update)
    replace_memberships(connection, update)
    version = old.version + 1
    record_version(connection, version, changes, update)
    affected = None
    if not changes_everyone(old.policy, update.policy):
        affected = changes.affected_authors(old.roster, update.roster)
    examined, changed = _reattribute(connection, Attributor(update.roster, update.policy), affected)
    return RosterUpdateResult(
        version=version,
        is_new_version=True,
        memberships_added=len(changes.added),
        memberships_removed=len(changes.removed),
        facts_examined=examined,
        shares_changed=changed,
    )


def record_version(
    connection: Connection[TupleRow], version: int, changes: RosterDifference, update: RosterUpdate
) -> None:
    """Add a version to the history and put it in force."""
    values: dict[str, object] = {
        "version": version,
        "at": update.changed_at,
        "changed_by": update.changed_by,
        "rule": update.policy.rule.value,
        "time_zone": update.policy.time_zone,
        "bot_patterns": list(update.policy.bot_patterns),
        "over_allocation": update.roster.over_allocation.value,
        "teams": teams_json(update.roster.teams),
    }
    row = connection.execute(statements.ADD_VERSION, values).fetchone()
    recorded = {"version": version, "recorded_at": row and row[0]}
    with connection.cursor() as cursor:
        cursor.executemany(statements.END_HISTORY, [membership_values(entry) | recorded for entry in changes.removed])
    connection.execute(statements.ADD_HISTORY, recorded | {"entries": entries_json(changes.added)})
    connection.execute(statements.SET_IN_FORCE, values)


def _reattribute(
    connection: Connection[TupleRow], attributor: Attributor, affected: AffectedAuthors | None
) -> tuple[int, int]:
    """Attribute again in batches, everybody for None; return how many facts were read and parts changed."""
    examined = changed = 0
    with connection.cursor(name="reattributed") as cursor:
        if affected is None:
            cursor.execute(_ALL_FACTS)
        else:
            authors = {"login_keys": sorted(affected.login_keys), "github_ids": sorted(affected.github_ids)}
            cursor.execute(_FACTS_OF_AUTHORS, authors)
        while rows := cursor.fetchmany(_FACTS_AT_A_TIME):
            attributions = [attributor.attribute(fact_of(row)) for row in rows]
            documents = {**touched_documents(attributions), **share_documents(attributions)}
            connection.execute(FLAG_BOTS, documents)
            changed += replace_shares(connection, documents)
            examined += len(rows)
    return examined, changed


def _version_of(row: TupleRow, entries: list[TupleRow]) -> RosterVersion:
    version, recorded_at, changed_by, rule, zone, patterns, over_allocation, teams = row
    held: list[Membership] = [
        membership_of(entry[2:])
        for entry in entries
        if entry[0] <= version and (entry[1] is None or version < entry[1])
    ]
    roster = Roster(tuple(Team(**team) for team in teams), tuple(held), OverAllocation(over_allocation))
    policy = AttributionPolicy(AttributionRule(rule), zone, tuple(patterns))
    return RosterVersion(version, recorded_at, changed_by, policy, roster)
