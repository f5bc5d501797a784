-- What is remarkable about a run, and what walking over everything again repaired.
ALTER TABLE runs
    ADD COLUMN facts_repaired BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN anomalies JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(anomalies) = 'array');

COMMENT ON COLUMN runs.facts_repaired IS 'Changed pull requests that lay behind the watermark, where no increment looks.';
COMMENT ON COLUMN runs.anomalies IS 'Objects of kind and message: such as that no repository holds any pull request.';
