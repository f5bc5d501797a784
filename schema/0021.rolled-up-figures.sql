-- Figures of weeks and months as they were when they were last refreshed; they hold wherever no mark says otherwise.
-- Nothing here refers to teams: a figure follows the shares, whatever they say.
CREATE TABLE rolled_up_team_weeks (
    team_id BIGINT NOT NULL,
    week DATE NOT NULL,
    prs_merged BIGINT NOT NULL,
    prs_timed BIGINT NOT NULL,
    cycle_time_seconds NUMERIC NOT NULL,
    weighted_prs_merged NUMERIC NOT NULL,
    weighted_prs_timed NUMERIC NOT NULL,
    weighted_cycle_time_seconds NUMERIC NOT NULL,
    PRIMARY KEY (team_id, week)
);

CREATE TABLE rolled_up_team_months (
    team_id BIGINT NOT NULL,
    month DATE NOT NULL,
    median_lead_time_hours DOUBLE PRECISION,
    p95_lead_time_hours DOUBLE PRECISION,
    prs_merged BIGINT NOT NULL,
    prs_timed BIGINT NOT NULL,
    weighted_prs_merged NUMERIC NOT NULL,
    weighted_median_lead_time_hours NUMERIC,
    weighted_p95_lead_time_hours NUMERIC,
    effective_prs NUMERIC,
    PRIMARY KEY (team_id, month)
);

CREATE TABLE rolled_up_rest_weeks (
    week DATE NOT NULL,
    reason TEXT NOT NULL,
    prs_merged BIGINT NOT NULL,
    weighted_prs_merged NUMERIC NOT NULL,
    PRIMARY KEY (week, reason)
);

CREATE TABLE rolled_up_rest_months (
    month DATE PRIMARY KEY,
    median_lead_time_hours DOUBLE PRECISION,
    p95_lead_time_hours DOUBLE PRECISION,
    prs_merged BIGINT NOT NULL,
    prs_timed BIGINT NOT NULL,
    weighted_prs_merged NUMERIC NOT NULL,
    weighted_median_lead_time_hours NUMERIC,
    weighted_p95_lead_time_hours NUMERIC,
    effective_prs NUMERIC
);

-- Finds the facts of one week or month, for what no team earned of them.
CREATE INDEX pull_requests_merged ON pull_requests (merged_at)
    INCLUDE (repository_id, number, created_at, is_bot)
    WHERE merged_at IS NOT NULL;

COMMENT ON TABLE rolled_up_team_weeks IS 'What view_team_velocity answers from, except where touched_shares says otherwise.';
COMMENT ON TABLE rolled_up_team_months IS 'The same of view_dora_lead_time.';
COMMENT ON TABLE rolled_up_rest_weeks IS 'What view_unattributed_velocity answers from, except where touched_rests says otherwise.';
COMMENT ON TABLE rolled_up_rest_months IS 'The same of view_unattributed_lead_time.';
