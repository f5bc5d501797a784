"""What lies behind figures, from pr_metrics and pr_unattributed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.known_teams import refuse_unknown_team
from github_tracker.domain.cycle_time_distribution import BUCKET_EDGE_SECONDS, BucketSums, MonthDistribution
from github_tracker.domain.periods import first_month_from
from github_tracker.domain.person import RestReason
from github_tracker.ports.figure_details import DetailPosition, DetailScope, FigureDetails, PullRequestDetail
from github_tracker.ports.report_repository import ReportScope

# Days are compared as instants, so that the index on merged_at is used; a bound that is not given lets all pass.
_WITHIN: Final = """
    merged_at >= coalesce(
        %(since)s::DATE::TIMESTAMP AT TIME ZONE (SELECT report_time_zone FROM settings), '-infinity'::TIMESTAMPTZ
    )
    AND merged_at < coalesce(
        %(until)s::DATE::TIMESTAMP AT TIME ZONE (SELECT report_time_zone FROM settings), 'infinity'::TIMESTAMPTZ
    )
    AND NOT is_bot
"""
_SECONDS: Final = """
    (CASE WHEN merged_at >= created_at THEN floor(extract(EPOCH FROM merged_at - created_at))::BIGINT END)
"""
_PAGE: Final = """
    AND (%(least)s::BIGINT IS NULL OR cycle_time_seconds >= %(least)s)
    AND (%(below)s::BIGINT IS NULL OR cycle_time_seconds < %(below)s)
    AND (
        %(merged_at)s::TIMESTAMPTZ IS NULL
        OR (merged_at, repository_id, number) > (%(merged_at)s, %(repository_id)s, %(number)s)
    )
ORDER BY merged_at, repository_id, number
LIMIT %(limit)s
"""

_EARNED: Final = f"""
SELECT merged_at, repository_id, number, repository, title, author, created_at, cycle_time_seconds, weight, NULL
FROM (SELECT pr_metrics.*, pr_number AS number FROM pr_metrics) AS shares
WHERE team_id = (SELECT id FROM teams WHERE name = %(team)s)
    AND {_WITHIN}
    {_PAGE}
"""

_LEFT: Final = f"""
SELECT
    merged_at, repository_id, number, repositories.full_name, title, author_login, merged.created_at,
    cycle_time_seconds, weight, reasons
FROM (
    SELECT *, {_SECONDS} AS cycle_time_seconds
    FROM pull_requests
    WHERE {_WITHIN}
) AS merged
INNER JOIN LATERAL (
    SELECT sum(rests.weight) AS weight, array_agg(rests.reason ORDER BY rests.reason COLLATE "C") AS reasons
    FROM pr_unattributed AS rests
    WHERE rests.repository_id = merged.repository_id
        AND rests.number = merged.number
    HAVING count(*) > 0
) AS rest ON TRUE
INNER JOIN repositories ON repositories.id = merged.repository_id
WHERE TRUE
    {_PAGE}
"""

_EARNED_BUCKETS: Final = f"""
SELECT teams.name, counted.month, counted.bucket, counted.prs, counted.weight
FROM (
    SELECT
        team_id,
        date_trunc('month', merged_at AT TIME ZONE (SELECT report_time_zone FROM settings))::DATE AS month,
        width_bucket(cycle_time_seconds, %(edges)s::BIGINT[]) AS bucket,
        count(*) AS prs,
        sum(weight) AS weight
    FROM pr_metrics
    WHERE (%(team)s::TEXT IS NULL OR team_id = (SELECT id FROM teams WHERE name = %(team)s))
        AND {_WITHIN}
    GROUP BY 1, 2, 3
) AS counted
INNER JOIN teams ON teams.id = counted.team_id
ORDER BY teams.name COLLATE "C", counted.month
"""

_LEFT_BUCKETS: Final = f"""
SELECT
    NULL,
    date_trunc('month', merged_at AT TIME ZONE (SELECT report_time_zone FROM settings))::DATE AS month,
    width_bucket({_SECONDS}, %(edges)s::BIGINT[]) AS bucket,
    count(*),
    sum(rest.weight)
FROM pull_requests
INNER JOIN LATERAL (
    SELECT sum(rests.weight) AS weight
    FROM pr_unattributed AS rests
    WHERE rests.repository_id = pull_requests.repository_id
        AND rests.number = pull_requests.number
    HAVING count(*) > 0
) AS rest ON TRUE
WHERE {_WITHIN}
GROUP BY 2, 3
ORDER BY 2
"""


class PostgresFigureDetails(FigureDetails):
    """Reads the rows that the views are made of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pull_requests(
        self, scope: DetailScope, limit: int, after: DetailPosition | None = None
    ) -> tuple[PullRequestDetail, ...]:
        """Return the pull requests in the scope."""
        values = {
            "team": scope.team,
            "since": scope.since,
            "until": scope.until,
            "least": scope.least_seconds,
            "below": scope.below_seconds,
            "merged_at": after and after.merged_at,
            "repository_id": after and after.repository_id,
            "number": after and after.number,
            "limit": limit,
        }
        statement = _LEFT if scope.team is None else _EARNED
        return tuple(map(_detail, self._rows(scope.team, statement, values)))

    def distribution(self, scope: ReportScope) -> tuple[MonthDistribution, ...]:
        """Return the months in the scope."""
        values = {
            "team": scope.team,
            "since": scope.since and first_month_from(scope.since),
            "until": scope.until and first_month_from(scope.until),
            "edges": list(BUCKET_EDGE_SECONDS),
        }
        months = _months(self._rows(scope.team, _EARNED_BUCKETS, values))
        return months if scope.team is not None else (*months, *_months(self._rows(None, _LEFT_BUCKETS, values)))

    def _rows(self, team: str | None, statement: str, values: Mapping[str, object]) -> list[TupleRow]:
        def read(connection: Connection[TupleRow]) -> list[TupleRow]:
            refuse_unknown_team(team, connection)
            return connection.execute(statement.encode(), values).fetchall()

        return self._database.read(read)


def _detail(row: TupleRow) -> PullRequestDetail:
    merged_at, repository_id, number, repository, title, author, created_at, seconds, weight, reasons = row
    return PullRequestDetail(
        position=DetailPosition(merged_at, repository_id, number),
        repository=repository,
        title=title,
        author=author,
        created_at=created_at,
        cycle_time_seconds=seconds,
        weight=weight,
        reasons=tuple(map(RestReason, reasons or ())),
    )


def _months(rows: list[tuple[str | None, date, int | None, int, Decimal]]) -> tuple[MonthDistribution, ...]:
    cells: dict[tuple[str | None, date], BucketSums] = {}
    for team, month, bucket, prs, weight in rows:
        cells.setdefault((team, month), BucketSums()).add_many(bucket, prs, weight)
    return tuple(sums.distribution(*cell) for cell, sums in cells.items())
