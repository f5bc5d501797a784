"""The statements that find out what a page changes, and write just that.

All take one document (see documents.py), whatever the number of facts: measured, this writes several times as fast as
row by row. Comparing with the stored rows comes first: ON CONFLICT ... WHERE would lock each unchanged row.
"""

from typing import Final

INCOMING_FACTS: Final = """
    SELECT *
    FROM json_to_recordset(%(facts)s::JSON) AS incoming (
        repository_id BIGINT,
        number BIGINT,
        author_login TEXT,
        author_id BIGINT,
        author_type TEXT,
        state TEXT,
        created_at TIMESTAMPTZ,
        updated_at TIMESTAMPTZ,
        observed_at TIMESTAMPTZ,
        merged_at TIMESTAMPTZ,
        closed_at TIMESTAMPTZ,
        github_id BIGINT,
        title TEXT,
        author_association TEXT,
        is_draft BOOLEAN,
        base_branch TEXT,
        head_branch TEXT,
        merge_commit TEXT,
        labels JSONB,
        is_bot BOOLEAN
    )
"""

_CONTENT: Final = """
    {row}.author_login, {row}.author_id, {row}.author_type, {row}.state, {row}.updated_at, {row}.merged_at,
    {row}.closed_at, {row}.github_id, {row}.title, {row}.author_association, {row}.is_draft, {row}.base_branch,
    {row}.head_branch, {row}.merge_commit, {row}.labels
"""

FIND_CHANGED: Final = f"""
WITH incoming AS ({INCOMING_FACTS})
SELECT incoming.number, coalesce(stored.created_at <> incoming.created_at, FALSE) AS is_contradicted
FROM incoming
LEFT JOIN LATERAL (
    SELECT *
    FROM pull_requests
    WHERE pull_requests.repository_id = incoming.repository_id
        AND pull_requests.number = incoming.number
    LIMIT 1
) AS stored ON TRUE
WHERE stored.number IS NULL
    OR stored.created_at <> incoming.created_at
    OR (
        (incoming.updated_at, incoming.observed_at) >= (stored.updated_at, stored.observed_at)
        AND ROW({_CONTENT.format(row="incoming")}) IS DISTINCT FROM ROW({_CONTENT.format(row="stored")})
    )
ORDER BY incoming.number
"""
"""What supersedes a stored fact (R12): other content, and not older. Written as PullRequest.supersedes is.

Here and below, LATERAL with LIMIT and = ANY look each fact up in the index: the planner would read a small table as a
whole, and a connection keeps that plan while the table grows. A condition without columns is looked at before any row
is read, so that where nothing is known nothing is looked for to be updated.
"""

FACT_COLUMNS: Final = """
    repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
    merged_at, closed_at, github_id, title, author_association, is_draft, base_branch, head_branch,
    merge_commit, labels, is_bot
"""

WRITE_FACTS: Final = f"""
WITH incoming AS MATERIALIZED (
    SELECT given.*, stored.is_known IS NOT NULL AS is_known
    FROM ({INCOMING_FACTS}) AS given
    LEFT JOIN LATERAL (
        SELECT TRUE AS is_known
        FROM pull_requests
        WHERE pull_requests.repository_id = given.repository_id
            AND pull_requests.number = given.number
        LIMIT 1
    ) AS stored ON TRUE
),
updated AS (
    UPDATE pull_requests
    SET
        author_login = incoming.author_login,
        author_id = incoming.author_id,
        author_type = incoming.author_type,
        state = incoming.state,
        updated_at = incoming.updated_at,
        observed_at = incoming.observed_at,
        merged_at = incoming.merged_at,
        closed_at = incoming.closed_at,
        github_id = incoming.github_id,
        title = incoming.title,
        author_association = incoming.author_association,
        is_draft = incoming.is_draft,
        base_branch = incoming.base_branch,
        head_branch = incoming.head_branch,
        merge_commit = incoming.merge_commit,
        labels = incoming.labels,
        is_bot = incoming.is_bot
    FROM incoming
    WHERE (SELECT bool_or(is_known) FROM incoming)
        AND incoming.is_known
        AND pull_requests.repository_id = ANY (ARRAY(SELECT repository_id FROM incoming WHERE is_known))
        AND pull_requests.number = ANY (ARRAY(SELECT number FROM incoming WHERE is_known))
        AND pull_requests.repository_id = incoming.repository_id
        AND pull_requests.number = incoming.number
)
INSERT INTO pull_requests ({FACT_COLUMNS})
SELECT {FACT_COLUMNS}
FROM incoming
WHERE NOT is_known
ORDER BY repository_id, number
"""
"""No ON CONFLICT: a partitioned table has no unique key of repository and number alone for it to name.

Its caller holds the lock on the repository's state, so nobody else adds what is not found here.
"""

FLAG_BOTS: Final = """
UPDATE pull_requests
SET is_bot = touched.is_bot
FROM json_to_recordset(%(touched)s::JSON) AS touched (repository_id BIGINT, number BIGINT, is_bot BOOLEAN)
WHERE pull_requests.repository_id = touched.repository_id
    AND pull_requests.number = touched.number
    AND pull_requests.is_bot <> touched.is_bot
"""
