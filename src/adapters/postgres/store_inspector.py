"""A PostgreSQL store looks at itself: one statement each, streamed, nothing written."""

from collections.abc import Generator
from typing import Final

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.rollup_inspection import (
    REST_MONTHS_THAT_DIFFER,
    REST_WEEKS_THAT_DIFFER,
    TEAM_MONTHS_THAT_DIFFER,
    TEAM_WEEKS_THAT_DIFFER,
)
from github_tracker.domain.verification import Finding, FindingKind
from github_tracker.ports.store_inspector import StoreInspector

_ROWS_AT_A_TIME: Final = 1000

_ORPHANED_SHARES: Final = """
SELECT share.repository_id, share.pr_number, 'share of team ' || share.team_id
FROM pr_metrics AS share
WHERE NOT EXISTS (
    SELECT FROM pull_requests AS fact
    WHERE fact.repository_id = share.repository_id
        AND fact.number = share.pr_number
)
"""

_ORPHANED_RESTS: Final = """
SELECT rest.repository_id, rest.number, 'rest ' || rest.reason
FROM pr_unattributed AS rest
WHERE NOT EXISTS (
    SELECT FROM pull_requests AS fact
    WHERE fact.repository_id = rest.repository_id
        AND fact.number = rest.number
)
"""

# The key of a plain table sees to it; a partitioned one has only a trigger for it, which a restore may pass by.
_DOUBLED_FACTS: Final = """
SELECT repository_id, number, count(*)
FROM pull_requests
GROUP BY repository_id, number
HAVING count(*) > 1
ORDER BY repository_id, number
"""

_COPIES_THAT_DIFFER: Final = """
SELECT share.repository_id, share.pr_number, concat_ws(
    ', ',
    CASE WHEN share.repository <> repositories.full_name THEN 'repository' END,
    CASE WHEN share.author IS DISTINCT FROM fact.author_login THEN 'author' END,
    CASE WHEN share.title IS DISTINCT FROM fact.title THEN 'title' END,
    CASE WHEN share.state <> fact.state THEN 'state' END,
    CASE WHEN share.created_at <> fact.created_at THEN 'created_at' END,
    CASE WHEN share.merged_at IS DISTINCT FROM fact.merged_at THEN 'merged_at' END,
    CASE WHEN share.closed_at IS DISTINCT FROM fact.closed_at THEN 'closed_at' END,
    CASE WHEN share.is_bot <> fact.is_bot THEN 'is_bot' END,
    CASE WHEN share.rule <> settings.attribution_rule THEN 'rule' END
)
FROM pr_metrics AS share
INNER JOIN pull_requests AS fact ON fact.repository_id = share.repository_id AND fact.number = share.pr_number
INNER JOIN repositories ON repositories.id = share.repository_id
CROSS JOIN settings
WHERE ROW(
        share.repository, share.author, share.title, share.state, share.created_at, share.merged_at, share.closed_at,
        share.is_bot, share.rule
    ) IS DISTINCT FROM ROW(
        repositories.full_name, fact.author_login, fact.title, fact.state, fact.created_at, fact.merged_at,
        fact.closed_at, fact.is_bot, settings.attribution_rule
    )
"""

_STATES_MISSING: Final = """
SELECT repositories.id, NULL, repositories.full_name
FROM repositories
WHERE NOT EXISTS (SELECT FROM collection_state AS state WHERE state.repository_id = repositories.id)
"""

_FACTS_WITHOUT_REPOSITORY: Final = """
SELECT fact.repository_id, NULL, count(*)
FROM pull_requests AS fact
WHERE NOT EXISTS (SELECT FROM repositories WHERE repositories.id = fact.repository_id)
GROUP BY fact.repository_id
"""

_STATES_WITHOUT_REPOSITORY: Final = """
SELECT state.repository_id, NULL, 'state'
FROM collection_state AS state
WHERE NOT EXISTS (SELECT FROM repositories WHERE repositories.id = state.repository_id)
"""

_RECORDED_OTHERWISE: Final = """
SELECT NULL, NULL, entry.github_username || ' in ' || entry.team_name
FROM membership_history AS entry
LEFT JOIN roster_versions AS first ON first.version = entry.since_version
LEFT JOIN roster_versions AS next ON next.version = entry.until_version
WHERE first.recorded_at IS NULL
    OR ROW(lower(entry.recorded), upper(entry.recorded)) IS DISTINCT FROM ROW(first.recorded_at, next.recorded_at)
"""

# Readers of the package divide the sums themselves; whoever asks the view in SQL gets these columns.
_AVERAGES_THAT_DIFFER: Final = """
SELECT NULL, NULL, concat_ws(
    ' and ',
    CASE WHEN given.plain IS DISTINCT FROM round(figures.avg_cycle_time_hours, 9) THEN 'avg_cycle_time_hours' END,
    CASE
        WHEN given.weighted IS DISTINCT FROM round(figures.weighted_avg_cycle_time_hours, 9)
            THEN 'weighted_avg_cycle_time_hours'
    END
) || ' of team ' || figures.team_id || ' in the week of ' || figures.week
FROM view_team_velocity AS figures
CROSS JOIN LATERAL (
    SELECT
        round(figures.cycle_time_seconds / nullif(figures.prs_timed, 0) / 3600, 9) AS plain,
        round(figures.weighted_cycle_time_seconds / nullif(figures.weighted_prs_timed, 0) / 3600, 9) AS weighted
) AS given
WHERE ROW(given.plain, given.weighted) IS DISTINCT FROM ROW(
        round(figures.avg_cycle_time_hours, 9), round(figures.weighted_avg_cycle_time_hours, 9)
    )
"""

_NOT_WHAT_SHARES_GIVE: Final = "{} was made ready, and is not what the shares give; `github-tracker db refresh --all`"

_LOOKS: Final = (
    (FindingKind.ORPHAN, _FACTS_WITHOUT_REPOSITORY, "{} pull requests are stored of a repository that is not"),
    (FindingKind.ORPHAN, _STATES_WITHOUT_REPOSITORY, "a {} is stored of a repository that is not"),
    (FindingKind.ORPHAN, _ORPHANED_SHARES, "a {} is stored of a pull request that is not"),
    (FindingKind.ORPHAN, _ORPHANED_RESTS, "a {} is stored of a pull request that is not"),
    (FindingKind.DOUBLED, _DOUBLED_FACTS, "it is stored {} times"),
    (FindingKind.COPY_DIFFERS, _COPIES_THAT_DIFFER, "its share differs from what it repeats in: {}"),
    (FindingKind.STATE_MISSING, _STATES_MISSING, "{} has no row in collection_state"),
    (FindingKind.ROSTER_DIFFERS, _RECORDED_OTHERWISE, "when {} was recorded is not when its versions were"),
    (FindingKind.VIEW_DIFFERS, _AVERAGES_THAT_DIFFER, "{} is not what the view's own sums give"),
    (FindingKind.ROLLUP_DIFFERS, TEAM_WEEKS_THAT_DIFFER, _NOT_WHAT_SHARES_GIVE),
    (FindingKind.ROLLUP_DIFFERS, TEAM_MONTHS_THAT_DIFFER, _NOT_WHAT_SHARES_GIVE),
    (FindingKind.ROLLUP_DIFFERS, REST_WEEKS_THAT_DIFFER, _NOT_WHAT_SHARES_GIVE),
    (FindingKind.ROLLUP_DIFFERS, REST_MONTHS_THAT_DIFFER, _NOT_WHAT_SHARES_GIVE),
)


class PostgresStoreInspector(StoreInspector):
    """Compares tables and views with what they stem from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def findings(self) -> Generator[Finding]:
        """Yield what contradicts itself, through server-side cursors of one snapshot."""
        with self._database.reading() as connection:
            for kind, statement, wording in _LOOKS:
                with connection.cursor(name="findings") as cursor:
                    cursor.itersize = _ROWS_AT_A_TIME
                    cursor.execute(statement)
                    for repository_id, number, detail in cursor:
                        yield Finding(kind, repository_id, number, wording.format(detail))
