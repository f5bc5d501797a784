"""Retention on a partitioned store: a partition that holds nothing but expired pull requests is dropped as a whole.

It ends as removing row by row does, with the same counts and the same marks: those that the triggers leave when one
statement deletes what the partition holds. Rests lie in no partition, and are removed as ever.
"""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.fact_removal import Removed
from github_tracker.adapters.postgres.partition_catalog import FACTS, SHARES, is_partitioned, periods_of
from github_tracker.adapters.postgres.partition_conversion import partition_name
from github_tracker.adapters.postgres.partition_periods import Period
from github_tracker.adapters.postgres.polite_locks import change_politely

_PATIENCE_SECONDS: Final = 30.0

# Against writers that are not ours: ours wait for the settings. Readers do not mind.
_KEEP_AS_IT_IS: Final = "LOCK TABLE {facts}, {shares} IN SHARE MODE"

# Only who owns a table may drop it. A role that may merely write removes row by row.
_IS_OWNED: Final = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'pull_requests'::REGCLASS"

_HOLDS_ANY_KEPT: Final = """
SELECT EXISTS (
    SELECT
    FROM {facts}
    WHERE (coalesce(merged_at, closed_at) < {floor}) IS NOT TRUE
)
"""

_COUNT: Final = "SELECT repository_id, count(*) FROM {part} GROUP BY repository_id"

_MARK_SHARES: Final = """
INSERT INTO touched_shares (team_id, first_merged_at, last_merged_at)
SELECT team_id, min(merged_at), max(merged_at)
FROM {shares}
WHERE merged_at IS NOT NULL
    AND NOT is_bot
GROUP BY team_id, date_trunc('week', merged_at AT TIME ZONE 'UTC')
"""

_MARK_RESTS: Final = """
INSERT INTO touched_rests (first_merged_at, last_merged_at)
SELECT min(merged_at), max(merged_at)
FROM {facts}
WHERE merged_at IS NOT NULL
    AND NOT is_bot
GROUP BY date_trunc('week', merged_at AT TIME ZONE 'UTC')
"""

_REMOVE_RESTS: Final = """
WITH gone AS (
    DELETE FROM pr_unattributed AS rest
    USING {facts} AS fact
    WHERE rest.repository_id = fact.repository_id
        AND rest.number = fact.number
    RETURNING rest.repository_id
)
SELECT repository_id, count(*)
FROM gone
GROUP BY repository_id
"""

# What refers to facts goes before them. PostgreSQL drops no table that is referred to, but one that is detached, and
# detaching looks whether anything still refers to a row of it.
_DROP: Final = (
    "DROP TABLE {shares}",
    "ALTER TABLE pull_requests DETACH PARTITION {facts}",
    "DROP TABLE {facts}",
)


def expired_periods(floor: datetime | None, connection: Connection[TupleRow]) -> tuple[Period, ...]:
    """Return the periods whose partitions hold nothing that is to be kept; those that last beyond the floor do not."""
    if floor is None or not is_partitioned(connection) or not _is_owned(connection):
        return ()
    return tuple(
        period
        for period in periods_of(connection)
        if period.ends_at <= floor and not _holds_any_kept(connection, period, floor)
    )


def drop_partitions(period: Period, floor: datetime | None, connection: Connection[TupleRow]) -> Removed:
    """Drop what a period holds, unless by now something of it is to be kept; its caller holds the lock on settings.

    Whoever reads waits at the end, for as long as PostgreSQL looks for a share that still refers to what is detached:
    some seconds in a store of millions.
    """
    if period not in periods_of(connection):
        return Removed()
    _execute(connection, _KEEP_AS_IT_IS, period)
    if period not in expired_periods(floor, connection):
        return Removed()
    removed = Removed(
        facts=_counted(connection, sql.SQL(_COUNT).format(part=_part(FACTS, period))),
        shares=_counted(connection, sql.SQL(_COUNT).format(part=_part(SHARES, period))),
        rests=_counted(connection, sql.SQL(_REMOVE_RESTS).format(facts=_part(FACTS, period))),
    )
    _execute(connection, _MARK_SHARES, period)
    _execute(connection, _MARK_RESTS, period)
    change_politely(connection, partial(_drop, period), _PATIENCE_SECONDS)
    return removed


def _drop(period: Period, connection: Connection[TupleRow]) -> None:
    for statement in _DROP:
        _execute(connection, statement, period)


def _is_owned(connection: Connection[TupleRow]) -> bool:
    return connection.execute(_IS_OWNED).fetchone() == (True,)


def _holds_any_kept(connection: Connection[TupleRow], period: Period, floor: datetime) -> bool:
    statement = sql.SQL(_HOLDS_ANY_KEPT).format(facts=_part(FACTS, period), floor=sql.Literal(floor))
    return connection.execute(statement).fetchone() == (True,)


def _counted(connection: Connection[TupleRow], statement: sql.Composed) -> Counter[int]:
    return Counter(dict(connection.execute(statement).fetchall()))


def _execute(connection: Connection[TupleRow], statement: LiteralString, period: Period) -> None:
    connection.execute(sql.SQL(statement).format(facts=_part(FACTS, period), shares=_part(SHARES, period)))


def _part(table: str, period: Period) -> sql.Identifier:
    return sql.Identifier(partition_name(table, period))
