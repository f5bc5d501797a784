-- The roster in force: who belongs to which team, when, and for how much.
CREATE TABLE teams (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
    -- Deferrable, so that two teams can swap their names in one statement.
    name TEXT NOT NULL UNIQUE DEFERRABLE INITIALLY IMMEDIATE CHECK (name <> ''),
    description TEXT NOT NULL DEFAULT '',
    -- A team that the roster no longer lists keeps its id, in case it comes back.
    is_listed BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- A range over text turns equality into overlap, which a GiST index can hold without any extension:
-- contrib (btree_gist) is absent from the embedded server.
CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE team_memberships (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id BIGINT NOT NULL REFERENCES teams (id),
    github_username TEXT NOT NULL CHECK (github_username <> ''),
    allocation_weight NUMERIC(7, 6) NOT NULL DEFAULT 1 CHECK (allocation_weight BETWEEN 0 AND 1),
    joined_at TIMESTAMPTZ,
    left_at TIMESTAMPTZ,
    aliases TEXT[] NOT NULL DEFAULT '{}',
    github_id BIGINT CHECK (github_id > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT team_memberships_joined_before_left CHECK (joined_at < left_at),
    CONSTRAINT team_memberships_key UNIQUE NULLS NOT DISTINCT (team_id, github_username, joined_at),
    CONSTRAINT team_memberships_no_overlap EXCLUDE USING gist (
        int8range(team_id, team_id, '[]') WITH &&,
        text_range(lower(github_username), lower(github_username), '[]') WITH &&,
        tstzrange(joined_at, left_at) WITH &&
    )
);

COMMENT ON TABLE team_memberships IS
    'The roster in force. A membership holds on [joined_at, left_at); NULL is since ever, and still there.';
COMMENT ON COLUMN team_memberships.aliases IS 'Other logins of the same person.';
COMMENT ON COLUMN team_memberships.github_id IS 'GitHub''s numeric id of the account; decides before the login.';
