-- Pull-request cycle times a team and month of merging. The weighted percentiles are the weighted
-- Hyndman-Fan type 7 with Kish's effective size n* = W^2 / sum w^2 (Akinshin 2023): with cumulative weights c_i over
-- the values in order, F(c) = clamp(c W / sum w^2 - p (n* - 1), 0, 1) and Q = sum x_i (F(c_i) - F(c_i - w_i)).
CREATE VIEW view_dora_lead_time AS
WITH merged AS NOT MATERIALIZED (
    SELECT
        pr_metrics.team_id,
        date_trunc('month', pr_metrics.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS month,
        pr_metrics.cycle_time_seconds AS seconds,
        pr_metrics.weight
    FROM pr_metrics
    CROSS JOIN settings
    WHERE pr_metrics.merged_at IS NOT NULL
        AND NOT pr_metrics.is_bot
),
plain AS (
    SELECT
        merged.team_id,
        merged.month,
        count(*) AS prs_merged,
        count(merged.seconds) AS prs_timed,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY merged.seconds) / 3600 AS median_lead_time_hours,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY merged.seconds) / 3600 AS p95_lead_time_hours,
        sum(merged.weight) AS weighted_prs_merged
    FROM merged
    GROUP BY merged.team_id, merged.month
),
cumulated AS (
    SELECT
        merged.team_id,
        merged.month,
        merged.seconds::NUMERIC AS seconds,
        merged.weight,
        sum(merged.weight) OVER (in_order ROWS UNBOUNDED PRECEDING) AS cumulative,
        sum(merged.weight) OVER whole AS total,
        sum(merged.weight * merged.weight) OVER whole AS squares
    FROM merged
    WHERE merged.seconds IS NOT NULL
    WINDOW
        whole AS (PARTITION BY merged.team_id, merged.month),
        in_order AS (PARTITION BY merged.team_id, merged.month ORDER BY merged.seconds)
),
climbing AS (
    SELECT
        cumulated.team_id,
        cumulated.month,
        cumulated.seconds,
        cumulated.total,
        cumulated.squares,
        least(greatest((cumulated.cumulative * cumulated.total - 0.5 * spread.size) / cumulated.squares, 0), 1)
            - least(greatest(((cumulated.cumulative - cumulated.weight) * cumulated.total - 0.5 * spread.size) / cumulated.squares, 0), 1)
            AS median_step,
        least(greatest((cumulated.cumulative * cumulated.total - 0.95 * spread.size) / cumulated.squares, 0), 1)
            - least(greatest(((cumulated.cumulative - cumulated.weight) * cumulated.total - 0.95 * spread.size) / cumulated.squares, 0), 1)
            AS p95_step
    FROM cumulated
    CROSS JOIN LATERAL (SELECT cumulated.total * cumulated.total - cumulated.squares AS size) AS spread
),
weighted AS (
    SELECT
        climbing.team_id,
        climbing.month,
        sum(climbing.seconds * climbing.median_step) / 3600 AS weighted_median_lead_time_hours,
        sum(climbing.seconds * climbing.p95_step) / 3600 AS weighted_p95_lead_time_hours,
        max(climbing.total * climbing.total / climbing.squares) AS effective_prs
    FROM climbing
    GROUP BY climbing.team_id, climbing.month
)
SELECT
    plain.team_id,
    plain.month,
    plain.median_lead_time_hours,
    plain.p95_lead_time_hours,
    plain.prs_merged,
    plain.prs_timed,
    plain.weighted_prs_merged,
    weighted.weighted_median_lead_time_hours,
    weighted.weighted_p95_lead_time_hours,
    weighted.effective_prs
FROM plain
LEFT JOIN weighted ON weighted.team_id = plain.team_id AND weighted.month = plain.month;

COMMENT ON VIEW view_dora_lead_time IS
    'Monthly pull-request cycle time of each team, created to merged; the name is the published one, but this is not '
    'the time from commit to production. effective_prs is Kish''s n*, the size behind the weighted percentiles.';
