-- Merged pull requests a team and ISO week, in the reporting time zone; bots left out.
CREATE VIEW view_team_velocity AS
SELECT
    merged.team_id,
    merged.week,
    count(*) AS prs_merged,
    sum(merged.seconds) / nullif(count(merged.seconds), 0) / 3600 AS avg_cycle_time_hours,
    sum(merged.weight) AS weighted_prs_merged,
    sum(merged.weight * merged.seconds) / nullif(sum(merged.weight) FILTER (WHERE merged.seconds IS NOT NULL), 0) / 3600
        AS weighted_avg_cycle_time_hours,
    count(merged.seconds) AS prs_timed,
    coalesce(sum(merged.seconds), 0) AS cycle_time_seconds,
    coalesce(sum(merged.weight) FILTER (WHERE merged.seconds IS NOT NULL), 0) AS weighted_prs_timed,
    coalesce(sum(merged.weight * merged.seconds), 0) AS weighted_cycle_time_seconds
FROM (
    SELECT
        pr_metrics.team_id,
        date_trunc('week', pr_metrics.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS week,
        pr_metrics.cycle_time_seconds::NUMERIC AS seconds,
        pr_metrics.weight
    FROM pr_metrics
    CROSS JOIN settings
    WHERE pr_metrics.merged_at IS NOT NULL
        AND NOT pr_metrics.is_bot
) AS merged
GROUP BY merged.team_id, merged.week;

COMMENT ON VIEW view_team_velocity IS
    'Weekly velocity of each team; week is the Monday. Averages are over the pull requests that have a cycle time.';
