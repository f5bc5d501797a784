"""How many rows a page of a first walk makes the server read, while nothing is known of the tables' sizes."""

from datetime import timedelta

from attrs import evolve

from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import put_facts, put_roster
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, roster_of

PAGE = 100
# As wide as real ones are, since plans depend on how many pages a table fills.
FACTS = [
    evolve(
        merged(Author("alice", 101, "User"), created_at, created_at + timedelta(hours=5), number),
        title="Make the decoder of webhooks refuse what it cannot read",
        head_branch=f"decoder-of-webhooks-{number}",
        merge_commit=f"{number:040x}",
        labels=("bug", "breaking change"),
    )
    for number in range(1, 2001)
    for created_at in [at("2024-01-01") + timedelta(hours=number)]
]

ROWS_READ = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))
FROM pg_stat_user_tables
WHERE relname IN ('pull_requests', 'pr_metrics', 'pr_unattributed')
"""


def rows_read(database: Database) -> int:
    """Return how many facts, shares and rests the one connection has read so far."""
    # Counts are told when a transaction ends, and only so often, unless it is asked for.
    database.transact(lambda connection: connection.execute("SELECT pg_stat_force_next_flush()"))
    row = database.transact(lambda connection: connection.execute(ROWS_READ).fetchone())
    assert row is not None
    return int(row[0])


def test_a_page_is_not_read_once_a_share(fresh_database: Secret) -> None:
    """A table that has never been analysed looks small, and joins to it may be planned badly: here, quadratically.

    Each fact of the page may be read some times. Reading the table, of 2,000 by then, would already be over the bound,
    and was done once for each share.
    """
    with open_database(fresh_database, pool_size=1) as database:
        store = postgres_store(database)
        put_roster(store, roster_of(Membership("Apps", "alice")))
        for start in range(0, len(FACTS) - PAGE, PAGE):
            put_facts(store, *FACTS[start : start + PAGE])
        before = rows_read(database)
        put_facts(store, *FACTS[-PAGE:])
        assert rows_read(database) - before <= 6 * PAGE
