"""Workers that end at the same time on PostgreSQL: at least one learns that all is over, and one closes the run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.planned_runs import PostgresPlannedRuns
from github_tracker.domain.planned_run import Planning, RunPart
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.secret_store import Secret
from tests.unit.examples import at

WORKERS = 4
ROUNDS = 25
NAMES = tuple(f"acme/r{number}" for number in range(WORKERS))
PLANNED_AT = at("2024-06-01")


@pytest.fixture
def runs(fresh_database: Secret) -> Iterator[PostgresPlannedRuns]:
    """Shared runs on an empty database, with a connection for each worker."""
    with open_database(fresh_database, pool_size=WORKERS) as database:
        yield PostgresPlannedRuns(database)


def test_last_parts_at_once_leave_no_run_open(runs: PostgresPlannedRuns) -> None:
    """However they interleave: nobody may see all but the own part, and nobody else either."""
    with ThreadPoolExecutor(WORKERS) as threads:
        for number in range(ROUNDS):
            run, start = UUID(int=number + 1), Barrier(WORKERS)

            def end(name: str, run: UUID = run, start: Barrier = start) -> tuple[bool, bool]:
                part = RunPart(RepositoryReport(name, Outcome.COMPLETE), PLANNED_AT + timedelta(1), is_over=True)
                start.wait()
                is_over = runs.add_part(run, part)
                return is_over, is_over and runs.close(run)

            planning = Planning(run, PLANNED_AT, NAMES)
            assert sorted(threads.map(lambda _, planning=planning: runs.begin(planning), NAMES)) == [False] * 3 + [True]
            told = list(threads.map(end, NAMES))
            assert any(is_over for is_over, _ in told)
            assert sum(is_closing for _, is_closing in told) == 1
            assert runs.open_runs() == ()
