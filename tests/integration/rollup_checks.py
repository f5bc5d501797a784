"""What tests of rolled-up figures write by hand, and how they compare views with their definitions."""

from typing import Final

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from tests import strategies

VIEWS = ("team_velocity", "dora_lead_time", "unattributed_velocity", "unattributed_lead_time")

_DIFFERENCE = """
WITH published AS (SELECT {columns} FROM {published}), computed AS (SELECT {columns} FROM {computed})
(SELECT 'only published', published.* FROM published EXCEPT ALL SELECT 'only published', computed.* FROM computed)
UNION ALL
(SELECT 'only computed', computed.* FROM computed EXCEPT ALL SELECT 'only computed', published.* FROM published)
"""

_COLUMNS = """
SELECT attname, format_type(atttypid, NULL) IN ('numeric', 'double precision')
FROM pg_attribute
WHERE attrelid = %s::REGCLASS
ORDER BY attnum
"""

ZONES = (*strategies.ZONES, "America/Havana", "America/St_Johns", "Pacific/Apia")

_ADD_FACT = """
INSERT INTO pull_requests (
    repository_id, number, author_login, is_bot, state, is_draft, labels, created_at, updated_at, merged_at, observed_at
)
VALUES (
    1, {number}, 'alice', FALSE, 'merged', FALSE, '[]', '2008-01-01Z', '{merged_at}', '{merged_at}', '{merged_at}'
);
"""

_ADD_SHARE = """
INSERT INTO pr_metrics (
    team_id, repository_id, repository, pr_number, author, created_at, merged_at, state, weight, rule, is_bot
)
SELECT {team_id}, 1, 'Acme/Widgets', number, 'alice', created_at, merged_at, state, 0.5, 'created', FALSE
FROM pull_requests
WHERE number = {number};
"""

_ADD_REST = "INSERT INTO pr_unattributed VALUES (1, {number}, 'part_time', 0.5);"


def differences(connection: Connection[TupleRow]) -> list[TupleRow]:
    """Return what the published views say otherwise than the computed ones, to nine digits, in one snapshot."""
    found: list[TupleRow] = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for name in VIEWS:
            columns = connection.execute(_COLUMNS, [f"view_{name}"]).fetchall()
            asked = [
                sql.SQL("round({}::NUMERIC, 9)" if is_fraction else "{}").format(sql.Identifier(column))
                for column, is_fraction in columns
            ]
            statement = sql.SQL(_DIFFERENCE).format(
                columns=sql.SQL(", ").join(
                    sql.SQL("{} AS {}").format(one, sql.Identifier(column))
                    for one, (column, _) in zip(asked, columns, strict=True)
                ),
                published=sql.Identifier(f"view_{name}"),
                computed=sql.Identifier(f"computed_{name}"),
            )
            found += connection.execute(statement).fetchall()
    return found


def marks(connection: Connection[TupleRow]) -> int:
    """Return how many marks there are."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM touched_shares) + (SELECT count(*) FROM touched_rests)"
    ).fetchone()
    assert row is not None
    return int(row[0])


def read(connection: Connection[TupleRow], view: str) -> list[TupleRow]:
    """Return all of a published view."""
    return connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(f"view_{view}"))).fetchall()


def add(connection: Connection[TupleRow], number: int, merged_at: str, team_id: int = 1) -> None:
    """Store a merged pull request of which a team earns one half and nobody the other one."""
    statements = _ADD_FACT + _ADD_SHARE + _ADD_REST
    connection.execute(statements.format(number=number, merged_at=merged_at, team_id=team_id).encode())


HAND_MADE = (
    "UPDATE pr_metrics SET weight = weight / 2 WHERE pr_number = {number}",
    "UPDATE pr_metrics SET team_id = 3 - team_id WHERE pr_number = {number} AND team_id < 3",
    "UPDATE pr_metrics SET is_bot = NOT is_bot WHERE pr_number = {number}",
    "UPDATE pr_metrics SET merged_at = '{merged_at}' WHERE pr_number = {number}",
    "UPDATE pr_metrics SET created_at = '2030-01-01Z' WHERE pr_number = {number}",
    "UPDATE pr_metrics SET merged_at = NULL, state = 'open'",
    "UPDATE pull_requests SET is_bot = NOT is_bot WHERE number = {number}",
    "UPDATE pull_requests SET merged_at = '{merged_at}', state = 'merged' WHERE number = {number}",
    "UPDATE pull_requests SET merged_at = NULL, state = 'closed' WHERE number = {number}",
    "UPDATE pull_requests SET created_at = merged_at - INTERVAL '90 seconds' WHERE number < {number}",
    "UPDATE pr_unattributed SET weight = weight / 2 WHERE number = {number}",
    "UPDATE pr_unattributed SET reason = 'ghost' WHERE number = {number} AND reason = 'part_time'",
    "UPDATE pr_unattributed SET number = (SELECT max(number) FROM pull_requests), reason = 'zero_weight'"
    " WHERE number = {number}",
    "DELETE FROM pr_metrics WHERE pr_number = {number}",
    "DELETE FROM pr_unattributed WHERE number = {number}",
    "WITH shares AS (DELETE FROM pr_metrics WHERE pr_number = {number}), "
    "rests AS (DELETE FROM pr_unattributed WHERE number = {number}) "
    "DELETE FROM pull_requests WHERE number = {number}",
    "TRUNCATE pr_metrics",
    "TRUNCATE pr_unattributed",
    "TRUNCATE pull_requests CASCADE",
    "INSERT INTO pr_metrics (team_id, repository_id, repository, pr_number, author, created_at, merged_at, state,"
    " weight, rule, is_bot) SELECT 1 + number % 2, repository_id, 'Acme/Widgets', number, 'alice', created_at,"
    " merged_at, state, 0.3, 'created', is_bot FROM pull_requests"
    " ON CONFLICT (team_id, repository, pr_number) DO UPDATE SET weight = 0.9, merged_at = EXCLUDED.merged_at",
    "DELETE FROM settings; INSERT INTO settings (report_time_zone) VALUES ('Asia/Tokyo')",
)
"""Of pull request {number}, to the instant {merged_at}: whatever changes figures."""

ACCEPTED_AT_ANY_TIME: Final = HAND_MADE[:-5]
"""Those that leave something to be changed."""
