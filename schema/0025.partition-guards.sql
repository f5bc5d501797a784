-- What guards keys where `github-tracker db partition` has partitioned the tables; nothing calls these anywhere else.
--
-- A unique key must hold created_at there, so of facts it no longer says that a repository has each number once: the
-- same one with another created_at would be let in. These refuse it. All else follows from keys: a share refers to
-- (repository_id, number, created_at) of its fact and to (id, full_name) of its repository, so that two shares of one
-- team, repository and number agree in created_at as well, and the unique key refuses the second.
ALTER TABLE repositories
ADD CONSTRAINT repositories_id_full_name_key UNIQUE (id, full_name);

-- After waiting for whoever writes facts of the repository, a statement under READ COMMITTED sees what that one did.
CREATE FUNCTION refuse_doubled_facts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    doubled RECORD;
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE feature_not_supported USING
            MESSAGE = 'pull requests are only inserted under READ COMMITTED: another snapshot might miss the same one';
    END IF;
    PERFORM FROM repositories
    WHERE id IN (SELECT repository_id FROM changed)
    ORDER BY id
    FOR NO KEY UPDATE;
    SELECT changed.repository_id, changed.number INTO doubled
    FROM changed
    INNER JOIN pull_requests AS other
        ON other.repository_id = changed.repository_id
        AND other.number = changed.number
        AND other.created_at <> changed.created_at
    LIMIT 1;
    IF FOUND THEN
        RAISE unique_violation USING
            MESSAGE = format(
                'pull request %s of repository %s is stored with another created_at', doubled.number, doubled.repository_id
            ),
            CONSTRAINT = 'pull_requests_pkey',
            TABLE = 'pull_requests';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_moved_facts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT repository_id, number, created_at FROM present
        EXCEPT
        SELECT repository_id, number, created_at FROM former
    ) THEN
        RAISE unique_violation USING
            MESSAGE = 'repository, number and created_at of a pull request never change',
            CONSTRAINT = 'pull_requests_pkey',
            TABLE = 'pull_requests';
    END IF;
    RETURN NULL;
END
$$;

-- The two halves of a foreign key: rests know no created_at, and the key of facts holds it. Locking the facts makes
-- whoever removes them wait.
CREATE FUNCTION refuse_rests_without_fact() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    orphan RECORD;
BEGIN
    PERFORM FROM pull_requests AS fact
    INNER JOIN (SELECT DISTINCT repository_id, number FROM changed) AS rest
        ON rest.repository_id = fact.repository_id
        AND rest.number = fact.number
    ORDER BY fact.repository_id, fact.number
    FOR KEY SHARE OF fact;
    SELECT changed.repository_id, changed.number INTO orphan
    FROM changed
    WHERE NOT EXISTS (
        SELECT FROM pull_requests AS fact
        WHERE fact.repository_id = changed.repository_id
            AND fact.number = changed.number
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING
            MESSAGE = format(
                'a rest is of pull request %s of repository %s, which is not stored', orphan.number, orphan.repository_id
            ),
            CONSTRAINT = 'pr_unattributed_of_a_fact',
            TABLE = 'pr_unattributed';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_facts_with_rests() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    kept RECORD;
BEGIN
    SELECT rest.repository_id, rest.number INTO kept
    FROM changed
    INNER JOIN pr_unattributed AS rest
        ON rest.repository_id = changed.repository_id
        AND rest.number = changed.number
    LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('pull request %s of repository %s still has a rest', kept.number, kept.repository_id),
            CONSTRAINT = 'pr_unattributed_of_a_fact',
            TABLE = 'pr_unattributed';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_truncated_facts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pr_unattributed) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'pull requests still have rests; truncate pr_unattributed with them',
            CONSTRAINT = 'pr_unattributed_of_a_fact',
            TABLE = 'pr_unattributed';
    END IF;
    RETURN NULL;
END
$$;
