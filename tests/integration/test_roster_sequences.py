"""Any sequence of rosters and policies on PostgreSQL."""

from hypothesis import HealthCheck, given, settings

from tests.contracts.roster_sequences import Step, assert_same_as_fresh, sequences
from tests.integration.databases import Databases
from tests.integration.postgres_store import empty_postgres_store


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=sequences())
def test_sequence_of_changes_ends_as_a_fresh_store(databases: Databases, steps: list[Step]) -> None:
    """In every share, rest, flag and figure, and verify finds nothing."""
    with empty_postgres_store(databases) as store, empty_postgres_store(databases) as fresh:
        assert_same_as_fresh(store, fresh, steps)
