-- How far back pull requests are kept: what ended before is removed, and not stored when it is read again.
ALTER TABLE settings
ADD COLUMN retention_floor TIMESTAMPTZ;

COMMENT ON COLUMN settings.retention_floor IS
    'Pull requests merged, or closed without merging, before this instant are not kept; NULL keeps all.';
