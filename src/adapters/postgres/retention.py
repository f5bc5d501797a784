"""Keeping pull requests no longer than wanted, on PostgreSQL."""

from datetime import datetime
from functools import partial
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.fact_removal import Removed, remove_facts
from github_tracker.adapters.postgres.partition_periods import Period
from github_tracker.adapters.postgres.partition_removal import drop_partitions, expired_periods
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.retention import Losses, MonthLoss, RepositoryLoss, Retention

_FACTS_AT_A_TIME: Final = 2000
"""Pages wait while these are removed: some tenths of a second."""

_FLOOR: Final = "SELECT retention_floor FROM settings"

_LOCK_FLOOR: Final = f"{_FLOOR} FOR UPDATE"

_RAISE_FLOOR: Final = """
UPDATE settings
SET retention_floor = %(floor)s
WHERE retention_floor IS NULL
    OR retention_floor < %(floor)s
"""

_SET_FLOOR: Final = "UPDATE settings SET retention_floor = %(floor)s"

# The whole table once, as it lies: an index on the ending instants would be written with every page for the sake of
# what is done once in a while.
_EXPIRED: Final = """
SELECT repository_id, number
FROM pull_requests
WHERE coalesce(merged_at, closed_at) < (SELECT retention_floor FROM settings)
"""

_STILL_EXPIRED: Final = """
SELECT fact.repository_id, fact.number
FROM pull_requests AS fact
INNER JOIN unnest(%(repository_ids)b::BIGINT[], %(numbers)b::BIGINT[]) AS key (repository_id, number)
    ON key.repository_id = fact.repository_id
    AND key.number = fact.number
WHERE coalesce(fact.merged_at, fact.closed_at) < %(floor)s
"""

_LOST: Final = """
SELECT repositories.id, repositories.full_name, repositories.default_branch, lost.facts, lost.shares, lost.rests
FROM (
    SELECT
        part.repository_id,
        sum(part.facts)::BIGINT AS facts,
        sum(part.shares)::BIGINT AS shares,
        sum(part.rests)::BIGINT AS rests
    FROM (
        SELECT repository_id, count(*) AS facts, 0 AS shares, 0 AS rests
        FROM pull_requests
        WHERE coalesce(merged_at, closed_at) < %(floor)s
        GROUP BY repository_id
        UNION ALL
        SELECT repository_id, 0, count(*), 0
        FROM pr_metrics
        WHERE coalesce(merged_at, closed_at) < %(floor)s
        GROUP BY repository_id
        UNION ALL
        SELECT rest.repository_id, 0, 0, count(*)
        FROM pr_unattributed AS rest
        INNER JOIN pull_requests AS fact
            ON fact.repository_id = rest.repository_id
            AND fact.number = rest.number
        WHERE coalesce(fact.merged_at, fact.closed_at) < %(floor)s
        GROUP BY rest.repository_id
    ) AS part
    GROUP BY part.repository_id
) AS lost
INNER JOIN repositories ON repositories.id = lost.repository_id
ORDER BY repositories.id
"""

_MONTHS: Final = """
SELECT
    teams.name,
    date_trunc('month', share.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS month,
    count(*) FILTER (WHERE share.merged_at < %(floor)s) AS prs_lost,
    count(*) FILTER (WHERE share.merged_at >= %(floor)s) AS prs_kept
FROM pr_metrics AS share
INNER JOIN teams ON teams.id = share.team_id
CROSS JOIN settings
WHERE share.merged_at IS NOT NULL
    AND NOT share.is_bot
GROUP BY teams.name, month
HAVING count(*) FILTER (WHERE share.merged_at < %(floor)s) > 0
ORDER BY teams.name COLLATE "C", month
"""

_REPOSITORIES: Final = "SELECT id, full_name, default_branch FROM repositories ORDER BY id"


class PostgresRetention(Retention):
    """Keeps the floor in settings; its row's lock has pages, roster changes and pruning take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def floor(self) -> datetime | None:
        """Return the floor in force."""
        return self._database.read(partial(_floor, statement=_FLOOR))

    def rehearse(self, floor: datetime) -> Losses:
        """Count what lies below; reads the tables through once or twice."""
        values = {"floor": floor}
        repositories, months = self._database.read(
            lambda connection: (
                connection.execute(_LOST, values).fetchall(),
                connection.execute(_MONTHS, values).fetchall(),
            )
        )
        return Losses(
            tuple(RepositoryLoss(Repository(*row[0:3]), *row[3:6]) for row in repositories),
            tuple(MonthLoss(*row) for row in months),
        )

    def prune(self, floor: datetime) -> tuple[RepositoryLoss, ...]:
        """Raise the floor, then remove partition by partition and batch by batch, each in a transaction of its own.

        From the first transaction on, no page brings anything that is expired: one look afterwards finds all.
        """
        self._database.transact(lambda connection: connection.execute(_RAISE_FLOOR, {"floor": floor}))
        removed = Removed()
        for period in self._database.read(_expired_periods):
            removed += self._database.transact(partial(_drop_expired, period))
        with self._database.reading() as connection, connection.cursor(name="expired") as cursor:
            cursor.execute(_EXPIRED)
            while keys := cursor.fetchmany(_FACTS_AT_A_TIME):
                removed += self._database.transact(partial(_remove_expired, keys))
            repositories = [Repository(*row) for row in connection.execute(_REPOSITORIES)]
        return tuple(
            RepositoryLoss(known, removed.facts[known.id], removed.shares[known.id], removed.rests[known.id])
            for known in repositories
            if removed.facts[known.id]
        )

    def reset(self, floor: datetime | None) -> None:
        """Put the floor there."""
        self._database.transact(lambda connection: connection.execute(_SET_FLOOR, {"floor": floor}))


def _floor(connection: Connection[TupleRow], statement: str) -> datetime | None:
    row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def _expired_periods(connection: Connection[TupleRow]) -> tuple[Period, ...]:
    return expired_periods(_floor(connection, _FLOOR), connection)


def _drop_expired(period: Period, connection: Connection[TupleRow]) -> Removed:
    return drop_partitions(period, _floor(connection, _LOCK_FLOOR), connection)


def _remove_expired(keys: list[TupleRow], connection: Connection[TupleRow]) -> Removed:
    """Look again under the lock: what was reopened since stays, and so does all if the floor was taken back."""
    floor = _floor(connection, _LOCK_FLOOR)
    found = {"repository_ids": [key[0] for key in keys], "numbers": [key[1] for key in keys], "floor": floor}
    return remove_facts(connection, connection.execute(_STILL_EXPIRED, found).fetchall())
