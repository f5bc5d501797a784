-- Who was forgotten: marks that recognise an account when it is collected again, and hold neither login nor id.
CREATE TABLE forgotten_authors (
    -- A keyed hash (HMAC-SHA-256 under settings.forgetting_key) of a login or a numeric id.
    mark TEXT PRIMARY KEY CHECK (mark ~ '^[0-9a-f]{64}$'),
    pseudonym TEXT NOT NULL CHECK (pseudonym ~ '^forgotten-[0-9a-f]{8}(-[0-9]+)?$'),
    -- What stands in place of a numeric id; NULL beside the mark of a login.
    pseudonym_id BIGINT CHECK (pseudonym_id > 0)
);

-- Random, and another one in every database, so that marks cannot be compared between databases.
ALTER TABLE settings
ADD COLUMN forgetting_key TEXT NOT NULL DEFAULT gen_random_uuid()::TEXT || gen_random_uuid()::TEXT;

COMMENT ON TABLE forgotten_authors IS
    'Pseudonyms of people who were forgotten. Whoever can read it and settings can test guesses: it is no anonymity.';
COMMENT ON COLUMN settings.forgetting_key IS 'The key of the marks; changing it would bring the forgotten back.';
