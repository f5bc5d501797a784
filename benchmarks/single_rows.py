"""What writing row by row looks like: the statements that anybody would write first."""

import json
from collections.abc import Iterable
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.domain.attribution import Attribution, Share
from github_tracker.domain.pull_request import PullRequest

_FACT: Final = """
INSERT INTO pull_requests (
    repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
    merged_at, closed_at, github_id, title, author_association, is_draft, base_branch, head_branch,
    merge_commit, labels, is_bot
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
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

_SHARE: Final = """
INSERT INTO pr_metrics (
    team_id, repository_id, repository, pr_number, author, title, created_at, merged_at, closed_at, state,
    weight, rule, is_bot
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT pr_metrics_key DO UPDATE SET
    author = EXCLUDED.author,
    title = EXCLUDED.title,
    merged_at = EXCLUDED.merged_at,
    closed_at = EXCLUDED.closed_at,
    state = EXCLUDED.state,
    weight = EXCLUDED.weight,
    rule = EXCLUDED.rule,
    is_bot = EXCLUDED.is_bot
"""

_REST: Final = """
INSERT INTO pr_unattributed (repository_id, number, reason, weight)
VALUES (%s, %s, %s, %s)
ON CONFLICT (repository_id, number, reason) DO UPDATE SET weight = EXCLUDED.weight
"""


class SingleRows:
    """Writes each fact, share and rest by a statement of its own; the driver prepares them by itself."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        self._teams: dict[str, int] = dict(connection.execute("SELECT name, id FROM teams").fetchall())
        self._names: dict[int, str] = dict(connection.execute("SELECT id, full_name FROM repositories").fetchall())

    def write(self, attributions: Iterable[Attribution]) -> None:
        """Write them in their order."""
        for attribution in attributions:
            fact = attribution.pull_request
            self._connection.execute(_FACT, _fact_row(fact, attribution.is_bot))
            for share in attribution.shares:
                self._connection.execute(_SHARE, self._share_row(attribution, share))
            for rest in attribution.rest:
                self._connection.execute(_REST, (*fact.key, rest.reason.value, rest.weight))

    def _share_row(self, attribution: Attribution, share: Share) -> tuple[object, ...]:
        fact = attribution.pull_request
        return (
            self._teams[share.team],
            fact.repository_id,
            self._names[fact.repository_id],
            fact.number,
            None if fact.author is None else fact.author.login,
            fact.title,
            fact.created_at,
            fact.merged_at,
            fact.closed_at,
            fact.state.value,
            share.weight,
            attribution.rule.value,
            attribution.is_bot,
        )


def _fact_row(fact: PullRequest, is_bot: bool) -> tuple[object, ...]:
    author = fact.author
    return (
        *fact.key,
        None if author is None else author.login,
        None if author is None else author.id,
        None if author is None else author.account_type,
        fact.state.value,
        fact.created_at,
        fact.updated_at,
        fact.observed_at,
        fact.merged_at,
        fact.closed_at,
        fact.github_id,
        fact.title,
        fact.author_association,
        fact.is_draft,
        fact.base_branch,
        fact.head_branch,
        fact.merge_commit,
        json.dumps(fact.labels),
        is_bot,
    )
