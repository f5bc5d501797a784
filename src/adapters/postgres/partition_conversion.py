"""Putting a partitioned table in the place of a plain one, in one transaction, while others read.

The new tables are filled and indexed beside the old ones; whoever writes waits, whoever reads does not. Only then do
they change places, within fractions of a second.

A transaction that took its snapshot before, and comes to the table only after, finds the new one: rows that were
inserted would be none to it, and it would read a store without pull requests. Rows that COPY froze are there for
everyone, which is why they pass through here and are not moved by INSERT ... SELECT.
"""

from collections.abc import Sequence
from typing import Final, LiteralString

from attrs import frozen
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import partition_catalog as catalog
from github_tracker.adapters.postgres.partition_catalog import PARTITIONED, PASSING, texts
from github_tracker.adapters.postgres.partition_periods import Period

_FORMER: Final = "_unpartitioned"

_CREATE_PARENT: Final = """
CREATE TABLE {new} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)
PARTITION BY RANGE (created_at)
"""

_READ: Final = "COPY (SELECT {columns} FROM {table} WHERE {condition}) TO STDOUT (FORMAT binary)"

_WRITE: Final = "COPY {partition} ({columns}) FROM STDIN (FORMAT binary, FREEZE)"

# What keys of plain tables say, and those of partitioned ones cannot; see the migration that brings the functions.
_UNTIE_RESTS: Final = "ALTER TABLE pr_unattributed DROP CONSTRAINT pr_unattributed_of_a_fact"

_GUARDS: Final = (
    """
    CREATE TRIGGER refuse_doubled AFTER INSERT ON pull_requests
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_doubled_facts()
    """,
    """
    CREATE TRIGGER refuse_moved AFTER UPDATE ON pull_requests
    REFERENCING OLD TABLE AS former NEW TABLE AS present FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved_facts()
    """,
    """
    CREATE TRIGGER refuse_with_rests AFTER DELETE ON pull_requests
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_facts_with_rests()
    """,
    """
    CREATE TRIGGER refuse_truncated AFTER TRUNCATE ON pull_requests
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncated_facts()
    """,
    """
    CREATE TRIGGER refuse_without_fact AFTER INSERT ON pr_unattributed
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_rests_without_fact()
    """,
    """
    CREATE TRIGGER refuse_updated_without_fact AFTER UPDATE ON pr_unattributed
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_rests_without_fact()
    """,
)


@frozen
class Copying:
    """Two connections to one database: the transaction that writes, and one that reads what is to be written."""

    writing: Connection[TupleRow]
    reading: Connection[TupleRow]
    """In no transaction, so that every statement sees what is there by then."""


def build_successors(copying: Copying, periods: Sequence[Period]) -> None:
    """Make, fill and index the partitioned tables beside the plain ones; its caller keeps writers away."""
    connection = copying.writing
    for table in PARTITIONED:
        _execute(connection, _CREATE_PARENT, table=table, new=table + PASSING)
        _fill(copying, table, periods)
        _run(connection, texts(connection, catalog.KEYS_AND_INDEXES, table))
        # For the check of foreign keys, and for whoever asks first: nothing else looks at a partitioned table's rows.
        _execute(connection, "ANALYZE {new}", new=table + PASSING)
        for statement in (catalog.FOREIGN_KEYS, catalog.IDENTITIES, catalog.COMMENT):
            _run(connection, texts(connection, statement, table))


def put_in_place(connection: Connection[TupleRow]) -> None:
    """Put the partitioned tables in the place of the plain ones, which go: that they can shows that nothing uses them.

    Whoever reads waits from here to the transaction's end.
    """
    views = {text for table in PARTITIONED for text in texts(connection, catalog.VIEWS, table)}
    attached = [
        text
        for table in PARTITIONED
        for statement in (catalog.STATISTICS, catalog.TRIGGERS, catalog.GRANTS)
        for text in texts(connection, statement, table)
    ]
    for table in PARTITIONED:
        _execute(connection, "ALTER TABLE {table} RENAME TO {former}", table=table, former=table + _FORMER)
        _execute(connection, "ALTER TABLE {new} RENAME TO {table}", new=table + PASSING, table=table)
    # What views and foreign keys refer to has no name any more that they would find; both get the tables of now.
    _run(connection, [*sorted(views), _UNTIE_RESTS])
    for table in reversed(PARTITIONED):
        _execute(connection, "DROP TABLE {former}", former=table + _FORMER)
    for table in PARTITIONED:
        _take_over_names(connection, table)
    _run(connection, [*attached, *_GUARDS])


def create_partition(connection: Connection[TupleRow], table: str, period: Period | None, model: str) -> str:
    """Make the partition of a period, or of all that lies in none, stored like the model; return its name."""
    name = partition_name(table.removesuffix(PASSING), period)
    bounds: sql.Composable = sql.SQL("DEFAULT")
    if period is not None:
        limits = [sql.Literal(instant.isoformat()) for instant in (period.begins_at, period.ends_at)]
        bounds = sql.SQL("FOR VALUES FROM ({}) TO ({})").format(*limits)
    storage = sql.SQL(" ").join(map(sql.SQL, texts(connection, catalog.STORAGE, model)))
    statement = sql.SQL("CREATE TABLE {} PARTITION OF {} {} {}")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(table), bounds, storage))
    return name


def partition_name(table: str, period: Period | None) -> str:
    """Return the name of a table's partition; None stands for what lies in no period."""
    return f"{table}_{'default' if period is None else period.suffix}"


def _take_over_names(connection: Connection[TupleRow], table: str) -> None:
    for name in texts(connection, catalog.NAMES_OF_PARTS, table):
        _execute(connection, "ALTER TABLE {name} RENAME TO {final}", name=name, final=name.replace(PASSING, "", 1))


def _fill(copying: Copying, table: str, periods: Sequence[Period]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, texts(copying.writing, catalog.COLUMNS, table)))
    for period in (*periods, None):
        name = create_partition(copying.writing, table + PASSING, period, model=table)
        names = {"table": sql.Identifier(table), "partition": sql.Identifier(name), "columns": columns}
        condition = _within(period) if period is not None else _outside(periods)
        with (
            copying.reading.cursor().copy(sql.SQL(_READ).format(condition=condition, **names)) as source,
            copying.writing.cursor().copy(sql.SQL(_WRITE).format(**names)) as target,
        ):
            for row in source:
                target.write(row)


def _within(period: Period) -> sql.Composed:
    limits = sql.Literal(period.begins_at.isoformat()), sql.Literal(period.ends_at.isoformat())
    return sql.SQL("created_at >= {}::TIMESTAMPTZ AND created_at < {}::TIMESTAMPTZ").format(*limits)


def _outside(periods: Sequence[Period]) -> sql.Composed:
    return sql.SQL(" AND ").join(sql.SQL("NOT ({})").format(_within(period)) for period in periods)


def _run(connection: Connection[TupleRow], statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(statement.encode())


def _execute(connection: Connection[TupleRow], statement: LiteralString, **names: str) -> None:
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    connection.execute(sql.SQL(statement).format(**identifiers))
