"""A store of any size, filled by the server itself: what reading millions of shares takes needs no collecting of them.

Every value follows from its place, so that two stores of one size are the same.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import psycopg
from attrs import frozen

from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.roster import Roster
from github_tracker.ports.roster_repository import RosterUpdate
from github_tracker.ports.secret_store import Secret

ENDS_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When the last pull request was created, nearly."""

WEIGHT: Final = Decimal("0.6")
"""Of the first member of each team; the rest of such a pull request is nobody's."""

_PULL_REQUESTS_OF_A_REPOSITORY: Final = 2000
_MOST_REPOSITORIES: Final = 500


@frozen
class Filling:
    """How much lies in a store: of 12 pull requests, 10 are a team's, of which 2 leave a rest, and 2 are nobody's."""

    shares: int
    teams: int = 10
    years: int = 3
    """Of history, in which pull requests are created evenly."""

    @property
    def pull_requests(self) -> int:
        """As many as these shares are of."""
        return self.shares * 12 // 10

    @property
    def repositories(self) -> int:
        """Among which they are dealt out one by one."""
        return max(1, min(_MOST_REPOSITORIES, self.pull_requests // _PULL_REQUESTS_OF_A_REPOSITORY))

    @property
    def begins_at(self) -> datetime:
        """When the first one was created."""
        return ENDS_AT.replace(year=ENDS_AT.year - self.years)

    def roster(self) -> Roster:
        """Return the teams, each with one who is there for a part of the time."""
        names = [team_name(place) for place in range(self.teams)]
        members = tuple(Membership(name, login(place, 0), WEIGHT) for place, name in enumerate(names))
        return Roster(tuple(map(Team, names)), members)

    def repository(self, place: int) -> Repository:
        """Return one of the repositories, or one beyond them."""
        return Repository(place + 1, f"organisation/repository-{place:03}", "main")


def team_name(place: int) -> str:
    """Return the name of the team at that place, which is one less than its id."""
    return f"Team {place:03}"


def login(team: int, place: int) -> str:
    """Return who is at that place of the team."""
    return f"member-{team}-{place}"


def fill(url: Secret, filling: Filling) -> None:
    """Fill a migrated, empty database; all figures are marked as touched then, as after a migration.

    Rows go by the statements' own way past triggers and foreign keys, which is why this needs a superuser.
    """
    with open_database(url, pool_size=2) as database:
        PostgresRosterRepository(database).put_in_force(
            RosterUpdate(filling.roster(), AttributionPolicy(), "benchmark", ENDS_AT)
        )
        collection = PostgresCollectionRepository(database)
        for place in range(filling.repositories):
            repository = filling.repository(place)
            collection.register(repository, repository.full_name)
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for statement in (_MADE, *_FILL):
            connection.execute(statement.encode(), _values(filling) if statement is _MADE else None)
        connection.execute("RESET session_replication_role")
        for table in ("pull_requests", "pr_metrics", "pr_unattributed"):
            connection.execute(f"VACUUM (ANALYZE) {table}".encode())
        connection.execute("CHECKPOINT")


def _values(filling: Filling) -> dict[str, object]:
    return {
        "pull_requests": filling.pull_requests,
        "repositories": filling.repositories,
        "teams": filling.teams,
        "begins_at": filling.begins_at,
        "ends_at": ENDS_AT,
    }


# Of ten, eight are merged after an hour to 20 days, most of them soon; one is closed, and one still open.
_MADE: Final = """
CREATE TEMPORARY TABLE made AS
SELECT
    drawn.*,
    CASE WHEN is_over AND fate < 8 THEN over_at END AS merged_at,
    CASE WHEN is_over AND fate < 9 THEN over_at END AS closed_at,
    CASE WHEN is_over AND fate < 8 THEN 'merged' WHEN is_over AND fate < 9 THEN 'closed' ELSE 'open' END AS state
FROM (
    SELECT
        begun.*,
        begun.i %% 12 AS kind,
        (begun.i * 7 + begun.i / 12) %% 10 AS fate,
        1 + (begun.i / 12) %% %(teams)s AS team_id,
        1 + begun.i %% %(repositories)s AS repository_id,
        1 + begun.i / %(repositories)s AS number,
        begun.i %% 50 = 0 AS is_bot,
        begun.over_at <= %(ends_at)s AS is_over
    FROM (
        SELECT
            i,
            created_at,
            created_at + INTERVAL '1 hour' + power((i * 7919 %% 10007) / 10007.0, 3) * INTERVAL '20 days' AS over_at
        FROM (
            SELECT
                i,
                %(begins_at)s::TIMESTAMPTZ
                + (%(ends_at)s::TIMESTAMPTZ - %(begins_at)s::TIMESTAMPTZ) * (i / %(pull_requests)s::FLOAT) AS created_at
            FROM generate_series(0, %(pull_requests)s::BIGINT - 1) AS numbered (i)
        ) AS dated
    ) AS begun
) AS drawn
"""

_FILL: Final = (
    """
    INSERT INTO pull_requests (
        repository_id, number, github_id, author_login, author_id, author_type, author_association, is_bot, title,
        state, is_draft, base_branch, head_branch, merge_commit, labels, created_at, updated_at, merged_at, closed_at,
        observed_at
    )
    SELECT
        repository_id, number, i + 1, 'member-' || team_id - 1 || '-' || i % 40, team_id * 1000 + i % 40, 'User',
        'MEMBER', is_bot, 'Change ' || i, state, FALSE, 'main', 'branch-' || i, md5(i::TEXT), '["change"]',
        created_at, coalesce(closed_at, created_at), merged_at, closed_at, coalesce(closed_at, created_at)
    FROM made
    ORDER BY i
    """,
    """
    INSERT INTO pr_metrics (
        team_id, repository_id, repository, pr_number, author, title, created_at, merged_at, closed_at, state, weight,
        rule, is_bot
    )
    SELECT
        made.team_id, made.repository_id, repositories.full_name, made.number,
        'member-' || made.team_id - 1 || '-' || made.i % 40, 'Change ' || made.i, made.created_at, made.merged_at,
        made.closed_at, made.state, CASE WHEN made.kind < 8 THEN 1 ELSE 0.6 END, 'created', made.is_bot
    FROM made
    INNER JOIN repositories ON repositories.id = made.repository_id
    WHERE made.kind < 10
    ORDER BY made.i
    """,
    """
    INSERT INTO pr_unattributed (repository_id, number, reason, weight)
    SELECT
        repository_id, number, CASE WHEN kind < 10 THEN 'part_time' ELSE 'unknown_login' END,
        CASE WHEN kind < 10 THEN 0.4 ELSE 1 END
    FROM made
    WHERE kind >= 8
    ORDER BY i
    """,
    "INSERT INTO touched_shares DEFAULT VALUES",
    "INSERT INTO touched_rests DEFAULT VALUES",
    "DROP TABLE made",
)
