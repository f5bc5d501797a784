"""The statement that makes stored shares and rests equal to computed ones, writing only what differs.

The flattened columns come from the stored facts themselves, so a share can never disagree with its fact.

Stored rows are looked up one by one in an index: LATERAL with OFFSET or LIMIT, and = ANY, leave the planner no other
way. Left to itself it reads a small table as a whole, and a connection keeps that plan while the table grows.
Conditions without columns are looked at first: where nothing is stored, nothing is looked for to be changed or removed.
"""

from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.documents import Documents

FRESH_SHARES: Final = """
fresh AS MATERIALIZED (
    SELECT teams.id AS team_id, given.repository_id, given.number, given.weight, given.rule
    FROM json_to_recordset(%(shares)s::JSON) AS given (
        repository_id BIGINT, number BIGINT, team TEXT, weight NUMERIC, rule TEXT
    )
    -- A team that is not there leaves NULL, which the table refuses: better loud than lost.
    LEFT JOIN teams ON teams.name = given.team
)
"""

REPOSITORY_OF_FRESH: Final = """
CROSS JOIN LATERAL (
    SELECT full_name
    FROM repositories
    WHERE repositories.id = fresh.repository_id
    LIMIT 1
) AS repository
"""

FRESH_RESTS: Final = """
SELECT *
FROM json_to_recordset(%(rests)s::JSON) AS given (repository_id BIGINT, number BIGINT, reason TEXT, weight NUMERIC)
"""

SHARE_COLUMNS: Final = """
    team_id, repository_id, repository, pr_number, author, title, created_at, merged_at, closed_at, state,
    weight, rule, is_bot
"""

_REPLACE: Final = f"""
WITH touched AS MATERIALIZED (
    SELECT *
    FROM json_to_recordset(%(touched)s::JSON) AS given (repository_id BIGINT, number BIGINT)
),
{FRESH_SHARES},
stored AS MATERIALIZED (
    SELECT share.*
    FROM touched
    CROSS JOIN LATERAL (
        SELECT
            id, created_at, team_id, repository_id, pr_number, repository, author, title, merged_at, closed_at, state,
            weight, rule, is_bot
        FROM pr_metrics
        WHERE pr_metrics.repository_id = touched.repository_id
            AND pr_metrics.pr_number = touched.number
        OFFSET 0
    ) AS share
),
gone AS (
    DELETE FROM pr_metrics
    USING stored
    WHERE (SELECT count(*) > 0 FROM stored)
        AND pr_metrics.id = stored.id
        AND pr_metrics.created_at = stored.created_at
        AND NOT EXISTS (
            SELECT
            FROM fresh
            WHERE fresh.team_id = stored.team_id
                AND fresh.repository_id = stored.repository_id
                AND fresh.number = stored.pr_number
        )
    RETURNING 1
),
differing AS MATERIALIZED (
    SELECT
        fresh.team_id, fresh.repository_id, repository.full_name AS repository, fresh.number,
        fact.author_login AS author, fact.title, fact.created_at, fact.merged_at, fact.closed_at, fact.state,
        fresh.weight, fresh.rule, fact.is_bot,
        stored.id AS stored_id,
        ROW(stored.weight, stored.rule, stored.is_bot) IS DISTINCT FROM ROW(fresh.weight, fresh.rule, fact.is_bot)
            AS is_changed
    FROM fresh
    CROSS JOIN LATERAL (
        SELECT author_login, title, created_at, merged_at, closed_at, state, is_bot
        FROM pull_requests
        WHERE pull_requests.repository_id = fresh.repository_id
            AND pull_requests.number = fresh.number
        LIMIT 1
    ) AS fact
    {REPOSITORY_OF_FRESH}
    LEFT JOIN stored
        ON stored.team_id = fresh.team_id
        AND stored.repository_id = fresh.repository_id
        AND stored.pr_number = fresh.number
    WHERE ROW(
        stored.repository, stored.author, stored.title, stored.merged_at, stored.closed_at, stored.state,
        stored.weight, stored.rule, stored.is_bot
    ) IS DISTINCT FROM ROW(
        repository.full_name, fact.author_login, fact.title, fact.merged_at, fact.closed_at, fact.state,
        fresh.weight, fresh.rule, fact.is_bot
    )
),
written AS (
    UPDATE pr_metrics
    SET
        repository = differing.repository,
        author = differing.author,
        title = differing.title,
        merged_at = differing.merged_at,
        closed_at = differing.closed_at,
        state = differing.state,
        weight = differing.weight,
        rule = differing.rule,
        is_bot = differing.is_bot
    FROM differing
    WHERE (SELECT count(stored_id) > 0 FROM differing)
        AND differing.stored_id IS NOT NULL
        AND pr_metrics.id = ANY (ARRAY(SELECT stored_id FROM differing WHERE stored_id IS NOT NULL))
        AND pr_metrics.id = differing.stored_id
        AND pr_metrics.created_at = differing.created_at
),
-- No ON CONFLICT: a partitioned table has no unique key of team, repository and number alone for it to name. Whoever
-- calls holds the lock on the repository's state or on settings, so nobody else adds the same.
added AS (
    INSERT INTO pr_metrics ({SHARE_COLUMNS})
    SELECT
        team_id, repository_id, repository, number, author, title, created_at, merged_at, closed_at, state,
        weight, rule, is_bot
    FROM differing
    WHERE stored_id IS NULL
    ORDER BY team_id, repository, number
),
fresh_rests AS MATERIALIZED ({FRESH_RESTS}),
stored_rests AS MATERIALIZED (
    SELECT rest.*
    FROM touched
    CROSS JOIN LATERAL (
        SELECT repository_id, number, reason, weight
        FROM pr_unattributed
        WHERE pr_unattributed.repository_id = touched.repository_id
            AND pr_unattributed.number = touched.number
        OFFSET 0
    ) AS rest
),
gone_rests AS (
    DELETE FROM pr_unattributed
    USING stored_rests
    WHERE (SELECT count(*) > 0 FROM stored_rests)
        AND pr_unattributed.repository_id = stored_rests.repository_id
        AND pr_unattributed.number = stored_rests.number
        AND pr_unattributed.reason = stored_rests.reason
        AND NOT EXISTS (
            SELECT
            FROM fresh_rests
            WHERE fresh_rests.repository_id = stored_rests.repository_id
                AND fresh_rests.number = stored_rests.number
                AND fresh_rests.reason = stored_rests.reason
        )
    RETURNING 1
),
differing_rests AS MATERIALIZED (
    SELECT fresh_rests.repository_id, fresh_rests.number, fresh_rests.reason, fresh_rests.weight
    FROM fresh_rests
    LEFT JOIN stored_rests
        ON stored_rests.repository_id = fresh_rests.repository_id
        AND stored_rests.number = fresh_rests.number
        AND stored_rests.reason = fresh_rests.reason
    WHERE stored_rests.weight IS DISTINCT FROM fresh_rests.weight
),
written_rests AS (
    INSERT INTO pr_unattributed (repository_id, number, reason, weight)
    SELECT repository_id, number, reason, weight
    FROM differing_rests
    ORDER BY repository_id, number, reason
    ON CONFLICT (repository_id, number, reason) DO UPDATE SET weight = EXCLUDED.weight
)
SELECT
    (SELECT count(*) FROM gone) + (SELECT count(*) FROM differing WHERE is_changed)
        + (SELECT count(*) FROM gone_rests) + (SELECT count(*) FROM differing_rests)
"""


def replace_shares(connection: Connection[TupleRow], documents: Documents) -> int:
    """Make the shares and rests of the touched pull requests what the documents say; return how many changed."""
    row = connection.execute(_REPLACE.encode(), documents, prepare=True).fetchone()
    return 0 if row is None else int(row[0])
