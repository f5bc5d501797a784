-- The rest of each pull request that no team earned, by reason: shares and rest add up to 1.
CREATE TABLE pr_unattributed (
    repository_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    reason TEXT NOT NULL CHECK (
        reason IN ('unknown_login', 'joined_later', 'left_before', 'zero_weight', 'part_time', 'ghost')
    ),
    weight NUMERIC(7, 6) NOT NULL CHECK (weight > 0 AND weight <= 1),
    PRIMARY KEY (repository_id, number, reason),
    CONSTRAINT pr_unattributed_of_a_fact FOREIGN KEY (repository_id, number) REFERENCES pull_requests (repository_id, number)
);
