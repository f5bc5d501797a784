"""The statements of a refresh: forget the figures that no longer hold, roll up again, remove the marks that said so.

All run in one REPEATABLE READ transaction, so that each sees the same shares and the same marks.
"""

from typing import Final

ONE_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

# Locking a table is the one statement that takes no snapshot: whoever waited for another refresh sees what it did.
# Nobody else writes these tables, and readers do not mind.
TAKE_TURNS: Final = "LOCK TABLE rolled_up_team_weeks IN SHARE ROW EXCLUSIVE MODE"

IS_EVERYTHING_TOUCHED: Final = """
SELECT EXISTS (SELECT FROM touched_shares WHERE team_id IS NULL)
    OR EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)
"""

TOUCHED_TEAMS: Final = """
SELECT
    touched.team_id,
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM pr_metrics
            WHERE pr_metrics.team_id = touched.team_id
                AND merged_at IS NOT NULL
            LIMIT %(most)s
        ) AS share
    )
FROM (SELECT DISTINCT team_id FROM touched_shares WHERE team_id IS NOT NULL) AS touched
ORDER BY touched.team_id
"""
"""With how many merged shares each has, counted up to a bound."""

ARE_RESTS_TOUCHED: Final = "SELECT EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NOT NULL)"

DISTRUST: Final = (
    "INSERT INTO touched_shares DEFAULT VALUES",
    "INSERT INTO touched_rests DEFAULT VALUES",
)

_ALL_SHARES: Final = "EXISTS (SELECT FROM touched_shares WHERE team_id IS NULL)"

_ALL_RESTS: Final = "EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)"

_MARK_ALL_SHARES: Final = f"""
INSERT INTO touched_shares (team_id, first_merged_at, last_merged_at)
SELECT merged.team_id, mark.first, mark.first + INTERVAL '168 hours' - INTERVAL '1 microsecond'
FROM (
    SELECT team_id, min(merged_at) AS first, max(merged_at) AS last
    FROM pr_metrics
    WHERE merged_at IS NOT NULL
        AND {_ALL_SHARES}
    GROUP BY team_id
) AS merged
CROSS JOIN LATERAL generate_series(merged.first, merged.last, INTERVAL '168 hours') AS mark (first)
"""

_MARK_ALL_RESTS: Final = f"""
INSERT INTO touched_rests (first_merged_at, last_merged_at)
SELECT mark.first, mark.first + INTERVAL '168 hours' - INTERVAL '1 microsecond'
FROM (
    SELECT min(merged_at) AS first, max(merged_at) AS last
    FROM pull_requests
    WHERE merged_at IS NOT NULL
) AS merged
CROSS JOIN LATERAL generate_series(merged.first, merged.last, INTERVAL '168 hours') AS mark (first)
WHERE {_ALL_RESTS}
"""

SPREAD: Final = (
    f"DELETE FROM rolled_up_team_weeks WHERE {_ALL_SHARES}",
    f"DELETE FROM rolled_up_team_months WHERE {_ALL_SHARES}",
    _MARK_ALL_SHARES,
    "DELETE FROM touched_shares WHERE team_id IS NULL",
    f"DELETE FROM rolled_up_rest_weeks WHERE {_ALL_RESTS}",
    f"DELETE FROM rolled_up_rest_months WHERE {_ALL_RESTS}",
    _MARK_ALL_RESTS,
    "DELETE FROM touched_rests WHERE first_merged_at IS NULL",
)
"""A mark of everything becomes one on every week of any share, and nothing is rolled up: the same, in parts."""

FORGET_TEAM: Final = (
    """
    DELETE FROM rolled_up_team_weeks AS rolled
    USING touched_team_weeks AS touched
    WHERE rolled.team_id = %(team_id)s
        AND touched.team_id = %(team_id)s
        AND touched.team_id = rolled.team_id
        AND touched.week = rolled.week
    """,
    """
    DELETE FROM rolled_up_team_months AS rolled
    USING touched_team_months AS touched
    WHERE rolled.team_id = %(team_id)s
        AND touched.team_id = %(team_id)s
        AND touched.team_id = rolled.team_id
        AND touched.month = rolled.month
    """,
)

ROLL_UP_TEAM: Final = (
    """
    INSERT INTO rolled_up_team_weeks (
        team_id, week, prs_merged, prs_timed, cycle_time_seconds, weighted_prs_merged, weighted_prs_timed,
        weighted_cycle_time_seconds
    )
    SELECT
        team_id, week, prs_merged, prs_timed, cycle_time_seconds, weighted_prs_merged, weighted_prs_timed,
        weighted_cycle_time_seconds
    FROM live_team_weeks
    WHERE team_id = %(team_id)s
    """,
    """
    INSERT INTO rolled_up_team_months (
        team_id, month, median_lead_time_hours, p95_lead_time_hours, prs_merged, prs_timed, weighted_prs_merged,
        weighted_median_lead_time_hours, weighted_p95_lead_time_hours, effective_prs
    )
    SELECT
        team_id, month, median_lead_time_hours, p95_lead_time_hours, prs_merged, prs_timed, weighted_prs_merged,
        weighted_median_lead_time_hours, weighted_p95_lead_time_hours, effective_prs
    FROM live_team_months
    WHERE team_id = %(team_id)s
    """,
)

REMOVE_TEAM_MARKS: Final = "DELETE FROM touched_shares WHERE team_id = %(team_id)s"


def of_several(statement: str) -> str:
    """Return a statement of one team as one of several."""
    return statement.replace("= %(team_id)s", "= ANY (%(team_ids)s)")


FORGET_RESTS: Final = (
    "DELETE FROM rolled_up_rest_weeks AS rolled USING touched_rest_weeks AS touched WHERE touched.week = rolled.week",
    """
    DELETE FROM rolled_up_rest_months AS rolled
    USING touched_rest_months AS touched
    WHERE touched.month = rolled.month
    """,
)

ROLL_UP_RESTS: Final = (
    """
    INSERT INTO rolled_up_rest_weeks (week, reason, prs_merged, weighted_prs_merged)
    SELECT week, reason, prs_merged, weighted_prs_merged
    FROM live_rest_weeks
    """,
    """
    INSERT INTO rolled_up_rest_months (
        month, median_lead_time_hours, p95_lead_time_hours, prs_merged, prs_timed, weighted_prs_merged,
        weighted_median_lead_time_hours, weighted_p95_lead_time_hours, effective_prs
    )
    SELECT
        month, median_lead_time_hours, p95_lead_time_hours, prs_merged, prs_timed, weighted_prs_merged,
        weighted_median_lead_time_hours, weighted_p95_lead_time_hours, effective_prs
    FROM live_rest_months
    """,
)

REMOVE_REST_MARKS: Final = "DELETE FROM touched_rests WHERE first_merged_at IS NOT NULL"
