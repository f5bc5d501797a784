"""What the tables hold, read by plain SQL of the audit's own: none of the product's statements is trusted here."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from attrs import frozen
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState

Key = tuple[int, int]


@frozen
class StoredShare:
    """One row of pr_metrics."""

    team: str
    weight: Decimal
    rule: str
    is_bot: bool
    flattened: tuple[object, ...]
    """What is repeated from the fact: repository, author, title, created, merged, closed, state."""


@frozen
class Stored:
    """Everything that the audit looks at, of one snapshot."""

    facts: dict[Key, tuple[PullRequest, bool]]
    """Each with whether it is flagged as a bot's."""
    shares: dict[Key, list[StoredShare]]
    rests: dict[Key, dict[str, Decimal]]
    names: dict[int, str]
    watermarks: dict[int, datetime | None]
    unfinished: int
    """Repositories with a cursor: a walk or an increment that was cut."""
    rule: AttributionRule
    memberships: frozenset[tuple[object, ...]]
    """(team, login, weight, joined, left) of the roster in force."""
    teams: frozenset[str]
    """Those that are listed."""


_FACTS = """
SELECT repository_id, number, author_login, author_id, author_type, state, created_at, updated_at, observed_at,
    merged_at, closed_at, title, is_bot
FROM pull_requests
"""

_SHARES = """
SELECT repository_id, pr_number, name, weight, rule, is_bot,
    repository, author, title, pr_metrics.created_at, merged_at, closed_at, state
FROM pr_metrics JOIN teams ON teams.id = team_id AND is_listed
"""

_MEMBERSHIPS = """
SELECT name, github_username, allocation_weight, joined_at, left_at
FROM team_memberships JOIN teams ON teams.id = team_id
"""

DUPLICATES = {
    "pull_requests": "SELECT repository_id, number FROM pull_requests GROUP BY 1, 2 HAVING count(*) > 1",
    "pr_metrics": "SELECT team_id, repository_id, pr_number FROM pr_metrics GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "pr_unattributed": "SELECT repository_id, number, reason FROM pr_unattributed GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "repositories": "SELECT lower(full_name) FROM repositories GROUP BY 1 HAVING count(*) > 1",
    "teams": "SELECT lower(name) FROM teams GROUP BY 1 HAVING count(*) > 1",
    "team_memberships": """
        SELECT team_id, lower(github_username), joined_at
        FROM team_memberships GROUP BY 1, 2, 3 HAVING count(*) > 1
    """,
    "runs": "SELECT started_at, finished_at FROM runs GROUP BY 1, 2 HAVING count(*) > 1",
}
"""For each table, a query for the keys that stand in it twice; no constraint is taken on trust."""

UNBALANCED = """
SELECT fact.repository_id, fact.number,
    coalesce((SELECT sum(weight) FROM pr_metrics AS share
        WHERE share.repository_id = fact.repository_id AND share.pr_number = fact.number), 0)
    + coalesce((SELECT sum(weight) FROM pr_unattributed AS rest
        WHERE rest.repository_id = fact.repository_id AND rest.number = fact.number), 0) AS whole
FROM pull_requests AS fact
"""

OF_UNLISTED_TEAMS = """
SELECT repository_id, pr_number, name FROM pr_metrics JOIN teams ON teams.id = team_id WHERE NOT is_listed
"""

ROSTER_HISTORY_APART = """
SELECT 'settings are at version ' || roster_version
FROM settings WHERE roster_version <> (SELECT coalesce(max(version), 0) FROM roster_versions)
UNION ALL
SELECT 'history and roster differ in ' || name || ' ' || login
FROM (
    (
        SELECT team_id, github_username AS login, allocation_weight, joined_at, left_at FROM team_memberships
        EXCEPT ALL
        SELECT team_id, github_username, allocation_weight, lower(valid), upper(valid)
        FROM membership_history WHERE until_version IS NULL
    )
    UNION ALL
    (
        SELECT team_id, github_username, allocation_weight, lower(valid), upper(valid)
        FROM membership_history WHERE until_version IS NULL
        EXCEPT ALL
        SELECT team_id, github_username, allocation_weight, joined_at, left_at FROM team_memberships
    )
) AS apart JOIN teams ON teams.id = team_id
"""
"""A version of the roster that was put in force only in part."""

STORED_TEXTS = """
SELECT coalesce(last_message, '') FROM collection_state UNION ALL SELECT repositories::TEXT FROM runs
"""


def read_stored(connection: Connection[TupleRow]) -> Stored:
    """Return what the tables hold."""
    shares: defaultdict[Key, list[StoredShare]] = defaultdict(list)
    rests: defaultdict[Key, dict[str, Decimal]] = defaultdict(dict)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for row in connection.execute(_SHARES):
            shares[row[0], row[1]].append(StoredShare(row[2], row[3], row[4], row[5], flattened=row[6:]))
        for repository_id, number, reason, weight in connection.execute(
            "SELECT repository_id, number, reason, weight FROM pr_unattributed"
        ):
            rests[repository_id, number][reason] = weight
        states = connection.execute("SELECT repository_id, watermark, checkpoint FROM collection_state").fetchall()
        rule = connection.execute("SELECT attribution_rule FROM settings").fetchall()[0][0]
        return Stored(
            facts={(row[0], row[1]): (_fact_of(row), row[12]) for row in connection.execute(_FACTS)},
            shares=shares,
            rests=rests,
            names=dict(connection.execute("SELECT id, full_name FROM repositories").fetchall()),
            watermarks={row[0]: row[1] for row in states},
            unfinished=sum(row[2] is not None for row in states),
            rule=AttributionRule(rule),
            memberships=frozenset(map(tuple, connection.execute(_MEMBERSHIPS).fetchall())),
            teams=frozenset(row[0] for row in connection.execute("SELECT name FROM teams WHERE is_listed")),
        )


def _fact_of(row: TupleRow) -> PullRequest:
    return PullRequest(
        repository_id=row[0],
        number=row[1],
        author=None if row[2] is None else Author(row[2], row[3], row[4]),
        state=PullRequestState(row[5]),
        created_at=row[6],
        updated_at=row[7],
        observed_at=row[8],
        merged_at=row[9],
        closed_at=row[10],
        title=row[11],
    )
