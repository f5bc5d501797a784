-- Repositories by GitHub's numeric id: names change hands, ids do not.
CREATE TABLE repositories (
    id BIGINT PRIMARY KEY CHECK (id > 0),
    full_name TEXT NOT NULL CHECK (full_name LIKE '_%/_%'),
    -- Names it was configured or known under, lower case: a renamed repository is found without asking GitHub.
    known_as TEXT[] NOT NULL DEFAULT '{}',
    default_branch TEXT,
    missing_since TIMESTAMPTZ
);

CREATE UNIQUE INDEX repositories_full_name_key ON repositories (lower(full_name));

CREATE INDEX repositories_known_as ON repositories USING gin (known_as);

COMMENT ON COLUMN repositories.missing_since IS
    'Since when GitHub answers that it is not there for us; nothing stored is removed.';
