-- The requests of each credential for GitHub, counted for all that send with it.
CREATE TABLE request_budgets (
    credential TEXT PRIMARY KEY CHECK (credential ~ '^(token:[0-9a-f]{32}|installation:[0-9]{1,19})$'),
    left_in_hour INTEGER NOT NULL DEFAULT 0,
    resets_at TIMESTAMPTZ,
    told_left INTEGER,
    paced_until TIMESTAMPTZ,
    rests_until TIMESTAMPTZ,
    CONSTRAINT request_budgets_told_of_an_hour CHECK (told_left IS NULL OR resets_at IS NOT NULL)
)
-- Its rows are written many times a minute: with room beside them no index has to follow.
WITH (fillfactor = 25);

CREATE TABLE request_leases (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credential TEXT NOT NULL REFERENCES request_budgets (credential),
    requests INTEGER NOT NULL CHECK (requests > 0),
    over_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX request_leases_credential ON request_leases (credential);

COMMENT ON TABLE request_budgets IS 'One row a credential; whoever counts holds its lock, and nobody waits with it.';
COMMENT ON COLUMN request_budgets.credential IS 'A hash of the token, from which nobody finds it, or an App''s installation.';
COMMENT ON COLUMN request_budgets.left_in_hour IS 'What can still be given out; below 0 after more was sent than granted.';
COMMENT ON COLUMN request_budgets.resets_at IS 'When GitHub''s hour ends; NULL is nothing ever given out.';
COMMENT ON COLUMN request_budgets.told_left IS 'The least that GitHub told to be left of that hour; NULL is nothing yet.';
COMMENT ON COLUMN request_budgets.paced_until IS 'When all that was given out will have begun, at the pace of the minute.';
COMMENT ON COLUMN request_budgets.rests_until IS 'Until when GitHub asked for no more requests.';
COMMENT ON TABLE request_leases IS 'Requests in hand. A row over its time belongs to somebody who died; the next one to ask removes it.';
