-- Keys of the metrics API. Of a key only its SHA-256 is here: 256 random bits cannot be guessed, so no slow hash is due.
CREATE TABLE api_keys (
    public_id TEXT PRIMARY KEY CHECK (public_id ~ '^[0-9A-Za-z]{11}$'),
    digest TEXT NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
    name TEXT NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 100),
    scopes TEXT[] NOT NULL CHECK (
        cardinality(scopes) > 0 AND scopes <@ ARRAY['metrics:read', 'teams:read', 'admin']
    ),
    -- A column, and not whether api_key_teams has rows: a restricted key whose rows were lost opens nothing.
    is_restricted BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    last_used_on DATE,
    CONSTRAINT api_keys_created_before_expired CHECK (created_at < expires_at),
    CONSTRAINT api_keys_admin_opens_all_teams CHECK (NOT (is_restricted AND 'admin' = ANY (scopes)))
);

-- By id, so that a renamed team stays within reach, and one that takes its former name does not come within it.
CREATE TABLE api_key_teams (
    public_id TEXT NOT NULL REFERENCES api_keys (public_id),
    team_id BIGINT NOT NULL REFERENCES teams (id),
    PRIMARY KEY (public_id, team_id)
);

COMMENT ON TABLE api_keys IS 'Keys of the metrics API. What is revoked or expired stays, so that no id comes twice.';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the whole key in hexadecimal; the key itself is nowhere.';
COMMENT ON COLUMN api_keys.is_restricted IS 'Whether it opens only the teams in api_key_teams; FALSE is all teams.';
COMMENT ON COLUMN api_keys.last_used_on IS 'The UTC day of the last use, noted at most once a day; NULL is never.';
COMMENT ON TABLE api_key_teams IS 'Which teams a restricted key opens.';
