"""What the connections that store are spared: holding claims, and planning the same statements again."""

from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import put_facts, put_roster
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, roster_of

PAGE_STATEMENTS = """
SELECT sum(generic_plans), sum(custom_plans)
FROM pg_prepared_statements
WHERE strpos(statement, 'INSERT INTO pull_requests') > 0
"""


def test_claim_takes_no_connection_from_those_that_store(fresh_database: Secret) -> None:
    """Even where there is only one that stores, both go on; the claim is still held afterwards."""
    with (
        open_database(fresh_database, pool_size=1) as database,
        open_database(fresh_database, pool_size=1) as other,
        database.claim(5) as is_claimed,
    ):
        assert is_claimed
        assert database.execute("SELECT 1", {}) == [(1,)]
        with other.claim(5) as is_claimed_twice:
            assert not is_claimed_twice


def test_page_is_planned_once_a_connection(fresh_database: Secret) -> None:
    """A page of new pull requests, and one of which some are known, each by one plan from the first time on."""
    with open_database(fresh_database, pool_size=1) as database:
        store = postgres_store(database)
        put_roster(store, roster_of(Membership("Apps", "alice")))
        for number in range(1, 4):
            put_facts(store, merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), number))
        assert plans(database) == (3, 0)
        for day in (3, 4):
            known = merged(Author("alice"), at("2024-01-01"), at(f"2024-01-0{day}"), 1)
            put_facts(store, known, merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), day + 10))
        assert plans(database) == (5, 0)


def plans(database: Database) -> tuple[int, int]:
    """Return how often the page's statements ran by the one plan that is kept, and by one of their own."""
    generic, custom = database.execute(PAGE_STATEMENTS, {})[0]
    return int(generic), int(custom)
