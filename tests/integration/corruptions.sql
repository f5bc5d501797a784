-- Corruptions of the database that tests/integration/test_planted_corruption.py fills. Each begins with what it is, the
-- kind of finding that must tell of it, and words of the message: a block is `-- name | kind | words`, then statements.

-- share is missing | not_conserved | 0.6 instead of 1
DELETE FROM pr_metrics WHERE repository_id = 1 AND pr_number = 1 AND weight = 0.4;

-- share too many | not_conserved | 1.25 instead of 1
INSERT INTO pr_metrics (team_id, repository_id, repository, pr_number, author, title, created_at, merged_at,
closed_at, state, weight, rule, is_bot)
SELECT (SELECT id FROM teams WHERE name = 'Core'), repository_id, repository, 2, author, title, created_at, merged_at, closed_at, state, 0.25,
rule, is_bot
FROM pr_metrics
WHERE repository_id = 1 AND pr_number = 2;

-- share of another team | stale | stored Core 0.5, part_time 0.5, but the roster gives Apps 0.5, part_time 0.5
UPDATE pr_metrics
SET team_id = (SELECT id FROM teams WHERE name = 'Core')
WHERE repository_id = 1 AND pr_number = 2;

-- share of a team that is not there | not_conserved | 0.5 instead of 1
UPDATE pr_metrics SET team_id = 99 WHERE repository_id = 1 AND pr_number = 2;

-- other weight | not_conserved | 0.75 instead of 1
UPDATE pr_metrics SET weight = 0.25 WHERE repository_id = 1 AND pr_number = 2;

-- weight off by a millionth | not_conserved | 1.000001 instead
UPDATE pr_metrics SET weight = 0.500001 WHERE repository_id = 1 AND pr_number = 2;

-- weights of two teams swapped | stale | stored Apps 0.6, Platform 0.4
UPDATE pr_metrics SET weight = 1 - weight WHERE repository_id = 1 AND pr_number = 1;

-- part moved from share to rest | stale | stored Apps 0.3, part_time 0.7
UPDATE pr_metrics SET weight = 0.3 WHERE repository_id = 1 AND pr_number = 2;
UPDATE pr_unattributed SET weight = 0.7 WHERE repository_id = 1 AND number = 2;

-- share in place of a rest | stale | stored Apps 1, but
UPDATE pr_metrics SET weight = 1 WHERE repository_id = 1 AND pr_number = 2;
DELETE FROM pr_unattributed WHERE repository_id = 1 AND number = 2;

-- stale rule | copy_differs | rule
UPDATE pr_metrics SET rule = 'merged' WHERE repository_id = 1 AND pr_number = 2;

-- orphaned share | orphan | a share of team
INSERT INTO pr_metrics (team_id, repository_id, repository, pr_number, author, title, created_at, merged_at,
closed_at, state, weight, rule, is_bot)
SELECT (SELECT id FROM teams WHERE name = 'Apps'), repository_id, repository, 999, author, title, created_at, merged_at, closed_at, state, 0.5,
rule, is_bot
FROM pr_metrics
WHERE repository_id = 1 AND pr_number = 2;

-- share's bot flag | copy_differs | is_bot
UPDATE pr_metrics SET is_bot = TRUE WHERE repository_id = 1 AND pr_number = 2;

-- share's repository | copy_differs | repository
UPDATE pr_metrics SET repository = 'acme/old' WHERE repository_id = 1 AND pr_number = 2;

-- share's author | copy_differs | author
UPDATE pr_metrics SET author = 'Bob' WHERE repository_id = 1 AND pr_number = 2;

-- share's title | copy_differs | title
UPDATE pr_metrics SET title = NULL WHERE repository_id = 1 AND pr_number = 2;

-- share's created_at | copy_differs | created_at
UPDATE pr_metrics SET created_at = created_at - interval '1 s' WHERE repository_id = 1 AND pr_number = 2;

-- share's merged_at | copy_differs | merged_at
UPDATE pr_metrics SET merged_at = merged_at + interval '1 s' WHERE repository_id = 1 AND pr_number = 2;

-- share's closed_at | copy_differs | closed_at
UPDATE pr_metrics SET closed_at = now() WHERE repository_id = 1 AND pr_number = 2;

-- share's state | copy_differs | state
UPDATE pr_metrics SET state = 'closed' WHERE repository_id = 1 AND pr_number = 2;

-- rest is missing | not_conserved | 0.5 instead of 1
DELETE FROM pr_unattributed WHERE repository_id = 1 AND number = 2;

-- rest too many | not_conserved | 1.5 instead of 1
INSERT INTO pr_unattributed VALUES (1, 2, 'ghost', 0.5);

-- other reason | stale | stored ghost 1, but the roster gives unknown_login 1
UPDATE pr_unattributed SET reason = 'ghost' WHERE repository_id = 1 AND number = 7;

-- orphaned rest | orphan | a rest part_time
INSERT INTO pr_unattributed VALUES (1, 999, 'part_time', 1);

-- fact without attribution | unattributed_fact | neither
DELETE FROM pr_unattributed WHERE repository_id = 1 AND number = 7;

-- fact is gone | orphan | a share of team
DELETE FROM pull_requests WHERE repository_id = 1 AND number = 2;

-- bot flag of a fact set | stale | marked as a bot's, which it is not
UPDATE pull_requests SET is_bot = TRUE WHERE repository_id = 1 AND number = 7;

-- bot flag of a fact lost | stale | a bot's, and not marked as one
UPDATE pull_requests SET is_bot = FALSE WHERE author_login = 'ci[bot]';

-- bot flag of fact and share | stale | marked as a bot's
UPDATE pull_requests SET is_bot = TRUE WHERE repository_id = 1 AND number = 2;
UPDATE pr_metrics SET is_bot = TRUE WHERE repository_id = 1 AND pr_number = 2;

-- author of a fact | stale | stored Apps 0.5, part_time 0.5, but the roster gives unknown_login 1
UPDATE pull_requests SET author_login = 'mallory' WHERE repository_id = 1 AND number = 2;
UPDATE pr_metrics SET author = 'mallory' WHERE repository_id = 1 AND pr_number = 2;

-- opening before a window | stale | the roster gives joined_later 1
UPDATE pull_requests SET created_at = '2024-01-01' WHERE author_login = 'eve' AND created_at > '2024-03-01';

-- repository is gone | orphan | of a repository that is not
DELETE FROM repositories WHERE id = 2;

-- repository renamed by hand | copy_differs | repository
UPDATE repositories SET full_name = 'acme/new' WHERE id = 2;

-- state is missing | state_missing | Acme/Gadgets has no row
DELETE FROM collection_state WHERE repository_id = 2;

-- state of no repository | orphan | state
UPDATE collection_state SET repository_id = 77 WHERE repository_id = 2;

-- forgotten login is back | forgotten | forgotten
UPDATE pull_requests SET author_login = 'Frank' WHERE author_login LIKE 'forgotten-%';
UPDATE pr_metrics SET author = 'Frank' WHERE author LIKE 'forgotten-%';

-- forgotten id is back | forgotten | forgotten
UPDATE pull_requests SET author_id = 105 WHERE author_login LIKE 'forgotten-%';

-- team not listed any more | roster_differs | Core
UPDATE teams SET is_listed = FALSE WHERE name = 'Core';
DELETE FROM team_memberships WHERE team_id = (SELECT id FROM teams WHERE name = 'Core');

-- team renamed | roster_differs | Web
UPDATE teams SET name = 'Web' WHERE name = 'Apps';

-- membership of somebody with pull requests | stale | the roster gives Apps 0.25, part_time 0.75
UPDATE team_memberships SET allocation_weight = 0.25 WHERE github_username = 'bob';

-- membership without effect | roster_differs | dan
UPDATE team_memberships SET joined_at = '2000-01-01' WHERE github_username = 'dan';

-- membership is gone | roster_differs | dan
DELETE FROM team_memberships WHERE github_username = 'dan';

-- membership added | roster_differs | zoe
INSERT INTO team_memberships (team_id, github_username)
VALUES ((SELECT id FROM teams WHERE name = 'Core'), 'zoe');

-- memberships that no roster may hold | roster_differs | alice
UPDATE team_memberships SET allocation_weight = 1 WHERE github_username = 'alice';

-- history of a membership | roster_differs | dan
UPDATE membership_history SET allocation_weight = 0.1 WHERE github_username = 'dan';

-- version number in the settings | roster_differs | version
UPDATE settings SET roster_version = 2;

-- version is gone | roster_differs | version
DELETE FROM roster_versions WHERE version = 2;

-- recorded time of a version | roster_differs | recorded
UPDATE roster_versions SET recorded_at = '2024-05-01' WHERE version = 2;

-- rule in the settings | roster_differs | rule
UPDATE settings SET attribution_rule = 'merged';

-- time zone in the settings | roster_differs | Asia/Tokyo
UPDATE settings SET report_time_zone = 'Asia/Tokyo';

-- bot patterns in the settings | roster_differs | bot
UPDATE settings SET bot_patterns = '{ci-*,never-seen-*}';

-- over-allocation in the settings | roster_differs | over-allocation
UPDATE settings SET over_allocation = 'allow';

-- ready figure of a week | rollup_differs | the velocity of team
UPDATE rolled_up_team_weeks SET cycle_time_seconds = cycle_time_seconds + 1
WHERE week = (SELECT max(week) FROM rolled_up_team_weeks);

-- ready figure of a week is gone | rollup_differs | the velocity of team
DELETE FROM rolled_up_team_weeks WHERE week = (SELECT min(week) FROM rolled_up_team_weeks);

-- ready figure of a week too many | rollup_differs | the velocity of team 1 in the week of 2020-01-06
INSERT INTO rolled_up_team_weeks VALUES (1, '2020-01-06', 1, 1, 1, 1, 1, 1);

-- ready count of a month | rollup_differs | the lead time of team
UPDATE rolled_up_team_months SET weighted_prs_merged = weighted_prs_merged + 0.000001;

-- ready percentile of a month that is in no sample | rollup_differs | in 2024-02
UPDATE rolled_up_team_months SET weighted_p95_lead_time_hours = weighted_p95_lead_time_hours * 1.00001
WHERE month = '2024-02-01';

-- ready percentile is gone | rollup_differs | the lead time of team
UPDATE rolled_up_team_months SET median_lead_time_hours = NULL;

-- ready rest of a week | rollup_differs | the unattributed velocity (unknown_login)
UPDATE rolled_up_rest_weeks SET weighted_prs_merged = weighted_prs_merged / 2 WHERE reason = 'unknown_login';

-- ready rests of a month | rollup_differs | the unattributed lead time in
UPDATE rolled_up_rest_months SET effective_prs = effective_prs * 1.001;

-- marks are gone | rollup_differs | the velocity of team
DELETE FROM rolled_up_team_weeks;
DELETE FROM touched_shares;
