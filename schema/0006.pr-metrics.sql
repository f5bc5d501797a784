-- Shares: one row for each team that earns a part of a pull request, flattened for readers.
-- Nothing refers to id, and created_at never changes, so that the table can be partitioned by it.
CREATE TABLE pr_metrics (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id BIGINT NOT NULL REFERENCES teams (id),
    repository_id BIGINT NOT NULL REFERENCES repositories (id),
    repository TEXT NOT NULL,
    pr_number BIGINT NOT NULL,
    author TEXT NOT NULL,
    title TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    merged_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    -- Exact to the second; NULL for an unmerged one, and for one that merged before it was created.
    cycle_time_seconds BIGINT GENERATED ALWAYS AS (
        CASE WHEN merged_at >= created_at THEN floor(extract(EPOCH FROM merged_at - created_at))::BIGINT END
    ) STORED,
    cycle_time_hours NUMERIC GENERATED ALWAYS AS (
        CASE WHEN merged_at >= created_at THEN floor(extract(EPOCH FROM merged_at - created_at)) / 3600 END
    ) STORED,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'merged')),
    created_date DATE GENERATED ALWAYS AS ((created_at AT TIME ZONE 'UTC')::DATE) STORED,
    weight NUMERIC(7, 6) NOT NULL CHECK (weight > 0 AND weight <= 1),
    rule TEXT NOT NULL CHECK (rule IN ('created', 'merged', 'effort')),
    is_bot BOOLEAN NOT NULL,
    CONSTRAINT pr_metrics_key UNIQUE (team_id, repository, pr_number),
    CONSTRAINT pr_metrics_of_a_fact FOREIGN KEY (repository_id, pr_number) REFERENCES pull_requests (repository_id, number)
);

CREATE INDEX pr_metrics_pull_request ON pr_metrics (repository_id, pr_number);

CREATE INDEX pr_metrics_merged ON pr_metrics (team_id, merged_at)
    INCLUDE (cycle_time_seconds, weight, is_bot)
    WHERE merged_at IS NOT NULL;

COMMENT ON COLUMN pr_metrics.repository IS 'owner/name, kept in step with a rename.';
COMMENT ON COLUMN pr_metrics.cycle_time_hours IS 'cycle_time_seconds / 3600, for readers; aggregate seconds, divide last.';
