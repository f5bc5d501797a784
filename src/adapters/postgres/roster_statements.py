"""The statements behind the roster: teams, memberships, versions and their history."""

from typing import Final

STANDING: Final = """
SELECT roster_version, attribution_rule, report_time_zone, bot_patterns, over_allocation
FROM settings
"""

IN_FORCE: Final = """
SELECT roster_version, attribution_rule, report_time_zone, bot_patterns, over_allocation, forgetting_key
FROM settings
"""

LOCK_IN_FORCE: Final = f"{IN_FORCE} FOR UPDATE"

MARKS: Final = "SELECT mark, pseudonym, pseudonym_id FROM forgotten_authors ORDER BY mark"

TEAMS: Final = "SELECT id, name, description, key, is_listed FROM teams ORDER BY id"

MEMBERSHIPS: Final = """
SELECT
    teams.name, member.github_username, member.allocation_weight, member.joined_at, member.left_at, member.aliases,
    member.github_id
FROM team_memberships AS member
INNER JOIN teams ON teams.id = member.team_id
ORDER BY member.id
"""

UPDATE_TEAMS: Final = """
UPDATE teams
SET
    name = given.name,
    description = given.description,
    key = given.key,
    is_listed = given.is_listed,
    updated_at = %(at)s
FROM unnest(%(id)s::BIGINT[], %(name)s::TEXT[], %(description)s::TEXT[], %(key)s::TEXT[], %(is_listed)s::BOOLEAN[])
    AS given (id, name, description, key, is_listed)
WHERE teams.id = given.id
    AND ROW(teams.name, teams.description, teams.key, teams.is_listed)
        IS DISTINCT FROM ROW(given.name, given.description, given.key, given.is_listed)
"""

ADD_TEAM: Final = """
INSERT INTO teams (name, description, key, created_at, updated_at)
VALUES (%(name)s, %(description)s, %(key)s, %(at)s, %(at)s)
"""

REMOVE_MEMBERSHIP: Final = """
DELETE FROM team_memberships
WHERE team_id = %(team_id)s
    AND github_username = %(login)s
    AND joined_at IS NOT DISTINCT FROM %(joined_at)s
"""

CHANGE_MEMBERSHIP: Final = """
UPDATE team_memberships
SET
    allocation_weight = %(weight)s,
    left_at = %(left_at)s,
    aliases = %(aliases)s,
    github_id = %(github_id)s
WHERE team_id = %(team_id)s
    AND github_username = %(login)s
    AND joined_at IS NOT DISTINCT FROM %(joined_at)s
"""

_ENTRIES: Final = """
ROWS FROM (
    json_to_recordset(%(entries)s::JSON) AS (
        team TEXT, login TEXT, weight NUMERIC, joined_at TIMESTAMPTZ, left_at TIMESTAMPTZ, aliases TEXT[],
        github_id BIGINT
    )
) WITH ORDINALITY AS given (team, login, weight, joined_at, left_at, aliases, github_id, place)
INNER JOIN teams ON teams.name = given.team
"""

ADD_MEMBERSHIPS: Final = f"""
INSERT INTO team_memberships (
    team_id, github_username, allocation_weight, joined_at, left_at, aliases, github_id, created_at
)
SELECT teams.id, login, weight, joined_at, left_at, aliases, github_id, %(at)s
FROM {_ENTRIES}
ORDER BY place
"""
"""Rows are numbered in the order of the entries, which is the order that they are read in."""

ADD_VERSION: Final = """
INSERT INTO roster_versions (
    version, recorded_at, changed_by, attribution_rule, report_time_zone, bot_patterns, over_allocation, teams
)
SELECT
    %(version)s,
    greatest(%(at)s::TIMESTAMPTZ, max(recorded_at) + INTERVAL '1 microsecond'),
    %(changed_by)s, %(rule)s, %(time_zone)s, %(bot_patterns)s, %(over_allocation)s, %(teams)s
FROM roster_versions
RETURNING recorded_at
"""

END_HISTORY: Final = """
UPDATE membership_history
SET
    until_version = %(version)s,
    recorded = tstzrange(lower(recorded), %(recorded_at)s)
WHERE until_version IS NULL
    AND team_name = %(team)s
    AND github_username = %(login)s
    AND lower(valid) IS NOT DISTINCT FROM %(joined_at)s
"""

ADD_HISTORY: Final = f"""
INSERT INTO membership_history (
    team_id, team_name, github_username, allocation_weight, aliases, github_id, valid, recorded, since_version
)
SELECT
    teams.id, teams.name, login, weight, aliases, github_id,
    tstzrange(joined_at, left_at), tstzrange(%(recorded_at)s, NULL), %(version)s
FROM {_ENTRIES}
ORDER BY place
"""

SET_IN_FORCE: Final = """
UPDATE settings
SET
    roster_version = %(version)s,
    attribution_rule = %(rule)s,
    report_time_zone = %(time_zone)s,
    bot_patterns = %(bot_patterns)s,
    over_allocation = %(over_allocation)s
"""

VERSIONS: Final = """
SELECT
    version, recorded_at, changed_by, attribution_rule, report_time_zone, bot_patterns, over_allocation, teams
FROM roster_versions
ORDER BY version
"""

HISTORY: Final = """
SELECT
    since_version, until_version,
    team_name, github_username, allocation_weight, lower(valid), upper(valid), aliases, github_id
FROM membership_history
ORDER BY id
"""
