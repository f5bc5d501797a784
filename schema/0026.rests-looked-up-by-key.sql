-- The facts of touched rests are looked up one by one in the index. As a join, a plan made while pull_requests was small
-- reads all of it, and a connection keeps that plan while the table grows: each page of a first walk then took longer
-- than the one before.
CREATE OR REPLACE FUNCTION mark_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(fact.merged_at), max(fact.merged_at)
    FROM changed
    CROSS JOIN LATERAL (
        SELECT merged_at, is_bot
        FROM pull_requests
        WHERE pull_requests.repository_id = changed.repository_id
            AND pull_requests.number = changed.number
        LIMIT 1
    ) AS fact
    WHERE fact.merged_at IS NOT NULL
        AND NOT fact.is_bot
    GROUP BY date_trunc('week', fact.merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION mark_updated_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO touched_rests (first_merged_at, last_merged_at)
    SELECT min(fact.merged_at), max(fact.merged_at)
    FROM (SELECT repository_id, number FROM former UNION SELECT repository_id, number FROM present) AS changed
    CROSS JOIN LATERAL (
        SELECT merged_at, is_bot
        FROM pull_requests
        WHERE pull_requests.repository_id = changed.repository_id
            AND pull_requests.number = changed.number
        LIMIT 1
    ) AS fact
    WHERE fact.merged_at IS NOT NULL
        AND NOT fact.is_bot
    GROUP BY date_trunc('week', fact.merged_at AT TIME ZONE 'UTC');
    RETURN NULL;
END
$$;
