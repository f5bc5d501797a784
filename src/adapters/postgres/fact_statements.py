"""The statements that find out what a page changes, and write just that.

All take one array a column (see rows.fact_arrays), whatever the number of facts: measured, this writes several times
as fast as row by row. Comparing with the stored rows comes first: ON CONFLICT ... WHERE would lock each unchanged row.
"""

from typing import Final

_INCOMING: Final = """
    SELECT *
    FROM unnest(
        %(repository_id)b::BIGINT[],
        %(number)b::BIGINT[],
        %(author_login)b::TEXT[],
        %(author_id)b::BIGINT[],
        %(author_type)b::TEXT[],
        %(state)b::TEXT[],
        %(created_at)b::TIMESTAMPTZ[],
        %(updated_at)b::TIMESTAMPTZ[],
        %(observed_at)b::TIMESTAMPTZ[],
        %(merged_at)b::TIMESTAMPTZ[],
        %(closed_at)b::TIMESTAMPTZ[],
        %(github_id)b::BIGINT[],
        %(title)b::TEXT[],
        %(author_association)b::TEXT[],
        %(is_draft)b::BOOLEAN[],
        %(base_branch)b::TEXT[],
        %(head_branch)b::TEXT[],
        %(merge_commit)b::TEXT[],
        %(labels)b::JSONB[],
        %(is_bot)b::BOOLEAN[]
    ) AS incoming (
        repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
        merged_at, closed_at, github_id, title, author_association, is_draft, base_branch, head_branch,
        merge_commit, labels, is_bot
    )
"""

_CONTENT: Final = """
    {row}.author_login, {row}.author_id, {row}.author_type, {row}.state, {row}.updated_at, {row}.merged_at,
    {row}.closed_at, {row}.github_id, {row}.title, {row}.author_association, {row}.is_draft, {row}.base_branch,
    {row}.head_branch, {row}.merge_commit, {row}.labels
"""

FIND_CHANGED: Final = f"""
WITH incoming AS ({_INCOMING})
SELECT
    incoming.number,
    stored.created_at IS NOT NULL AND stored.created_at <> incoming.created_at AS is_contradicted,
    stored.number IS NOT NULL AS is_known
FROM incoming
LEFT JOIN pull_requests AS stored
    ON stored.repository_id = incoming.repository_id
    AND stored.number = incoming.number
WHERE stored.number IS NULL
    OR stored.created_at <> incoming.created_at
    OR (
        (incoming.updated_at, incoming.observed_at) >= (stored.updated_at, stored.observed_at)
        AND ROW({_CONTENT.format(row="incoming")}) IS DISTINCT FROM ROW({_CONTENT.format(row="stored")})
    )
ORDER BY incoming.number
"""
"""What supersedes a stored fact (R12): other content, and not older. Written as PullRequest.supersedes is."""

WRITE_FACTS: Final = f"""
MERGE INTO pull_requests AS stored
USING ({_INCOMING} ORDER BY repository_id, number) AS incoming
ON stored.repository_id = incoming.repository_id
    AND stored.number = incoming.number
WHEN MATCHED THEN UPDATE SET
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
WHEN NOT MATCHED THEN INSERT (
    repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
    merged_at, closed_at, github_id, title, author_association, is_draft, base_branch, head_branch,
    merge_commit, labels, is_bot
)
VALUES (
    incoming.repository_id, incoming.number, incoming.author_login, incoming.author_id, incoming.author_type,
    incoming.state, incoming.created_at, incoming.updated_at, incoming.observed_at, incoming.merged_at,
    incoming.closed_at, incoming.github_id, incoming.title, incoming.author_association, incoming.is_draft,
    incoming.base_branch, incoming.head_branch, incoming.merge_commit, incoming.labels, incoming.is_bot
)
"""
"""No ON CONFLICT: a partitioned table has no unique key of repository and number alone for it to name.

Its caller holds the lock on the repository's state, so nobody else adds what is not matched here.
"""

FLAG_BOTS: Final = """
UPDATE pull_requests
SET is_bot = touched.is_bot
FROM unnest(
    %(touched_repository_id)b::BIGINT[], %(touched_number)b::BIGINT[], %(touched_is_bot)b::BOOLEAN[]
) AS touched (repository_id, number, is_bot)
WHERE pull_requests.repository_id = touched.repository_id
    AND pull_requests.number = touched.number
    AND pull_requests.is_bot <> touched.is_bot
"""
