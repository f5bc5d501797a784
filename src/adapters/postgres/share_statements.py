"""The statements that make stored shares and rests equal to computed ones, writing only what differs.

The flattened columns come from the stored facts themselves, so a share can never disagree with its fact.
"""

from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.rows import Arrays

_REPLACE_SHARES: Final = """
WITH fresh AS (
    SELECT teams.id AS team_id, given.repository_id, given.number, given.weight, given.rule
    FROM unnest(
        %(share_repository_id)b::BIGINT[],
        %(share_number)b::BIGINT[],
        %(share_team)b::TEXT[],
        %(share_weight)b::NUMERIC[],
        %(share_rule)b::TEXT[]
    ) AS given (repository_id, number, team, weight, rule)
    -- A team that is not there leaves NULL, which the table refuses: better loud than lost.
    LEFT JOIN teams ON teams.name = given.team
),
gone AS (
    DELETE FROM pr_metrics
    USING unnest(%(touched_repository_id)b::BIGINT[], %(touched_number)b::BIGINT[]) AS touched (repository_id, number)
    WHERE pr_metrics.repository_id = touched.repository_id
        AND pr_metrics.pr_number = touched.number
        AND NOT EXISTS (
            SELECT
            FROM fresh
            WHERE fresh.team_id = pr_metrics.team_id
                AND fresh.repository_id = pr_metrics.repository_id
                AND fresh.number = pr_metrics.pr_number
        )
    RETURNING 1
),
differing AS (
    SELECT
        fresh.team_id, fresh.repository_id, repositories.full_name AS repository, fresh.number,
        fact.author_login AS author, fact.title, fact.created_at, fact.merged_at, fact.closed_at, fact.state,
        fresh.weight, fresh.rule, fact.is_bot,
        stored.team_id IS NOT NULL AS is_known,
        ROW(stored.weight, stored.rule, stored.is_bot) IS DISTINCT FROM ROW(fresh.weight, fresh.rule, fact.is_bot)
            AS is_changed
    FROM fresh
    INNER JOIN pull_requests AS fact
        ON fact.repository_id = fresh.repository_id
        AND fact.number = fresh.number
    INNER JOIN repositories ON repositories.id = fresh.repository_id
    LEFT JOIN pr_metrics AS stored
        ON stored.team_id = fresh.team_id
        AND stored.repository_id = fresh.repository_id
        AND stored.pr_number = fresh.number
    WHERE ROW(
        stored.repository, stored.author, stored.title, stored.merged_at, stored.closed_at, stored.state,
        stored.weight, stored.rule, stored.is_bot
    ) IS DISTINCT FROM ROW(
        repositories.full_name, fact.author_login, fact.title, fact.merged_at, fact.closed_at, fact.state,
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
    WHERE pr_metrics.team_id = differing.team_id
        AND pr_metrics.repository_id = differing.repository_id
        AND pr_metrics.pr_number = differing.number
        AND differing.is_known
),
-- No ON CONFLICT: a partitioned table has no unique key of team, repository and number alone for it to name. Whoever
-- calls holds the lock on the repository's state or on settings, so nobody else adds the same.
added AS (
    INSERT INTO pr_metrics (
        team_id, repository_id, repository, pr_number, author, title, created_at, merged_at, closed_at, state,
        weight, rule, is_bot
    )
    SELECT
        team_id, repository_id, repository, number, author, title, created_at, merged_at, closed_at, state,
        weight, rule, is_bot
    FROM differing
    WHERE NOT is_known
    ORDER BY team_id, repository, number
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM differing WHERE is_changed)
"""

_REPLACE_RESTS: Final = """
WITH fresh AS (
    SELECT *
    FROM unnest(
        %(rest_repository_id)b::BIGINT[],
        %(rest_number)b::BIGINT[],
        %(rest_reason)b::TEXT[],
        %(rest_weight)b::NUMERIC[]
    ) AS given (repository_id, number, reason, weight)
),
gone AS (
    DELETE FROM pr_unattributed
    USING unnest(%(touched_repository_id)b::BIGINT[], %(touched_number)b::BIGINT[]) AS touched (repository_id, number)
    WHERE pr_unattributed.repository_id = touched.repository_id
        AND pr_unattributed.number = touched.number
        AND NOT EXISTS (
            SELECT
            FROM fresh
            WHERE fresh.repository_id = pr_unattributed.repository_id
                AND fresh.number = pr_unattributed.number
                AND fresh.reason = pr_unattributed.reason
        )
    RETURNING 1
),
differing AS (
    SELECT fresh.repository_id, fresh.number, fresh.reason, fresh.weight
    FROM fresh
    LEFT JOIN pr_unattributed AS stored
        ON stored.repository_id = fresh.repository_id
        AND stored.number = fresh.number
        AND stored.reason = fresh.reason
    WHERE stored.weight IS DISTINCT FROM fresh.weight
),
written AS (
    INSERT INTO pr_unattributed (repository_id, number, reason, weight)
    SELECT repository_id, number, reason, weight
    FROM differing
    ORDER BY repository_id, number, reason
    ON CONFLICT (repository_id, number, reason) DO UPDATE SET weight = EXCLUDED.weight
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM differing)
"""


def replace_shares(connection: Connection[TupleRow], arrays: Arrays) -> int:
    """Make the shares and rests of the touched pull requests what the arrays say; return how many changed."""
    changed = 0
    for statement in (_REPLACE_SHARES, _REPLACE_RESTS):
        row = connection.execute(statement, arrays).fetchone()
        changed += row[0] if row is not None else 0
    return changed
