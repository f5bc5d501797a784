-- Facts: what GitHub says about each pull request, of all authors, once, with no team in it.
CREATE TABLE pull_requests (
    repository_id BIGINT NOT NULL REFERENCES repositories (id),
    number BIGINT NOT NULL CHECK (number > 0),
    github_id BIGINT,
    author_login TEXT,
    author_id BIGINT,
    author_type TEXT,
    author_association TEXT,
    is_bot BOOLEAN NOT NULL,
    title TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'merged')),
    is_draft BOOLEAN NOT NULL,
    base_branch TEXT,
    head_branch TEXT,
    merge_commit TEXT,
    labels JSONB NOT NULL CHECK (jsonb_typeof(labels) = 'array'),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    merged_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    observed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (repository_id, number),
    CONSTRAINT pull_requests_merged_by_merged_at CHECK ((state = 'merged') = (merged_at IS NOT NULL)),
    CONSTRAINT pull_requests_open_is_not_closed CHECK (state <> 'open' OR closed_at IS NULL)
);

CREATE INDEX pull_requests_author_login ON pull_requests (lower(author_login));

CREATE INDEX pull_requests_author_id ON pull_requests (author_id);

COMMENT ON COLUMN pull_requests.author_login IS 'NULL when GitHub no longer names the author.';
COMMENT ON COLUMN pull_requests.title IS 'NULL when titles are left out by setting.';
COMMENT ON COLUMN pull_requests.observed_at IS 'The server''s time of the page that brought this content first.';
COMMENT ON COLUMN pull_requests.is_bot IS 'By the bot patterns and the roster in force.';
