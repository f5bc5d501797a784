"""What PostgreSQL's own tables say of two of ours: whether they are partitioned, and all that belongs to them.

Whatever a table has is read here and made again for its successor, so that what a later migration adds comes along.
Each statement of the second kind returns statements, as text, with the new table under a passing name.
"""

from collections.abc import Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.partition_periods import Period

FACTS: Final = "pull_requests"
SHARES: Final = "pr_metrics"
PARTITIONED: Final = (FACTS, SHARES)
"""What is referred to comes first."""

PASSING: Final = "_partitioned"
"""Ends the names of what has not taken its place yet."""

_IS_PARTITIONED: Final = "SELECT relkind = 'p' FROM pg_class WHERE oid = %(table)s::REGCLASS"

_BOUNDS: Final = """
SELECT bound[1]::TIMESTAMPTZ, bound[2]::TIMESTAMPTZ
FROM pg_inherits
INNER JOIN pg_class AS part ON part.oid = pg_inherits.inhrelid
CROSS JOIN LATERAL regexp_match(
    pg_get_expr(part.relpartbound, part.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)'
) AS bound
WHERE pg_inherits.inhparent = %(table)s::REGCLASS
    AND bound IS NOT NULL
ORDER BY 1
"""

OWNER: Final = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'pr_metrics'::REGCLASS"

OBSTACLES: Final = """
WITH ours AS (
    SELECT oid, reltype
    FROM pg_class
    WHERE oid = ANY (ARRAY['pull_requests', 'pr_metrics']::REGCLASS[])
)
SELECT DISTINCT pg_describe_object(found.classid, found.objid, 0)
FROM pg_depend AS found
INNER JOIN ours
    ON (found.refclassid = 'pg_class'::REGCLASS AND found.refobjid = ours.oid)
    OR (found.refclassid = 'pg_type'::REGCLASS AND found.refobjid = ours.reltype)
LEFT JOIN pg_rewrite AS rule ON found.classid = 'pg_rewrite'::REGCLASS AND rule.oid = found.objid
LEFT JOIN pg_class AS view ON view.oid = rule.ev_class
LEFT JOIN pg_constraint AS key ON found.classid = 'pg_constraint'::REGCLASS AND key.oid = found.objid
WHERE CASE
        WHEN found.classid IN ('pg_policy'::REGCLASS, 'pg_publication_rel'::REGCLASS) THEN TRUE
        WHEN rule.oid IS NOT NULL THEN rule.rulename <> '_RETURN' OR view.relkind <> 'v'
        WHEN key.oid IS NOT NULL
            THEN key.conname NOT IN ('pr_metrics_of_a_fact', 'pr_unattributed_of_a_fact')
                AND key.conrelid NOT IN (SELECT oid FROM ours)
        WHEN found.classid IN ('pg_attrdef'::REGCLASS, 'pg_trigger'::REGCLASS) THEN FALSE
        ELSE found.deptype = 'n'
    END
UNION
SELECT format('unique index %s, which is no constraint', indexrelid::REGCLASS)
FROM pg_index
INNER JOIN ours ON ours.oid = pg_index.indrelid
WHERE indisunique
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
ORDER BY 1
"""
"""What would not survive, in PostgreSQL's words: whoever made it has to take it away first."""

COLUMNS: Final = """
SELECT attname
FROM pg_attribute
WHERE attrelid = %(table)s::REGCLASS
    AND attnum > 0
    AND NOT attisdropped
    AND attgenerated = ''
ORDER BY attnum
"""
"""Those that are stored and not computed."""

STORAGE: Final = """
SELECT format('WITH (%%s)', array_to_string(reloptions, ', '))
FROM pg_class
WHERE oid = %(table)s::REGCLASS
    AND reloptions IS NOT NULL
"""

KEYS_AND_INDEXES: Final = """
SELECT CASE
    WHEN key.oid IS NULL THEN format(
        'CREATE INDEX %%I ON %%I %%s',
        own.relname || %(passing)s, %(table)s || %(passing)s,
        substring(pg_get_indexdef(own.oid) FROM position(' USING ' IN pg_get_indexdef(own.oid)))
    )
    ELSE format(
        'ALTER TABLE %%I ADD CONSTRAINT %%I %%s',
        %(table)s || %(passing)s, key.conname || %(passing)s,
        CASE
            WHEN pg_get_indexdef(own.oid) ~ '\\mcreated_at\\M' THEN pg_get_constraintdef(key.oid)
            ELSE regexp_replace(pg_get_constraintdef(key.oid), '\\)', ', created_at)')
        END
    )
END
FROM pg_index
INNER JOIN pg_class AS own ON own.oid = pg_index.indexrelid
LEFT JOIN pg_constraint AS key ON key.conindid = own.oid AND key.contype IN ('p', 'u')
WHERE pg_index.indrelid = %(table)s::REGCLASS
ORDER BY key.contype, own.relname
"""
"""A unique key of a partitioned table must hold the column that it is partitioned by."""

FOREIGN_KEYS: Final = """
SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %(table)s || %(passing)s, name, definition)
FROM (
    SELECT conname AS name,
        CASE
            WHEN confrelid = 'pull_requests'::REGCLASS
                THEN 'FOREIGN KEY (repository_id, pr_number, created_at) '
                    'REFERENCES pull_requests_partitioned (repository_id, number, created_at)'
            ELSE pg_get_constraintdef(oid)
        END AS definition
    FROM pg_constraint
    WHERE conrelid = %(table)s::REGCLASS
        AND contype = 'f'
    UNION ALL
    SELECT 'pr_metrics_repository_id_fkey',
        'FOREIGN KEY (repository_id, repository) REFERENCES repositories (id, full_name)'
    WHERE %(table)s::REGCLASS = 'pr_metrics'::REGCLASS
) AS keys
ORDER BY name
"""
"""With one more for shares, whose unique key names the repository, and whose fact is found by its id (decision 16)."""

IDENTITIES: Final = """
SELECT format(
    'SELECT setval(%%L, last_value, is_called) FROM %%s',
    pg_get_serial_sequence(%(table)s || %(passing)s, attname),
    pg_get_serial_sequence(%(table)s, attname)
)
FROM pg_attribute
WHERE attrelid = %(table)s::REGCLASS
    AND attidentity <> ''
"""

NAMES_OF_PARTS: Final = """
SELECT relname
FROM pg_class
WHERE strpos(relname, %(passing)s) > 0
    AND (
        oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::REGCLASS)
        OR oid IN (SELECT objid FROM pg_depend WHERE refobjid = %(table)s::REGCLASS AND deptype = 'i')
    )
ORDER BY relname
"""
"""Indexes and sequences that do not have their final names."""

COMMENT: Final = """
SELECT format('COMMENT ON TABLE %%I IS %%L', %(table)s || %(passing)s, obj_description(%(table)s::REGCLASS, 'pg_class'))
WHERE obj_description(%(table)s::REGCLASS, 'pg_class') IS NOT NULL
"""

GRANTS: Final = """
WITH part AS (
    SELECT oid, relname, relkind, relowner, relacl
    FROM pg_class
    WHERE oid = %(table)s::REGCLASS
        OR oid IN (SELECT objid FROM pg_depend WHERE refobjid = %(table)s::REGCLASS AND deptype IN ('a', 'i'))
),
given AS (
    SELECT part.relname, part.relkind, part.relowner, NULL AS attname, acl.*
    FROM part
    CROSS JOIN LATERAL aclexplode(part.relacl) AS acl
    UNION ALL
    SELECT part.relname, part.relkind, part.relowner, attname, acl.*
    FROM part
    INNER JOIN pg_attribute ON attrelid = part.oid
    CROSS JOIN LATERAL aclexplode(attacl) AS acl
)
SELECT format(
    'GRANT %%s %%s ON %%s %%I TO %%s %%s',
    privilege_type,
    '(' || quote_ident(attname) || ')',
    CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
    relname,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
    CASE WHEN is_grantable THEN 'WITH GRANT OPTION' END
)
FROM given
WHERE grantee <> relowner
ORDER BY 1
"""

STATISTICS: Final = """
SELECT pg_get_statisticsobjdef(oid)
FROM pg_statistic_ext
WHERE stxrelid = %(table)s::REGCLASS
ORDER BY stxname
"""

TRIGGERS: Final = """
SELECT pg_get_triggerdef(oid)
FROM pg_trigger
WHERE tgrelid = %(table)s::REGCLASS
    AND NOT tgisinternal
ORDER BY tgname
"""

VIEWS: Final = """
SELECT DISTINCT format(
    'CREATE OR REPLACE VIEW %%s %%s AS %%s',
    view.oid::REGCLASS, 'WITH (' || array_to_string(view.reloptions, ', ') || ')', pg_get_viewdef(view.oid)
)
FROM pg_depend AS found
INNER JOIN pg_rewrite AS rule ON found.classid = 'pg_rewrite'::REGCLASS AND rule.oid = found.objid
INNER JOIN pg_class AS view ON view.oid = rule.ev_class
WHERE found.refclassid = 'pg_class'::REGCLASS
    AND found.refobjid = %(table)s::REGCLASS
ORDER BY 1
"""
"""A view knows its tables by number: the same text, given again, finds the table that has the name by then."""


def is_partitioned(connection: Connection[TupleRow], table: str = FACTS) -> bool:
    """Whether the table is partitioned."""
    return connection.execute(_IS_PARTITIONED, {"table": table}).fetchone() == (True,)


def periods_of(connection: Connection[TupleRow], table: str = FACTS) -> tuple[Period, ...]:
    """Return the periods that have a partition, in order; the session must be in UTC."""
    return tuple(Period(*row) for row in connection.execute(_BOUNDS, {"table": table}))


def texts(connection: Connection[TupleRow], statement: str, table: str) -> Sequence[str]:
    """Return the first column of what a statement says of a table."""
    rows = connection.execute(statement.encode(), {"table": table, "passing": PASSING}).fetchall()
    return [row[0] for row in rows]
