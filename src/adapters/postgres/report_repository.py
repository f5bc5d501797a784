"""Figures for readers, from the published views."""

from collections.abc import Generator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.known_teams import refuse_unknown_team
from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.small_groups import Cell, CellAuthor
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.report_repository import ReportRepository, ReportScope, ShareLine

_ROWS_AT_A_TIME: Final = 1000

_Hours = Fraction | None
_MonthFigures = tuple[int, int, _Hours, _Hours, Decimal, _Hours, _Hours, _Hours]
"""What TeamMonth and UnattributedMonth have in common, in their order."""

# The team is chosen by its id: a name of the joined table is not pushed below the views' GROUP BY, and the shares of
# all teams would be read for one.
_VELOCITY: Final = """
SELECT
    teams.name, figures.week, figures.prs_merged, figures.prs_timed, figures.cycle_time_seconds,
    figures.weighted_prs_merged, figures.weighted_prs_timed, figures.weighted_cycle_time_seconds
FROM view_team_velocity AS figures
INNER JOIN teams ON teams.id = figures.team_id
WHERE (%(team)s::TEXT IS NULL OR figures.team_id = (SELECT id FROM teams WHERE name = %(team)s))
    AND (%(since)s::DATE IS NULL OR figures.week >= %(since)s)
    AND (%(until)s::DATE IS NULL OR figures.week < %(until)s)
ORDER BY teams.name COLLATE "C", figures.week
"""

_UNATTRIBUTED: Final = """
SELECT week, reason, prs_merged, weighted_prs_merged
FROM view_unattributed_velocity
WHERE (%(since)s::DATE IS NULL OR week >= %(since)s)
    AND (%(until)s::DATE IS NULL OR week < %(until)s)
ORDER BY week, reason COLLATE "C"
"""

_LEAD_TIME: Final = """
SELECT
    teams.name, figures.month, figures.prs_merged, figures.prs_timed, figures.median_lead_time_hours,
    figures.p95_lead_time_hours, figures.weighted_prs_merged, figures.weighted_median_lead_time_hours,
    figures.weighted_p95_lead_time_hours, figures.effective_prs
FROM view_dora_lead_time AS figures
INNER JOIN teams ON teams.id = figures.team_id
WHERE (%(team)s::TEXT IS NULL OR figures.team_id = (SELECT id FROM teams WHERE name = %(team)s))
    AND (%(since)s::DATE IS NULL OR figures.month >= %(since)s)
    AND (%(until)s::DATE IS NULL OR figures.month < %(until)s)
ORDER BY teams.name COLLATE "C", figures.month
"""

_UNATTRIBUTED_LEAD_TIME: Final = """
SELECT
    month, prs_merged, prs_timed, median_lead_time_hours, p95_lead_time_hours, weighted_prs_merged,
    weighted_median_lead_time_hours, weighted_p95_lead_time_hours, effective_prs
FROM view_unattributed_lead_time
WHERE (%(since)s::DATE IS NULL OR month >= %(since)s)
    AND (%(until)s::DATE IS NULL OR month < %(until)s)
ORDER BY month
"""

_AUTHORS: Final = """
SELECT merged.team, merged.begins_on, merged.author_login, merged.author_id, bool_or(merged.is_timed)
FROM (
    SELECT
        teams.name AS team,
        date_trunc(%(period)s, pr_metrics.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS begins_on,
        pull_requests.author_login,
        pull_requests.author_id,
        pr_metrics.cycle_time_seconds IS NOT NULL AS is_timed
    FROM pr_metrics
    INNER JOIN pull_requests
        ON pull_requests.repository_id = pr_metrics.repository_id
        AND pull_requests.number = pr_metrics.pr_number
    INNER JOIN teams ON teams.id = pr_metrics.team_id
    CROSS JOIN settings
    WHERE pr_metrics.merged_at IS NOT NULL
        AND NOT pr_metrics.is_bot
) AS merged
WHERE (%(since)s::DATE IS NULL OR merged.begins_on >= %(since)s)
    AND (%(until)s::DATE IS NULL OR merged.begins_on < %(until)s)
GROUP BY merged.team, merged.begins_on, merged.author_login, merged.author_id
ORDER BY merged.team COLLATE "C", merged.begins_on, merged.author_login COLLATE "C", merged.author_id NULLS FIRST
"""
"""The pull requests that view_team_velocity and view_dora_lead_time are about, by who opened them."""

_SHARES: Final = """
SELECT teams.name, pr_metrics.repository, pr_metrics.pr_number, pr_metrics.author, pr_metrics.weight, pr_metrics.rule
FROM pr_metrics
INNER JOIN teams ON teams.id = pr_metrics.team_id
WHERE (%(team)s::TEXT IS NULL OR teams.name = %(team)s)
    AND (%(since)s::DATE IS NULL OR pr_metrics.created_date >= %(since)s)
    AND (%(until)s::DATE IS NULL OR pr_metrics.created_date < %(until)s)
ORDER BY teams.name COLLATE "C", pr_metrics.repository COLLATE "C", pr_metrics.pr_number
"""


class PostgresReportRepository(ReportRepository):
    """Answers readers from the published views and pr_metrics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def velocity(self, scope: ReportScope) -> tuple[TeamWeek, ...]:
        """Return the teams' weeks in the scope; the sums come along, so averages are exact."""
        rows = self._database.read(partial(_rows, _VELOCITY, scope))
        return tuple(_team_week(row) for row in rows)

    def unattributed(self, scope: ReportScope) -> tuple[UnattributedWeek, ...]:
        """Return what no team earned in the scope's weeks."""
        rows = self._database.read(partial(_rows, _UNATTRIBUTED, scope))
        return tuple(UnattributedWeek(row[0], RestReason(row[1]), row[2], row[3]) for row in rows)

    def lead_time(self, scope: ReportScope) -> tuple[TeamMonth, ...]:
        """Return the teams' months in the scope; percentiles carry the database's precision of about 15 digits."""
        rows = self._database.read(partial(_rows, _LEAD_TIME, scope))
        return tuple(_team_month(row) for row in rows)

    def unattributed_lead_time(self, scope: ReportScope) -> tuple[UnattributedMonth, ...]:
        """Return the months of what no team earned in the scope; else like `lead_time`."""
        rows = self._database.read(partial(_rows, _UNATTRIBUTED_LEAD_TIME, scope))
        return tuple(UnattributedMonth(row[0], *_month_figures(row[1:])) for row in rows)

    def weekly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the weeks in the scope."""
        return self._authors(scope, "week")

    def monthly_authors(self, scope: ReportScope) -> tuple[CellAuthor, ...]:
        """Return who stands behind the months in the scope."""
        return self._authors(scope, "month")

    def shares(self, scope: ReportScope) -> Generator[ShareLine]:
        """Yield the shares in the scope, through a server-side cursor."""
        with self._database.reading() as connection:
            refuse_unknown_team(scope.team, connection)
            with connection.cursor(name="shares") as cursor:
                cursor.itersize = _ROWS_AT_A_TIME
                cursor.execute(_SHARES, _values(scope))
                for team, repository, number, author, weight, rule in cursor:
                    yield ShareLine(team, repository, number, author, weight, AttributionRule(rule))

    def _authors(self, scope: ReportScope, period: str) -> tuple[CellAuthor, ...]:
        with self._database.reading() as connection:
            refuse_unknown_team(scope.team, connection)
            rows = connection.execute(_AUTHORS, _values(scope) | {"period": period}).fetchall()
        return tuple(CellAuthor(Cell(*row[0:2]), *row[2:5]) for row in rows)


def _rows(statement: str, scope: ReportScope, connection: Connection[TupleRow]) -> list[TupleRow]:
    refuse_unknown_team(scope.team, connection)
    return connection.execute(statement.encode(), _values(scope)).fetchall()


def _values(scope: ReportScope) -> dict[str, object]:
    return {"team": scope.team, "since": scope.since, "until": scope.until}


def _team_week(row: TupleRow) -> TeamWeek:
    team, week, merged, timed, seconds, weighted, weighted_timed, weighted_seconds = row
    return TeamWeek(
        team=team,
        week=week,
        prs_merged=merged,
        prs_timed=timed,
        cycle_time_seconds=int(seconds),
        weighted_prs_merged=weighted,
        weighted_prs_timed=weighted_timed,
        weighted_cycle_time_seconds=weighted_seconds,
    )


def _team_month(row: TupleRow) -> TeamMonth:
    return TeamMonth(row[0], row[1], *_month_figures(row[2:]))


def _month_figures(row: TupleRow) -> _MonthFigures:
    merged, timed, median, p95, weighted, weighted_median, weighted_p95, effective = row
    return (
        merged,
        timed,
        _fraction(median),
        _fraction(p95),
        weighted,
        _fraction(weighted_median),
        _fraction(weighted_p95),
        _fraction(effective),
    )


def _fraction(figure: float | None) -> Fraction | None:
    return None if figure is None else Fraction(figure)
