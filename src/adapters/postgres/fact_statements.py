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
INSERT INTO pull_requests (
    repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
    merged_at, closed_at, github_id, title, author_association, is_draft, base_branch, head_branch,
    merge_commit, labels, is_bot
)
{_INCOMING}
ORDER BY repository_id, number
ON CONFLICT (repository_id, number) DO UPDATE SET
    author_login = EXCLUDED.author_login,
    author_id = EXCLUDED.author_id,
    author_type = EXCLUDED.author_type,
    state = EXCLUDED.state,
    updated_at = EXCLUDED.updated_at,
    observed_at = EXCLUDED.observed_at,
    merged_at = EXCLUDED.merged_at,
    closed_at = EXCLUDED.closed_at,
    github_id = EXCLUDED.github_id,
    title = EXCLUDED.title,
    author_association = EXCLUDED.author_association,
    is_draft = EXCLUDED.is_draft,
    base_branch = EXCLUDED.base_branch,
    head_branch = EXCLUDED.head_branch,
    merge_commit = EXCLUDED.merge_commit,
    labels = EXCLUDED.labels,
    is_bot = EXCLUDED.is_bot
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
