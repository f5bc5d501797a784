"""Everything that a database holds and says of itself, to be compared before and after it is partitioned."""

import re
from collections.abc import Mapping
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from github_tracker.ports.secret_store import Secret

_RELATIONS: Final = """
SELECT relname
FROM pg_class
WHERE relnamespace = 'public'::REGNAMESPACE
    AND relkind IN ('r', 'p', 'v', 'm')
    AND NOT relispartition
ORDER BY relname
"""

_CATALOG: Final = {
    "views": "SELECT oid, relname, reloptions, relacl, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm')"
    " AND relnamespace = 'public'::REGNAMESPACE ORDER BY relname",
    "columns": "SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,"
    " attstorage, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid"
    " AND adnum = attnum WHERE relnamespace = 'public'::REGNAMESPACE AND relkind IN ('r', 'p', 'v')"
    " AND NOT relispartition AND attnum > 0 ORDER BY relname, attnum",
    "comments": "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class"
    " WHERE relnamespace = 'public'::REGNAMESPACE AND NOT relispartition AND relkind IN ('r', 'p', 'v')"
    " ORDER BY relname",
    "grants": "SELECT relname, relowner, relacl FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE"
    " AND NOT relispartition AND relkind IN ('r', 'p', 'v', 'S') ORDER BY relname",
    "indexes": "SELECT pg_get_indexdef(pg_class.oid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " WHERE relnamespace = 'public'::REGNAMESPACE AND NOT relispartition ORDER BY relname",
    "constraints": "SELECT conrelid::REGCLASS, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::REGNAMESPACE AND conparentid = 0"
    " AND conrelid NOT IN (SELECT inhrelid FROM pg_inherits) ORDER BY 1, 2",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "functions": "SELECT proname, prosrc, proacl FROM pg_proc WHERE pronamespace = 'public'::REGNAMESPACE"
    " ORDER BY proname",
    "statistics": "SELECT stxname, stxrelid::REGCLASS, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "sequences": "SELECT sequencename, last_value, start_value, increment_by, cycle FROM pg_sequences"
    " ORDER BY sequencename",
}

EXPECTED_CHANGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "indexes": (
        (r" ON ONLY ", " ON "),
        (r"(pull_requests_pkey .*)\(repository_id, number, created_at\)", r"\1(repository_id, number)"),
        (r"(pr_metrics_pkey .*)\(id, created_at\)", r"\1(id)"),
        (r"(pr_metrics_key .*)\(team_id, repository, pr_number, created_at\)", r"\1(team_id, repository, pr_number)"),
    ),
}
"""What a partitioned table's own definitions say otherwise, as patterns of the new and the text of the old."""


def contents(url: Secret) -> dict[str, list[TupleRow]]:
    """Return all rows of all tables and views, in some order of their own."""
    with psycopg.connect(url.reveal()) as connection:
        names = [row[0] for row in connection.execute(_RELATIONS)]
        return {name: _rows(connection, name) for name in names if not name.startswith("_yoyo")}


def catalog(url: Secret) -> dict[str, list[TupleRow]]:
    """Return what the database says of its tables, views, indexes, keys, triggers, functions and grants."""
    with psycopg.connect(url.reveal()) as connection:
        return {name: connection.execute(text.encode()).fetchall() for name, text in _CATALOG.items()}


def as_before(kind: str, rows: list[TupleRow]) -> list[TupleRow]:
    """Return what was found of a partitioned store in the words of a plain one."""
    changed = []
    for row in rows:
        words = list(row)
        for pattern, former in EXPECTED_CHANGES.get(kind, ()):
            words = [re.sub(pattern, former, word) if isinstance(word, str) else word for word in words]
        changed.append(tuple(words))
    return changed


def partitions(url: Secret, table: str = "pull_requests") -> list[str]:
    """Return the names of a table's partitions."""
    found = "SELECT inhrelid::REGCLASS::TEXT FROM pg_inherits WHERE inhparent = %s::REGCLASS ORDER BY 1"
    with psycopg.connect(url.reveal()) as connection:
        return [row[0] for row in connection.execute(found, [table])]


def rows_in(url: Secret, name: str) -> int:
    """Return how many rows a table holds."""
    with psycopg.connect(url.reveal()) as connection:
        return len(_rows(connection, name))


def _rows(connection: Connection[TupleRow], name: str) -> list[TupleRow]:
    columns = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(name))).description or ()
    order = sql.SQL(", ").join(sql.SQL("{}::TEXT").format(sql.Identifier(column.name)) for column in columns)
    return connection.execute(sql.SQL("SELECT * FROM {} ORDER BY {}").format(sql.Identifier(name), order)).fetchall()
