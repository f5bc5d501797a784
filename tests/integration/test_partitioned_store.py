"""A partitioned store passes the contracts that its keys, triggers and partitions have a part in, as a plain one does.

By month from January 2024 on, so that the contracts' pull requests lie in several partitions and in the one of
everything else. Roster changes, forgetting and refusals are left to the comparison with a plain store, and to
test_partitioning.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.partitioning import partition_store
from github_tracker.ports.secret_store import Secret
from tests.contracts.inspections import InspectionContract
from tests.contracts.metrics import MetricsContract
from tests.contracts.retention import RetentionContract
from tests.contracts.rollups import RollupContract
from tests.contracts.store import Store
from tests.integration.databases import Databases
from tests.integration.postgres_store import empty_postgres_store, postgres_store
from tests.integration.test_lockstep import StoresInLockstep
from tests.unit.examples import at


@pytest.fixture
def store(partitioned_database: Secret) -> Iterator[Store]:
    """An empty partitioned store on a database of its own."""
    with open_database(partitioned_database, pool_size=4) as database:
        yield postgres_store(database)


class TestPartitionedMetrics(MetricsContract):
    """Pages, known and unknown, over several partitions."""


class TestPartitionedRetention(RetentionContract):
    """Partitions dropped, and the rest removed."""


class TestPartitionedRollups(RollupContract):
    """Triggers on the whole leave the marks, whichever partition is written to."""


class TestPartitionedInspection(InspectionContract):
    """Nothing off in a store that was only written through the ports."""


class PlainAndPartitionedInLockstep(StoresInLockstep):
    """Does the same to a plain and to a partitioned store, which gets more partitions on the way."""

    template: Secret

    def _open_stores(self, databases: Databases) -> tuple[Store, Store]:
        self._url = databases.create_copy(self.template)
        self._opened.callback(databases.give_back, self._url)
        database = self._opened.enter_context(open_database(self._url, pool_size=2))
        return self._opened.enter_context(empty_postgres_store(databases)), postgres_store(database)

    @rule(now=st.sampled_from(tuple(map(at, ("2023-12-01", "2024-06-01", "2024-11-01", "2026-01-01")))))
    def add_partitions(self, now: datetime) -> None:
        """Those that are due at some time, with what lies in none of its own yet."""
        partition_store(self._url, None, now)


def test_plain_and_partitioned_store_agree_after_every_step(databases: Databases, partitioned_template: Secret) -> None:
    """Facts, shares, rests, figures and what each operation answers, whatever is done in whatever order."""
    PlainAndPartitionedInLockstep.template = partitioned_template
    run_state_machine_as_test(
        lambda: PlainAndPartitionedInLockstep(databases),  # type: ignore[arg-type]  # its documentation shows a function
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
