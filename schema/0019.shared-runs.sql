-- Runs that many workers share while they last; when one ends, it becomes a row of runs like any other.
CREATE TABLE planned_runs (
    id UUID PRIMARY KEY,
    planned_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ
);

COMMENT ON TABLE planned_runs IS 'One row a planning, kept for good, so that the same event twice plans once.';

CREATE INDEX planned_runs_open ON planned_runs (planned_at) WHERE closed_at IS NULL;

-- One row a repository instead of an array: each worker looks at one, and no two wait for each other.
CREATE TABLE planned_repositories (
    run_id UUID NOT NULL REFERENCES planned_runs (id),
    repository TEXT NOT NULL CHECK (repository <> ''),
    place INTEGER NOT NULL,
    is_over BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (run_id, repository)
);

COMMENT ON TABLE planned_repositories IS 'What is expected of the open runs; removed when a run is closed.';

CREATE INDEX planned_repositories_pending ON planned_repositories (run_id) WHERE NOT is_over;

CREATE TABLE run_parts (
    run_id UUID NOT NULL,
    repository TEXT NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    is_over BOOLEAN NOT NULL,
    report JSONB NOT NULL CHECK (jsonb_typeof(report) = 'object'),
    FOREIGN KEY (run_id, repository) REFERENCES planned_repositories (run_id, repository) ON DELETE CASCADE
);

-- A part whose commit got no answer can be kept again without doubling it.
CREATE UNIQUE INDEX run_parts_key ON run_parts (run_id, repository, finished_at, md5(report::TEXT));

COMMENT ON TABLE run_parts IS 'What each worker did for a repository of an open run.';
