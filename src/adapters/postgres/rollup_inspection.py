"""The statements that compare what is rolled up with what the shares give, wherever no mark says that it does not hold.

Percentiles that were computed in another order agree in about 15 digits; everything else agrees exactly.
"""

from typing import Final

_PERCENTILES: Final = """
(VALUES
    (rolled.median_lead_time_hours::NUMERIC, computed.median_lead_time_hours::NUMERIC),
    (rolled.p95_lead_time_hours::NUMERIC, computed.p95_lead_time_hours::NUMERIC),
    (rolled.weighted_median_lead_time_hours, computed.weighted_median_lead_time_hours),
    (rolled.weighted_p95_lead_time_hours, computed.weighted_p95_lead_time_hours),
    (rolled.effective_prs, computed.effective_prs)
) AS pair (found, wanted)
"""

_MONTHS_DIFFER: Final = f"""
(
    ROW(rolled.prs_merged, rolled.prs_timed, rolled.weighted_prs_merged)
        IS DISTINCT FROM ROW(computed.prs_merged, computed.prs_timed, computed.weighted_prs_merged)
    OR EXISTS (
        SELECT
        FROM {_PERCENTILES}
        WHERE (pair.found IS NULL) <> (pair.wanted IS NULL)
            OR abs(pair.found - pair.wanted) > 1e-9 * abs(pair.wanted)
    )
)
"""

TEAM_WEEKS_THAT_DIFFER: Final = """
SELECT NULL, NULL, 'the velocity of team ' || team_id || ' in the week of ' || week
FROM rolled_up_team_weeks AS rolled
FULL JOIN computed_team_velocity AS computed USING (team_id, week)
WHERE ROW(
        rolled.prs_merged, rolled.prs_timed, rolled.cycle_time_seconds, rolled.weighted_prs_merged,
        rolled.weighted_prs_timed, rolled.weighted_cycle_time_seconds
    ) IS DISTINCT FROM ROW(
        computed.prs_merged, computed.prs_timed, computed.cycle_time_seconds, computed.weighted_prs_merged,
        computed.weighted_prs_timed, computed.weighted_cycle_time_seconds
    )
    AND NOT EXISTS (SELECT FROM touched_shares WHERE touched_shares.team_id IS NULL)
    AND (team_id, week) NOT IN (SELECT touched.team_id, touched.week FROM touched_team_weeks AS touched)
"""

TEAM_MONTHS_THAT_DIFFER: Final = f"""
SELECT NULL, NULL, 'the lead time of team ' || team_id || ' in ' || to_char(month, 'YYYY-MM')
FROM rolled_up_team_months AS rolled
FULL JOIN computed_dora_lead_time AS computed USING (team_id, month)
WHERE {_MONTHS_DIFFER}
    AND NOT EXISTS (SELECT FROM touched_shares WHERE touched_shares.team_id IS NULL)
    AND (team_id, month) NOT IN (SELECT touched.team_id, touched.month FROM touched_team_months AS touched)
"""

REST_WEEKS_THAT_DIFFER: Final = """
SELECT NULL, NULL, 'the unattributed velocity (' || reason || ') in the week of ' || week
FROM rolled_up_rest_weeks AS rolled
FULL JOIN computed_unattributed_velocity AS computed USING (week, reason)
WHERE ROW(rolled.prs_merged, rolled.weighted_prs_merged)
        IS DISTINCT FROM ROW(computed.prs_merged, computed.weighted_prs_merged)
    AND NOT EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)
    AND week NOT IN (SELECT touched.week FROM touched_rest_weeks AS touched)
"""

REST_MONTHS_THAT_DIFFER: Final = f"""
SELECT NULL, NULL, 'the unattributed lead time in ' || to_char(month, 'YYYY-MM')
FROM rolled_up_rest_months AS rolled
FULL JOIN computed_unattributed_lead_time AS computed USING (month)
WHERE {_MONTHS_DIFFER}
    AND NOT EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)
    AND month NOT IN (SELECT touched.month FROM touched_rest_months AS touched)
"""
