-- Cycle times by month of merging of the pull requests that no team earned in full, each weighing what was left of it:
-- the row of view_dora_lead_time that no team has. The percentiles are the same as there.
CREATE VIEW view_unattributed_lead_time AS
WITH merged AS NOT MATERIALIZED (
    SELECT
        date_trunc('month', pull_requests.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS month,
        CASE
            WHEN pull_requests.merged_at >= pull_requests.created_at
                THEN floor(extract(EPOCH FROM pull_requests.merged_at - pull_requests.created_at))::BIGINT
        END AS seconds,
        rests.weight
    FROM (
        SELECT
            pr_unattributed.repository_id,
            pr_unattributed.number,
            sum(pr_unattributed.weight) AS weight
        FROM pr_unattributed
        GROUP BY pr_unattributed.repository_id, pr_unattributed.number
    ) AS rests
    INNER JOIN pull_requests
        ON pull_requests.repository_id = rests.repository_id
        AND pull_requests.number = rests.number
    CROSS JOIN settings
    WHERE pull_requests.merged_at IS NOT NULL
        AND NOT pull_requests.is_bot
),
plain AS (
    SELECT
        merged.month,
        count(*) AS prs_merged,
        count(merged.seconds) AS prs_timed,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY merged.seconds) / 3600 AS median_lead_time_hours,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY merged.seconds) / 3600 AS p95_lead_time_hours,
        sum(merged.weight) AS weighted_prs_merged
    FROM merged
    GROUP BY merged.month
),
cumulated AS (
    SELECT
        merged.month,
        merged.seconds::NUMERIC AS seconds,
        merged.weight,
        sum(merged.weight) OVER (in_order ROWS UNBOUNDED PRECEDING) AS cumulative,
        sum(merged.weight) OVER whole AS total,
        sum(merged.weight * merged.weight) OVER whole AS squares
    FROM merged
    WHERE merged.seconds IS NOT NULL
    WINDOW
        whole AS (PARTITION BY merged.month),
        in_order AS (PARTITION BY merged.month ORDER BY merged.seconds)
),
climbing AS (
    SELECT
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
        climbing.month,
        sum(climbing.seconds * climbing.median_step) / 3600 AS weighted_median_lead_time_hours,
        sum(climbing.seconds * climbing.p95_step) / 3600 AS weighted_p95_lead_time_hours,
        max(climbing.total * climbing.total / climbing.squares) AS effective_prs
    FROM climbing
    GROUP BY climbing.month
)
SELECT
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
LEFT JOIN weighted ON weighted.month = plain.month;

COMMENT ON VIEW view_unattributed_lead_time IS
    'Monthly pull-request cycle time of what no team earned, each pull request once; bots left out. Its '
    'weighted_prs_merged and those of all teams add up to the merged pull requests of the month.';
