-- Every version of the roster, in two times: when a membership was valid, and when we held it to be so.
CREATE TABLE roster_versions (
    version BIGINT PRIMARY KEY CHECK (version > 0),
    recorded_at TIMESTAMPTZ NOT NULL UNIQUE,
    changed_by TEXT NOT NULL,
    attribution_rule TEXT NOT NULL CHECK (attribution_rule IN ('created', 'merged', 'effort')),
    report_time_zone TEXT NOT NULL,
    bot_patterns TEXT[] NOT NULL,
    over_allocation TEXT NOT NULL CHECK (over_allocation IN ('refuse', 'allow')),
    teams JSONB NOT NULL
);

CREATE TABLE membership_history (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id BIGINT NOT NULL REFERENCES teams (id),
    team_name TEXT NOT NULL,
    github_username TEXT NOT NULL,
    allocation_weight NUMERIC(7, 6) NOT NULL CHECK (allocation_weight BETWEEN 0 AND 1),
    aliases TEXT[] NOT NULL,
    github_id BIGINT,
    valid TSTZRANGE NOT NULL CHECK (NOT isempty(valid)),
    recorded TSTZRANGE NOT NULL CHECK (NOT isempty(recorded)),
    since_version BIGINT NOT NULL REFERENCES roster_versions (version),
    until_version BIGINT REFERENCES roster_versions (version) CHECK (until_version > since_version)
);

CREATE INDEX membership_history_recorded ON membership_history USING gist (recorded);

COMMENT ON COLUMN membership_history.valid IS '[joined_at, left_at) as the roster of that time said.';
COMMENT ON COLUMN membership_history.recorded IS 'From when until when the roster in force held this entry.';
COMMENT ON COLUMN membership_history.until_version IS 'The first version without this entry; NULL while in force.';
