"""Everything that is stored about every pull request, from PostgreSQL: one statement, one cursor, one snapshot."""

from collections.abc import Generator
from typing import Final

from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.rows import FACT_COLUMNS, fact_of
from github_tracker.domain.attribution import Attribution, Credit, Rest, Share
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.domain.roster_change import AffectedAuthors
from github_tracker.ports.attribution_reader import AttributionReader

_ROWS_AT_A_TIME: Final = 1000

# Looked up row by row through their indexes: grouping and joining whole tables would begin with sorting them, and
# what is sorted must be held somewhere before the first row can be given out.
_ATTRIBUTIONS: Final = f"""
SELECT
    {", ".join(f"fact.{name}" for name in FACT_COLUMNS)}, settings.attribution_rule,
    shares.teams, shares.weights, rests.reasons, rests.weights
FROM pull_requests AS fact
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        array_agg(teams.name ORDER BY teams.name COLLATE "C") AS teams,
        array_agg(share.weight ORDER BY teams.name COLLATE "C") AS weights
    FROM pr_metrics AS share
    INNER JOIN teams ON teams.id = share.team_id
    WHERE share.repository_id = fact.repository_id
        AND share.pr_number = fact.number
) AS shares
CROSS JOIN LATERAL (
    SELECT
        array_agg(rest.reason ORDER BY rest.reason COLLATE "C") AS reasons,
        array_agg(rest.weight ORDER BY rest.reason COLLATE "C") AS weights
    FROM pr_unattributed AS rest
    WHERE rest.repository_id = fact.repository_id
        AND rest.number = fact.number
) AS rests
"""

_IN_ORDER: Final = "ORDER BY fact.repository_id, fact.number"

_OF_ALL: Final = f"{_ATTRIBUTIONS}{_IN_ORDER}"

_OF_AUTHORS: Final = f"""{_ATTRIBUTIONS}
WHERE lower(fact.author_login) = ANY (%(login_keys)s::TEXT[])
    OR fact.author_id = ANY (%(github_ids)s::BIGINT[])
{_IN_ORDER}
"""

_REPOSITORIES: Final = "SELECT id, full_name, default_branch FROM repositories ORDER BY id"

_REASONS: Final = {reason.value: reason for reason in RestReason}


class PostgresAttributionReader(AttributionReader):
    """Joins pull_requests with pr_metrics and pr_unattributed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attributions(self, authors: AffectedAuthors | None = None) -> Generator[Attribution]:
        """Yield the stored attributions, through a server-side cursor."""
        with self._database.reading() as connection, connection.cursor(name="attributions", binary=True) as cursor:
            cursor.itersize = _ROWS_AT_A_TIME
            if authors is None:
                cursor.execute(_OF_ALL)
            else:
                values = {"login_keys": sorted(authors.login_keys), "github_ids": sorted(authors.github_ids)}
                cursor.execute(_OF_AUTHORS, values)
            for row in cursor:
                yield _attribution_of(row)

    def repositories(self) -> tuple[Repository, ...]:
        """Return every known repository, by id."""
        with self._database.reading() as connection:
            return tuple(Repository(*row) for row in connection.execute(_REPOSITORIES))


def _attribution_of(row: TupleRow) -> Attribution:
    rule, teams, weights, reasons, rests = row[len(FACT_COLUMNS) :]
    fact: PullRequest = fact_of(row[: len(FACT_COLUMNS)])
    credit = Credit(
        shares=tuple(map(Share, teams or (), weights or ())),
        rest=tuple(Rest(_REASONS[reason], weight) for reason, weight in zip(reasons or (), rests or (), strict=True)),
    )
    return Attribution(fact, AttributionRule(rule), credit, row[FACT_COLUMNS.index("is_bot")])
