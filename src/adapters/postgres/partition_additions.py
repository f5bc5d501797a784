"""Adding a partition to a store that has some, and moving into it what lies with everything else."""

from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import partition_catalog as catalog
from github_tracker.adapters.postgres.partition_catalog import FACTS, SHARES, texts
from github_tracker.adapters.postgres.partition_conversion import create_partition, partition_name
from github_tracker.adapters.postgres.partition_periods import Period

# The partition of everything else must not hold what a new one is to hold. Statements that name a partition itself fire
# no trigger of the whole table: no figure changes here, and no key.
_KEEP: Final = """
CREATE TEMPORARY TABLE {kept} ON COMMIT DROP AS
SELECT {columns}
FROM {default}
WHERE created_at >= {begins_at}
    AND created_at < {ends_at}
"""

_TAKE_OUT: Final = """
DELETE FROM {default}
WHERE created_at >= {begins_at}
    AND created_at < {ends_at}
"""

_PUT_IN: Final = """
INSERT INTO {partition} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {columns}
FROM {kept}
"""


def add_partition(period: Period, connection: Connection[TupleRow]) -> None:
    """Make the partitions of a period and move its rows there; whoever reads waits, so its rows should be few."""
    for table in (SHARES, FACTS):
        _execute(connection, _KEEP, table, period)
        _execute(connection, _TAKE_OUT, table, period)
    for table in (FACTS, SHARES):
        create_partition(connection, table, period, model=partition_name(table, None))
        _execute(connection, _PUT_IN, table, period)
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _execute(connection: Connection[TupleRow], statement: str, table: str, period: Period) -> None:
    parts = {
        "kept": sql.Identifier(f"{table}_{period.suffix}_kept"),
        "default": sql.Identifier(partition_name(table, None)),
        "partition": sql.Identifier(partition_name(table, period)),
        "columns": sql.SQL(", ").join(map(sql.Identifier, texts(connection, catalog.COLUMNS, table))),
        "begins_at": sql.Literal(period.begins_at),
        "ends_at": sql.Literal(period.ends_at),
    }
    connection.execute(sql.SQL(statement).format(**parts))
