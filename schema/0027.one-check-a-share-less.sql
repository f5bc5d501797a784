-- A share names a fact, and a fact its repository: that a share's repository exists need not be checked once more, for
-- each of them. A partitioned table keeps its key, which also compares the name.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = 'pr_metrics'::REGCLASS AND relkind = 'r') THEN
        ALTER TABLE pr_metrics DROP CONSTRAINT pr_metrics_repository_id_fkey;
    END IF;
END
$$;
