"""Loss-free collection as a whole, on PostgreSQL: whatever happens to it, at any call.

LAWS_EXAMPLES in the environment asks for more examples than an ordinary run has time for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from github_tracker.adapters.postgres.database import Database
from github_tracker.ports.secret_store import Secret
from tests.contracts.collection_laws import CollectionOfMovingRepositories, CollectionWithHiddenRows
from tests.contracts.store import Store
from tests.integration.postgres_store import postgres_store

_EXAMPLES: Final = int(os.environ.get("LAWS_EXAMPLES", "5"))

# Deleting from tables that hold a few rows takes a fraction of truncating them, and of a new database.
_EMPTY: Final = """
DO $$
DECLARE
    name TEXT;
BEGIN
    SET LOCAL session_replication_role = 'replica';
    FOR name IN
        SELECT format('%I.%I', schemaname, tablename)
        FROM pg_tables
        WHERE schemaname = 'public'
            AND tablename !~ '^_?yoyo'
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    INSERT INTO settings DEFAULT VALUES;
END
$$
"""


@pytest.mark.parametrize("machine", [CollectionOfMovingRepositories, CollectionWithHiddenRows])
def test_collection_loses_nothing(
    machine: type[CollectionOfMovingRepositories], database: Database, fresh_database: Secret
) -> None:
    """Three processes at most, each with faults, crashes and lost commits at any call."""

    @contextmanager
    def emptied() -> Iterator[Store]:
        with psycopg.connect(fresh_database.reveal(), autocommit=True) as connection:
            connection.execute(_EMPTY)
        yield postgres_store(database)

    run_state_machine_as_test(
        lambda: machine(emptied, looks_after_each_call=False),  # type: ignore[arg-type]  # its own documentation shows a function
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=25,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
