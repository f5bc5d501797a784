-- One row: what the stored shares and the views follow. Its lock orders roster changes and page writes.
CREATE TABLE settings (
    is_the_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_the_only_row),
    roster_version BIGINT NOT NULL DEFAULT 0 CHECK (roster_version >= 0),
    attribution_rule TEXT NOT NULL DEFAULT 'created' CHECK (attribution_rule IN ('created', 'merged', 'effort')),
    report_time_zone TEXT NOT NULL DEFAULT 'UTC',
    bot_patterns TEXT[] NOT NULL DEFAULT '{}',
    over_allocation TEXT NOT NULL DEFAULT 'refuse' CHECK (over_allocation IN ('refuse', 'allow'))
);

INSERT INTO settings DEFAULT VALUES;
