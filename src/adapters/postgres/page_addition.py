"""The statement that stores a page of which nothing is known: facts, shares, rests and state in one exchange.

A first walk consists of such pages. Nothing is compared and nothing looked for to be changed or removed, which was a
fifth of the server's time of a page; the statements for other pages are in fact_statements and share_statements.

Where another run, a roster or a retention came in between since the caller's look, the lock finds no row, and nothing
is stored.
"""

from datetime import datetime
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.documents import fact_documents, share_documents
from github_tracker.adapters.postgres.fact_statements import FACT_COLUMNS, INCOMING_FACTS
from github_tracker.adapters.postgres.share_statements import (
    FRESH_RESTS,
    FRESH_SHARES,
    REPOSITORY_OF_FRESH,
    SHARE_COLUMNS,
)
from github_tracker.adapters.postgres.state_statements import WRITE_STATE, state_values
from github_tracker.ports.errors import StorageError
from github_tracker.ports.metrics_repository import AttributedPage

_ADD_PAGE: Final = f"""
WITH locked AS MATERIALIZED (
    SELECT state.repository_id
    FROM collection_state AS state
    CROSS JOIN settings
    WHERE state.repository_id = %(repository_id)s
        AND state.version = %(state_version)s
        AND settings.roster_version = %(roster_version)s
        AND settings.retention_floor IS NOT DISTINCT FROM %(retention_floor)s
    FOR SHARE OF settings
    FOR NO KEY UPDATE OF state
),
facts AS (
    INSERT INTO pull_requests ({FACT_COLUMNS})
    SELECT {FACT_COLUMNS}
    FROM ({INCOMING_FACTS}) AS incoming
    INNER JOIN locked USING (repository_id)
    ORDER BY repository_id, number
    RETURNING repository_id, number, author_login, title, created_at, merged_at, closed_at, state, is_bot
),
{FRESH_SHARES},
shares AS (
    INSERT INTO pr_metrics ({SHARE_COLUMNS})
    SELECT
        fresh.team_id, fresh.repository_id, repository.full_name, fresh.number, facts.author_login, facts.title,
        facts.created_at, facts.merged_at, facts.closed_at, facts.state, fresh.weight, fresh.rule, facts.is_bot
    FROM fresh
    INNER JOIN facts ON facts.repository_id = fresh.repository_id AND facts.number = fresh.number
    {REPOSITORY_OF_FRESH}
    ORDER BY fresh.team_id, repository.full_name, fresh.number
    RETURNING 1
),
rests AS (
    INSERT INTO pr_unattributed (repository_id, number, reason, weight)
    SELECT repository_id, number, reason, weight
    FROM ({FRESH_RESTS}) AS fresh_rests
    INNER JOIN locked USING (repository_id)
    ORDER BY repository_id, number, reason
    RETURNING 1
),
written AS (
    {WRITE_STATE}
        AND EXISTS (SELECT FROM locked)
    RETURNING version
)
SELECT
    (SELECT version FROM written),
    (SELECT count(*) FROM facts),
    (SELECT count(*) FROM shares) + (SELECT count(*) FROM rests)
"""


def add_page(connection: Connection[TupleRow], page: AttributedPage, floor: datetime | None) -> tuple[int, int] | None:
    """Store all of a page's pull requests, of which none are stored, with shares, rests and the page's checkpoint.

    Return the new version of the repository's state, and how many shares and rests there are; None, and nothing is
    stored, if what the page was made by, or the retention floor, is not in force any more. Raises StorageError if not
    all of the page came through, such as pull requests of another repository.
    """
    values = {
        **state_values(page),
        **fact_documents(page.attributions),
        **share_documents(page.attributions),
        "state_version": page.state_version,
        "roster_version": page.roster_version,
        "retention_floor": floor,
    }
    row = connection.execute(_ADD_PAGE.encode(), values, prepare=True).fetchone()
    if row is None or row[0] is None:
        return None
    version, facts, parts = row
    given = len(page.attributions), sum([len(one.shares) + len(one.rest) for one in page.attributions])
    if (facts, parts) != given:
        raise StorageError(
            f"repository {page.repository_id}: of {given[0]} pull requests of a page with {given[1]} shares and rests, "
            f"{facts} with {parts} were its own; nothing was stored"
        )
    return version, parts
