-- The figures of the weeks and months that were touched, each from a range of an index.
--
-- Local time can go back over midnight, so that a week or a month is not always one stretch of instants: of half-open
-- local times the bounds are exact, of instants they are a day wider. No zone ever went back by more than a day.

-- Reads no table, so it opens nothing to whoever may call it. Its ROWS keeps what the planner expects of a mark of
-- everything small: from the estimates of generate_series it would start workers and compile, for nothing.
CREATE FUNCTION beginnings_between(period TEXT, earliest TIMESTAMP, latest TIMESTAMP) RETURNS SETOF DATE
LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    RETURN QUERY
    SELECT beginning::DATE
    FROM generate_series(date_trunc(period, earliest), date_trunc(period, latest), ('1 ' || period)::INTERVAL)
        AS beginning;
END
$$;

CREATE VIEW touched_team_weeks AS
SELECT touched.team_id, candidate.week
FROM touched_shares AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        date_trunc('week', (touched.first_merged_at - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE
            AS first,
        ((touched.last_merged_at + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE AS last
) AS days
CROSS JOIN LATERAL (VALUES (days.first), (days.first + 7), (days.first + 14)) AS candidate (week)
WHERE touched.team_id IS NOT NULL
    AND candidate.week <= days.last
UNION
SELECT teams.id, week
FROM (SELECT FROM touched_shares WHERE team_id IS NULL LIMIT 1) AS everything
CROSS JOIN settings
CROSS JOIN teams
CROSS JOIN LATERAL (
    SELECT min(merged_at) AS first, max(merged_at) AS last
    FROM pr_metrics
    WHERE pr_metrics.team_id = teams.id
        AND merged_at IS NOT NULL
) AS merged
CROSS JOIN LATERAL beginnings_between(
    'week',
    (merged.first - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone,
    (merged.last + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone
) AS week;

CREATE VIEW touched_team_months AS
SELECT touched.team_id, candidate.month
FROM touched_shares AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        date_trunc('month', (touched.first_merged_at - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE
            AS first,
        ((touched.last_merged_at + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE AS last
) AS days
CROSS JOIN LATERAL (VALUES (days.first), ((days.first + INTERVAL '1 month')::DATE)) AS candidate (month)
WHERE touched.team_id IS NOT NULL
    AND candidate.month <= days.last
UNION
SELECT teams.id, month
FROM (SELECT FROM touched_shares WHERE team_id IS NULL LIMIT 1) AS everything
CROSS JOIN settings
CROSS JOIN teams
CROSS JOIN LATERAL (
    SELECT min(merged_at) AS first, max(merged_at) AS last
    FROM pr_metrics
    WHERE pr_metrics.team_id = teams.id
        AND merged_at IS NOT NULL
) AS merged
CROSS JOIN LATERAL beginnings_between(
    'month',
    (merged.first - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone,
    (merged.last + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone
) AS month;

CREATE VIEW touched_rest_weeks AS
SELECT candidate.week
FROM touched_rests AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        date_trunc('week', (touched.first_merged_at - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE
            AS first,
        ((touched.last_merged_at + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE AS last
) AS days
CROSS JOIN LATERAL (VALUES (days.first), (days.first + 7), (days.first + 14)) AS candidate (week)
WHERE touched.first_merged_at IS NOT NULL
    AND candidate.week <= days.last
UNION
SELECT week
FROM (SELECT FROM touched_rests WHERE first_merged_at IS NULL LIMIT 1) AS everything
CROSS JOIN settings
CROSS JOIN (
    SELECT min(merged_at) AS first, max(merged_at) AS last
    FROM pull_requests
    WHERE merged_at IS NOT NULL
) AS merged
CROSS JOIN LATERAL beginnings_between(
    'week',
    (merged.first - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone,
    (merged.last + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone
) AS week;

CREATE VIEW touched_rest_months AS
SELECT candidate.month
FROM touched_rests AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        date_trunc('month', (touched.first_merged_at - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE
            AS first,
        ((touched.last_merged_at + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone)::DATE AS last
) AS days
CROSS JOIN LATERAL (VALUES (days.first), ((days.first + INTERVAL '1 month')::DATE)) AS candidate (month)
WHERE touched.first_merged_at IS NOT NULL
    AND candidate.month <= days.last
UNION
SELECT month
FROM (SELECT FROM touched_rests WHERE first_merged_at IS NULL LIMIT 1) AS everything
CROSS JOIN settings
CROSS JOIN (
    SELECT min(merged_at) AS first, max(merged_at) AS last
    FROM pull_requests
    WHERE merged_at IS NOT NULL
) AS merged
CROSS JOIN LATERAL beginnings_between(
    'month',
    (merged.first - INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone,
    (merged.last + INTERVAL '24 hours') AT TIME ZONE settings.report_time_zone
) AS month;

CREATE VIEW live_team_weeks AS
SELECT
    touched.team_id,
    touched.week,
    figures.prs_merged,
    figures.prs_timed,
    figures.cycle_time_seconds,
    figures.weighted_prs_merged,
    figures.weighted_prs_timed,
    figures.weighted_cycle_time_seconds
FROM touched_team_weeks AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        count(*) AS prs_merged,
        count(share.cycle_time_seconds) AS prs_timed,
        coalesce(sum(share.cycle_time_seconds), 0) AS cycle_time_seconds,
        sum(share.weight) AS weighted_prs_merged,
        coalesce(sum(share.weight) FILTER (WHERE share.cycle_time_seconds IS NOT NULL), 0) AS weighted_prs_timed,
        coalesce(sum(share.weight * share.cycle_time_seconds), 0) AS weighted_cycle_time_seconds
    FROM pr_metrics AS share
    WHERE share.team_id = touched.team_id
        AND share.merged_at >= touched.week::TIMESTAMP AT TIME ZONE settings.report_time_zone - INTERVAL '24 hours'
        AND share.merged_at < (touched.week + 7)::TIMESTAMP AT TIME ZONE settings.report_time_zone + INTERVAL '24 hours'
        AND share.merged_at AT TIME ZONE settings.report_time_zone >= touched.week::TIMESTAMP
        AND share.merged_at AT TIME ZONE settings.report_time_zone < (touched.week + 7)::TIMESTAMP
        AND NOT share.is_bot
    HAVING count(*) > 0
) AS figures;

-- The percentiles are those of computed_dora_lead_time, everything times sum w^2: one division a month instead of four a
-- share, and that step by step only for the few shares in which F climbs. Those without a cycle time come last, and weigh
-- nothing. (climbing: reached is c_i W, begun is c_(i-1) W, half and most are p (W^2 - sum w^2).)
CREATE VIEW live_team_months AS
SELECT
    touched.team_id,
    touched.month,
    figures.median_lead_time_hours,
    figures.p95_lead_time_hours,
    figures.prs_merged,
    figures.prs_timed,
    figures.weighted_prs_merged,
    figures.weighted_median_lead_time_hours,
    figures.weighted_p95_lead_time_hours,
    figures.effective_prs
FROM touched_team_months AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        percentile_cont(0.5) WITHIN GROUP (ORDER BY climbing.seconds) / 3600 AS median_lead_time_hours,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY climbing.seconds) / 3600 AS p95_lead_time_hours,
        count(*) AS prs_merged,
        count(climbing.seconds) AS prs_timed,
        sum(climbing.weight) AS weighted_prs_merged,
        sum(climbing.seconds * (least(climbing.reached - climbing.half, climbing.squares) - greatest(climbing.begun - climbing.half, 0)))
            FILTER (WHERE climbing.reached > climbing.half AND climbing.begun - climbing.half < climbing.squares)
            / (max(climbing.squares) * 3600) AS weighted_median_lead_time_hours,
        sum(climbing.seconds * (least(climbing.reached - climbing.most, climbing.squares) - greatest(climbing.begun - climbing.most, 0)))
            FILTER (WHERE climbing.reached > climbing.most AND climbing.begun - climbing.most < climbing.squares)
            / (max(climbing.squares) * 3600) AS weighted_p95_lead_time_hours,
        max(climbing.total) * max(climbing.total) / max(climbing.squares) AS effective_prs
    FROM (
        SELECT
            cumulated.seconds,
            cumulated.weight,
            cumulated.total,
            cumulated.squares,
            cumulated.cumulative * cumulated.total AS reached,
            (cumulated.cumulative - cumulated.weight) * cumulated.total AS begun,
            0.5 * (cumulated.total * cumulated.total - cumulated.squares) AS half,
            0.95 * (cumulated.total * cumulated.total - cumulated.squares) AS most
        FROM (
            SELECT
                share.cycle_time_seconds AS seconds,
                share.weight,
                sum(share.weight) OVER (ORDER BY share.cycle_time_seconds, share.weight ROWS UNBOUNDED PRECEDING)
                    AS cumulative,
                sum(share.weight) FILTER (WHERE share.cycle_time_seconds IS NOT NULL) OVER () AS total,
                sum(share.weight * share.weight) FILTER (WHERE share.cycle_time_seconds IS NOT NULL) OVER () AS squares
            FROM pr_metrics AS share
            WHERE share.team_id = touched.team_id
                AND share.merged_at
                    >= touched.month::TIMESTAMP AT TIME ZONE settings.report_time_zone - INTERVAL '24 hours'
                AND share.merged_at
                    < (touched.month + INTERVAL '1 month') AT TIME ZONE settings.report_time_zone + INTERVAL '24 hours'
                AND share.merged_at AT TIME ZONE settings.report_time_zone >= touched.month::TIMESTAMP
                AND share.merged_at AT TIME ZONE settings.report_time_zone < touched.month + INTERVAL '1 month'
                AND NOT share.is_bot
        ) AS cumulated
    ) AS climbing
    HAVING count(*) > 0
) AS figures;

-- OFFSET 0 keeps the rests of a fact a look into their key's index: of a whole table's worth of rests the planner would
-- make a hash, for one week.
CREATE VIEW live_rest_weeks AS
SELECT
    touched.week,
    figures.reason,
    figures.prs_merged,
    figures.weighted_prs_merged
FROM touched_rest_weeks AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        rest.reason,
        count(*) AS prs_merged,
        sum(rest.weight) AS weighted_prs_merged
    FROM pull_requests AS fact
    CROSS JOIN LATERAL (
        SELECT part.reason, part.weight
        FROM pr_unattributed AS part
        WHERE part.repository_id = fact.repository_id
            AND part.number = fact.number
        OFFSET 0
    ) AS rest
    WHERE fact.merged_at >= touched.week::TIMESTAMP AT TIME ZONE settings.report_time_zone - INTERVAL '24 hours'
        AND fact.merged_at < (touched.week + 7)::TIMESTAMP AT TIME ZONE settings.report_time_zone + INTERVAL '24 hours'
        AND fact.merged_at AT TIME ZONE settings.report_time_zone >= touched.week::TIMESTAMP
        AND fact.merged_at AT TIME ZONE settings.report_time_zone < (touched.week + 7)::TIMESTAMP
        AND NOT fact.is_bot
    GROUP BY rest.reason
) AS figures;

CREATE VIEW live_rest_months AS
SELECT
    touched.month,
    figures.median_lead_time_hours,
    figures.p95_lead_time_hours,
    figures.prs_merged,
    figures.prs_timed,
    figures.weighted_prs_merged,
    figures.weighted_median_lead_time_hours,
    figures.weighted_p95_lead_time_hours,
    figures.effective_prs
FROM touched_rest_months AS touched
CROSS JOIN settings
CROSS JOIN LATERAL (
    SELECT
        percentile_cont(0.5) WITHIN GROUP (ORDER BY climbing.seconds) / 3600 AS median_lead_time_hours,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY climbing.seconds) / 3600 AS p95_lead_time_hours,
        count(*) AS prs_merged,
        count(climbing.seconds) AS prs_timed,
        sum(climbing.weight) AS weighted_prs_merged,
        sum(climbing.seconds * (least(climbing.reached - climbing.half, climbing.squares) - greatest(climbing.begun - climbing.half, 0)))
            FILTER (WHERE climbing.reached > climbing.half AND climbing.begun - climbing.half < climbing.squares)
            / (max(climbing.squares) * 3600) AS weighted_median_lead_time_hours,
        sum(climbing.seconds * (least(climbing.reached - climbing.most, climbing.squares) - greatest(climbing.begun - climbing.most, 0)))
            FILTER (WHERE climbing.reached > climbing.most AND climbing.begun - climbing.most < climbing.squares)
            / (max(climbing.squares) * 3600) AS weighted_p95_lead_time_hours,
        max(climbing.total) * max(climbing.total) / max(climbing.squares) AS effective_prs
    FROM (
        SELECT
            cumulated.seconds,
            cumulated.weight,
            cumulated.total,
            cumulated.squares,
            cumulated.cumulative * cumulated.total AS reached,
            (cumulated.cumulative - cumulated.weight) * cumulated.total AS begun,
            0.5 * (cumulated.total * cumulated.total - cumulated.squares) AS half,
            0.95 * (cumulated.total * cumulated.total - cumulated.squares) AS most
        FROM (
            SELECT
                merged.seconds,
                merged.weight,
                sum(merged.weight) OVER (ORDER BY merged.seconds, merged.weight ROWS UNBOUNDED PRECEDING) AS cumulative,
                sum(merged.weight) FILTER (WHERE merged.seconds IS NOT NULL) OVER () AS total,
                sum(merged.weight * merged.weight) FILTER (WHERE merged.seconds IS NOT NULL) OVER () AS squares
            FROM (
                SELECT
                    CASE
                        WHEN fact.merged_at >= fact.created_at
                            THEN floor(extract(EPOCH FROM fact.merged_at - fact.created_at))::BIGINT
                    END AS seconds,
                    rest.weight
                FROM pull_requests AS fact
                CROSS JOIN LATERAL (
                    SELECT sum(part.weight) AS weight
                    FROM pr_unattributed AS part
                    WHERE part.repository_id = fact.repository_id
                        AND part.number = fact.number
                ) AS rest
                WHERE fact.merged_at
                        >= touched.month::TIMESTAMP AT TIME ZONE settings.report_time_zone - INTERVAL '24 hours'
                    AND fact.merged_at
                        < (touched.month + INTERVAL '1 month') AT TIME ZONE settings.report_time_zone + INTERVAL '24 hours'
                    AND fact.merged_at AT TIME ZONE settings.report_time_zone >= touched.month::TIMESTAMP
                    AND fact.merged_at AT TIME ZONE settings.report_time_zone < touched.month + INTERVAL '1 month'
                    AND NOT fact.is_bot
                    AND rest.weight IS NOT NULL
            ) AS merged
        ) AS cumulated
    ) AS climbing
    HAVING count(*) > 0
) AS figures;

COMMENT ON VIEW live_team_weeks IS 'view_team_velocity where touched_shares says that what is rolled up does not hold.';
COMMENT ON VIEW live_team_months IS 'The same of view_dora_lead_time.';
COMMENT ON VIEW live_rest_weeks IS 'view_unattributed_velocity where touched_rests says that what is rolled up does not hold.';
COMMENT ON VIEW live_rest_months IS 'The same of view_unattributed_lead_time.';
