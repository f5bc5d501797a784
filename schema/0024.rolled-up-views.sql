-- The published views answer from what is rolled up, and live where that does not hold: one statement, one snapshot, so
-- that it never sees the one without the other. Names and columns are the same, and so is every figure.
CREATE OR REPLACE VIEW view_team_velocity AS
SELECT
    figures.team_id,
    figures.week,
    figures.prs_merged,
    figures.cycle_time_seconds / nullif(figures.prs_timed, 0) / 3600 AS avg_cycle_time_hours,
    figures.weighted_prs_merged,
    figures.weighted_cycle_time_seconds / nullif(figures.weighted_prs_timed, 0) / 3600 AS weighted_avg_cycle_time_hours,
    figures.prs_timed,
    figures.cycle_time_seconds,
    figures.weighted_prs_timed,
    figures.weighted_cycle_time_seconds
FROM (
    SELECT
        rolled.team_id, rolled.week, rolled.prs_merged, rolled.prs_timed, rolled.cycle_time_seconds,
        rolled.weighted_prs_merged, rolled.weighted_prs_timed, rolled.weighted_cycle_time_seconds
    FROM rolled_up_team_weeks AS rolled
    WHERE NOT EXISTS (SELECT FROM touched_shares WHERE team_id IS NULL)
        AND NOT EXISTS (
            SELECT FROM touched_team_weeks AS touched
            WHERE touched.team_id = rolled.team_id
                AND touched.week = rolled.week
        )
    UNION ALL
    SELECT
        live.team_id, live.week, live.prs_merged, live.prs_timed, live.cycle_time_seconds,
        live.weighted_prs_merged, live.weighted_prs_timed, live.weighted_cycle_time_seconds
    FROM live_team_weeks AS live
) AS figures;

CREATE OR REPLACE VIEW view_dora_lead_time AS
SELECT
    rolled.team_id, rolled.month, rolled.median_lead_time_hours, rolled.p95_lead_time_hours, rolled.prs_merged,
    rolled.prs_timed, rolled.weighted_prs_merged, rolled.weighted_median_lead_time_hours,
    rolled.weighted_p95_lead_time_hours, rolled.effective_prs
FROM rolled_up_team_months AS rolled
WHERE NOT EXISTS (SELECT FROM touched_shares WHERE team_id IS NULL)
    AND NOT EXISTS (
        SELECT FROM touched_team_months AS touched
        WHERE touched.team_id = rolled.team_id
            AND touched.month = rolled.month
    )
UNION ALL
SELECT
    live.team_id, live.month, live.median_lead_time_hours, live.p95_lead_time_hours, live.prs_merged,
    live.prs_timed, live.weighted_prs_merged, live.weighted_median_lead_time_hours,
    live.weighted_p95_lead_time_hours, live.effective_prs
FROM live_team_months AS live;

CREATE OR REPLACE VIEW view_unattributed_velocity AS
SELECT rolled.week, rolled.reason, rolled.prs_merged, rolled.weighted_prs_merged
FROM rolled_up_rest_weeks AS rolled
WHERE NOT EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)
    AND NOT EXISTS (SELECT FROM touched_rest_weeks AS touched WHERE touched.week = rolled.week)
UNION ALL
SELECT live.week, live.reason, live.prs_merged, live.weighted_prs_merged
FROM live_rest_weeks AS live;

CREATE OR REPLACE VIEW view_unattributed_lead_time AS
SELECT
    rolled.month, rolled.median_lead_time_hours, rolled.p95_lead_time_hours, rolled.prs_merged, rolled.prs_timed,
    rolled.weighted_prs_merged, rolled.weighted_median_lead_time_hours, rolled.weighted_p95_lead_time_hours,
    rolled.effective_prs
FROM rolled_up_rest_months AS rolled
WHERE NOT EXISTS (SELECT FROM touched_rests WHERE first_merged_at IS NULL)
    AND NOT EXISTS (SELECT FROM touched_rest_months AS touched WHERE touched.month = rolled.month)
UNION ALL
SELECT
    live.month, live.median_lead_time_hours, live.p95_lead_time_hours, live.prs_merged, live.prs_timed,
    live.weighted_prs_merged, live.weighted_median_lead_time_hours, live.weighted_p95_lead_time_hours,
    live.effective_prs
FROM live_rest_months AS live;
