-- Which weeks and months changed since they were rolled up. Only ever appended to by writers, in their own transaction;
-- a refresh removes the marks that its snapshot saw. The marks hold instants, not weeks, so that they mean the same in
-- every time zone: first and last of what was touched within one UTC week. One of NULLs means everything.
CREATE TABLE touched_shares (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id BIGINT,
    first_merged_at TIMESTAMPTZ,
    last_merged_at TIMESTAMPTZ,
    CONSTRAINT touched_shares_whole CHECK (num_nulls(team_id, first_merged_at, last_merged_at) IN (0, 3)),
    CONSTRAINT touched_shares_within_a_week CHECK (
        first_merged_at <= last_merged_at AND last_merged_at < first_merged_at + INTERVAL '168 hours'
    )
);

CREATE TABLE touched_rests (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_merged_at TIMESTAMPTZ,
    last_merged_at TIMESTAMPTZ,
    CONSTRAINT touched_rests_whole CHECK (num_nulls(first_merged_at, last_merged_at) IN (0, 2)),
    CONSTRAINT touched_rests_within_a_week CHECK (
        first_merged_at <= last_merged_at AND last_merged_at < first_merged_at + INTERVAL '168 hours'
    )
);

-- Statement-level triggers: no writer can forget the marks, and a bulk statement leaves one a team and week.
CREATE FUNCTION mark_shares() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_shares (team_id, first_merged_at, last_merged_at)
    SELECT team_id, min(merged_at), max(merged_at)
    FROM changed
    WHERE merged_at IS NOT NULL
        AND NOT is_bot
    GROUP BY team_id, date_trunc('week', merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

-- Of an update, what no figure depends on, such as a title or a repository's name, leaves no mark.
CREATE FUNCTION mark_updated_shares() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_shares (team_id, first_merged_at, last_merged_at)
    SELECT team_id, min(merged_at), max(merged_at)
    FROM (
        (
            SELECT id, team_id, created_at, merged_at, weight, is_bot FROM former
            EXCEPT
            SELECT id, team_id, created_at, merged_at, weight, is_bot FROM present
        )
        UNION ALL
        (
            SELECT id, team_id, created_at, merged_at, weight, is_bot FROM present
            EXCEPT
            SELECT id, team_id, created_at, merged_at, weight, is_bot FROM former
        )
    ) AS changed
    WHERE merged_at IS NOT NULL
        AND NOT is_bot
    GROUP BY team_id, date_trunc('week', merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

CREATE FUNCTION mark_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(fact.merged_at), max(fact.merged_at)
    FROM changed
    INNER JOIN pull_requests AS fact
        ON fact.repository_id = changed.repository_id
        AND fact.number = changed.number
    WHERE fact.merged_at IS NOT NULL
        AND NOT fact.is_bot
    GROUP BY date_trunc('week', fact.merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

CREATE FUNCTION mark_updated_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(fact.merged_at), max(fact.merged_at)
    FROM (SELECT repository_id, number FROM former UNION ALL SELECT repository_id, number FROM present) AS changed
    INNER JOIN pull_requests AS fact
        ON fact.repository_id = changed.repository_id
        AND fact.number = changed.number
    WHERE fact.merged_at IS NOT NULL
        AND NOT fact.is_bot
    GROUP BY date_trunc('week', fact.merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

-- When a fact merges, the figures of its rests change without a change of the rests. Whether it has any is not looked
-- at: one that somebody is just adding would not be seen.
CREATE FUNCTION mark_updated_facts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(merged_at), max(merged_at)
    FROM (
        (
            SELECT repository_id, number, created_at, merged_at, is_bot FROM former
            EXCEPT
            SELECT repository_id, number, created_at, merged_at, is_bot FROM present
        )
        UNION ALL
        (
            SELECT repository_id, number, created_at, merged_at, is_bot FROM present
            EXCEPT
            SELECT repository_id, number, created_at, merged_at, is_bot FROM former
        )
    ) AS changed
    WHERE merged_at IS NOT NULL
        AND NOT is_bot
    GROUP BY date_trunc('week', merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

-- A statement that removes facts together with their rests would leave mark_rests() no fact to look at.
CREATE FUNCTION mark_removed_facts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(merged_at), max(merged_at)
    FROM changed
    WHERE merged_at IS NOT NULL
        AND NOT is_bot
    GROUP BY date_trunc('week', merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

CREATE FUNCTION mark_everything() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_shares DEFAULT VALUES;
    INSERT INTO touched_rests DEFAULT VALUES;
    RETURN NULL;
END
$$;

CREATE TRIGGER mark_inserted AFTER INSERT ON pr_metrics
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_shares();

CREATE TRIGGER mark_deleted AFTER DELETE ON pr_metrics
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_shares();

CREATE TRIGGER mark_updated AFTER UPDATE ON pr_metrics
    REFERENCING OLD TABLE AS former NEW TABLE AS present FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_shares();

CREATE TRIGGER mark_truncated AFTER TRUNCATE ON pr_metrics
    FOR EACH STATEMENT EXECUTE FUNCTION mark_everything();

CREATE TRIGGER mark_inserted AFTER INSERT ON pr_unattributed
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_rests();

CREATE TRIGGER mark_deleted AFTER DELETE ON pr_unattributed
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_rests();

CREATE TRIGGER mark_updated AFTER UPDATE ON pr_unattributed
    REFERENCING OLD TABLE AS former NEW TABLE AS present FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_rests();

CREATE TRIGGER mark_truncated AFTER TRUNCATE ON pr_unattributed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_everything();

CREATE TRIGGER mark_updated AFTER UPDATE ON pull_requests
    REFERENCING OLD TABLE AS former NEW TABLE AS present FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_facts();

CREATE TRIGGER mark_deleted AFTER DELETE ON pull_requests
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_removed_facts();

-- Another time zone moves every week and month.
CREATE TRIGGER mark_inserted AFTER INSERT ON settings
    FOR EACH ROW EXECUTE FUNCTION mark_everything();

CREATE TRIGGER mark_zone AFTER UPDATE ON settings
    FOR EACH ROW WHEN (OLD.report_time_zone <> NEW.report_time_zone) EXECUTE FUNCTION mark_everything();

-- Nothing is rolled up yet. A large store is answered as before until its first refresh, and no migration waits for it.
INSERT INTO touched_shares DEFAULT VALUES;

INSERT INTO touched_rests DEFAULT VALUES;

COMMENT ON TABLE touched_shares IS
    'Weeks and months of teams whose rolled-up figures no longer hold; a row of NULLs: all. To distrust everything, '
    'as after a partition was dropped: INSERT INTO touched_shares DEFAULT VALUES, and the same with touched_rests.';
COMMENT ON TABLE touched_rests IS 'The same of what no team earned.';
