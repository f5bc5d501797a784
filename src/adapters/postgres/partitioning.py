"""Partitioning the store by when pull requests were created: an operator's choice, and never undone by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final

import psycopg
from attrs import frozen
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import partition_catalog as catalog
from github_tracker.adapters.postgres.address import Address
from github_tracker.adapters.postgres.connections import admitted, connection_parameters
from github_tracker.adapters.postgres.faults import translated_errors
from github_tracker.adapters.postgres.migrations import migration_status
from github_tracker.adapters.postgres.partition_additions import add_partition
from github_tracker.adapters.postgres.partition_catalog import FACTS, PARTITIONED, SHARES, is_partitioned, periods_of
from github_tracker.adapters.postgres.partition_conversion import (
    Copying,
    build_successors,
    partition_name,
    put_in_place,
)
from github_tracker.adapters.postgres.partition_periods import PartitionWidth, Period, due_periods
from github_tracker.adapters.postgres.polite_locks import change_politely
from github_tracker.adapters.postgres.rollup_statements import TAKE_TURNS
from github_tracker.domain.errors import InvalidValueError
from github_tracker.ports.errors import SchemaError, StorageError
from github_tracker.ports.secret_store import Secret, SecretSource

_PATIENCE_SECONDS: Final = 600.0
"""For those who read in long transactions, such as a backup."""

# Pages, roster changes and pruning wait at the row, refreshes and registrations at their tables, in the order in which
# they take them. Nobody who only reads waits for any of these.
_KEEP_REFRESHES_AWAY: Final = f"SET LOCAL lock_timeout = '10min'; {TAKE_TURNS}"

_KEEP_WRITERS_AWAY: Final = (
    "SET LOCAL lock_timeout = '1min'",
    "SELECT FROM settings FOR UPDATE",
    "LOCK TABLE repositories, teams, pull_requests, pr_metrics, pr_unattributed IN SHARE ROW EXCLUSIVE MODE",
)

_BEGINNINGS: Final = """
SELECT (date_trunc('month', created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') AS month, count(*)
FROM {table}
WHERE isfinite(created_at)
    AND created_at BETWEEN '2008-01-01Z' AND %(now)s
GROUP BY 1
ORDER BY 1
"""


@frozen
class PartitioningPlan:
    """What partitioning would do, or did."""

    width: PartitionWidth
    is_conversion: bool
    """Whether the tables are plain ones till then."""
    facts: int
    """Rows to be moved: all, or those that lie with everything else and get a partition of their own."""
    shares: int
    partitions: tuple[str, ...]
    """Those to be made, in order."""
    obstacles: tuple[str, ...] = ()
    """What somebody made that uses the tables, and has to go before."""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return not self.partitions


def plan_partitioning(url: Secret | SecretSource, width: PartitionWidth | None, now: datetime) -> PartitioningPlan:
    """Return what `partition_store` would do; writes nothing, and reads the tables through once."""
    _refuse_pending(url)
    with _connected(url) as connection, connection.transaction():
        return _plan(connection, width, now)[0]


def partition_store(url: Secret | SecretSource, width: PartitionWidth | None, now: datetime) -> PartitioningPlan:
    """Partition the store, or add the partitions that are due, in one transaction; return what was done.

    None stands for the width that the store has, or a year. Meanwhile whoever writes waits; whoever reads waits only
    for the change at the end. Raises StorageError, and has then changed nothing.
    """
    _refuse_pending(url)
    with _connected(url) as connection, _connected(url, autocommit=True) as reading, connection.transaction():
        _act_as_owner(connection)
        _execute(connection, _KEEP_REFRESHES_AWAY, *_KEEP_WRITERS_AWAY)
        plan, periods = _plan(connection, width, now)
        if plan.obstacles:
            raise StorageError(f"these use the tables as they are, and have to go before: {', '.join(plan.obstacles)}")
        if plan.is_conversion:
            build_successors(Copying(connection, reading), periods)
            change_politely(connection, put_in_place, _PATIENCE_SECONDS)
        for period in () if plan.is_conversion else periods:
            change_politely(connection, partial(add_partition, period), _PATIENCE_SECONDS)
        return plan


def _plan(
    connection: Connection[TupleRow], width: PartitionWidth | None, now: datetime
) -> tuple[PartitioningPlan, tuple[Period, ...]]:
    is_conversion = not is_partitioned(connection)
    present = () if is_conversion else periods_of(connection)
    width = _agreed_width(width, present)
    sources = {table: table if is_conversion else partition_name(table, None) for table in PARTITIONED}
    months = {table: _months(connection, source, now) for table, source in sources.items()}
    created = [month for counts in months.values() for month in counts]
    periods = tuple(period for period in due_periods(created, now, width) if not period.overlaps_any(present))
    plan = PartitioningPlan(
        width=width,
        is_conversion=is_conversion,
        facts=_count(connection, FACTS) if is_conversion else _rows_within(periods, months[FACTS]),
        shares=_count(connection, SHARES) if is_conversion else _rows_within(periods, months[SHARES]),
        partitions=tuple(partition_name(table, period) for period in periods for table in PARTITIONED),
        obstacles=_obstacles(connection) if is_conversion else (),
    )
    return plan, periods


def _agreed_width(asked: PartitionWidth | None, present: tuple[Period, ...]) -> PartitionWidth:
    if not present:
        return asked or PartitionWidth.YEAR
    width = present[-1].width
    if asked not in {None, width}:
        raise InvalidValueError("width of partitions", str(asked), f"{width}, which the store has already")
    return width


def _months(connection: Connection[TupleRow], table: str, now: datetime) -> dict[datetime, int]:
    statement = sql.SQL(_BEGINNINGS).format(table=sql.Identifier(table))
    return dict(connection.execute(statement, {"now": now}).fetchall())


def _rows_within(periods: tuple[Period, ...], months: dict[datetime, int]) -> int:
    return sum(count for month, count in months.items() if any(month in period for period in periods))


def _count(connection: Connection[TupleRow], table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return 0 if row is None else int(row[0])


def _obstacles(connection: Connection[TupleRow]) -> tuple[str, ...]:
    return tuple(row[0] for row in connection.execute(catalog.OBSTACLES))


def _act_as_owner(connection: Connection[TupleRow]) -> None:
    """Whatever a superuser makes would be his, and the views' owner might not read it."""
    row = connection.execute(catalog.OWNER).fetchone()
    if row is not None:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(row[0])))


def _execute(connection: Connection[TupleRow], *statements: str) -> None:
    for statement in statements:
        connection.execute(statement.encode())


def _refuse_pending(url: Secret | SecretSource) -> None:
    if migration_status(url).pending:
        raise SchemaError("the database is not up to this version; run `github-tracker db migrate` first")


@contextmanager
def _connected(url: Secret | SecretSource, *, autocommit: bool = False) -> Iterator[Connection[TupleRow]]:
    def connect(address: Secret) -> Connection[TupleRow]:
        return psycopg.connect(
            address.reveal(), autocommit=autocommit, **connection_parameters(address, statement_seconds=0)
        )

    with translated_errors(), admitted(Address(url), connect) as connection:
        yield connection
