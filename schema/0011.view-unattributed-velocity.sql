-- What no team earned of each week's merged pull requests: with the teams' weighted velocity it adds up to all of them.
CREATE VIEW view_unattributed_velocity AS
SELECT
    date_trunc('week', pull_requests.merged_at AT TIME ZONE settings.report_time_zone)::DATE AS week,
    pr_unattributed.reason,
    count(*) AS prs_merged,
    sum(pr_unattributed.weight) AS weighted_prs_merged
FROM pr_unattributed
INNER JOIN pull_requests
    ON pull_requests.repository_id = pr_unattributed.repository_id
    AND pull_requests.number = pr_unattributed.number
CROSS JOIN settings
WHERE pull_requests.merged_at IS NOT NULL
    AND NOT pull_requests.is_bot
GROUP BY 1, 2;

COMMENT ON VIEW view_unattributed_velocity IS
    'The unattributed rest by week and reason; bots left out, as in view_team_velocity.';
