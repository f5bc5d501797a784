-- How far each repository's collection has come, and what each run did.
CREATE TABLE collection_state (
    repository_id BIGINT PRIMARY KEY REFERENCES repositories (id),
    checkpoint TEXT,
    watermark TIMESTAMPTZ,
    etag TEXT,
    walked_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 0,
    last_outcome TEXT CHECK (last_outcome IN ('complete', 'unchanged', 'deferred', 'failed')),
    last_code TEXT,
    last_message TEXT
);

COMMENT ON COLUMN collection_state.checkpoint IS 'Where an unfinished walk or increment goes on; opaque but to its source.';
COMMENT ON COLUMN collection_state.watermark IS 'Everything updated before it has been seen; never decreases.';
COMMENT ON COLUMN collection_state.version IS 'Counts up with every page; compared and swapped, so overlapping runs are safe.';

CREATE TABLE runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL CHECK (finished_at >= started_at),
    outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'partial', 'failed')),
    roster_version BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    facts_seen BIGINT NOT NULL,
    facts_changed BIGINT NOT NULL,
    shares_changed BIGINT NOT NULL,
    repositories JSONB NOT NULL,
    -- A run whose commit got no answer can be recorded again without doubling it.
    CONSTRAINT runs_key UNIQUE (started_at, finished_at)
);

COMMENT ON TABLE runs IS 'One row a run; repositories holds what it did for each of them.';
