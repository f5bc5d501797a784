"""How fast pull requests are written to PostgreSQL: row by row, and as the product does it; and what its log grows by.

All write the same rows, facts, shares and rests, into tables with the same indexes, constraints and triggers. The
server keeps its settings, so that every commit waits for its disk.

Usage: python -m benchmarks.writes [--pull-requests N] [--autocommit N] [--rounds N]
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

import psycopg
from attrs import asdict, frozen

from benchmarks import results
from benchmarks.database_server import Databases, database_server, log_position, rows
from benchmarks.made_up_world import World
from benchmarks.single_rows import SingleRows
from benchmarks.world_facts import attributed, repositories, roster
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.roster_repository import PostgresRosterRepository
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.ports.metrics_repository import AttributedPage
from github_tracker.ports.roster_repository import RosterUpdate
from github_tracker.ports.secret_store import Secret

AUTOCOMMIT: Final = "row by row, autocommit"
ONE_TRANSACTION: Final = "row by row, one transaction"
PAGES: Final = {100: "pages of 100", 1000: "pages of 1,000"}
UNCHANGED: Final = {size: f"unchanged, {name}" for size, name in PAGES.items()}


@frozen
class Written:
    """What writing took."""

    pull_requests: int
    seconds: float
    client_cpu_seconds: float
    server_cpu_seconds: float
    log_bytes: int
    """By which the write-ahead log grew."""

    @property
    def rate(self) -> float:
        """Pull requests a second."""
        return self.pull_requests / self.seconds


@frozen
class Writing:
    """Writes the same pull requests in several ways, each into a database of its own."""

    server: Databases
    attributions: Sequence[Attribution]
    """All of one repository."""
    autocommitted: int
    """How many of them are written that way, which takes longest."""

    def by_autocommit(self) -> Written:
        """Write some of them one row a statement and one statement a transaction."""
        chosen = self.attributions[: self.autocommitted]
        url = self._prepared()
        with psycopg.connect(url.reveal(), autocommit=True) as connection:
            written = self._observed(url, len(chosen), lambda: SingleRows(connection).write(chosen))
        self._check(url, chosen)
        return written

    def in_one_transaction(self) -> Written:
        """Write all of them one row a statement, and commit once."""
        url = self._prepared()
        with psycopg.connect(url.reveal(), autocommit=True) as connection:

            def write() -> None:
                with connection.transaction():
                    SingleRows(connection).write(self.attributions)

            written = self._observed(url, len(self.attributions), write)
        self._check(url, self.attributions)
        return written

    def in_pages(self, size: int) -> tuple[Written, Written]:
        """Write all of them by the product's adapter, and then again, when nothing has changed."""
        url = self._prepared()
        with open_database(url, pool_size=2) as database:
            pages = _Pages(PostgresMetricsRepository(database), PostgresCollectionRepository(database))
            first = self._observed(url, len(self.attributions), lambda: pages.store(self.attributions, size))
            self._check(url, self.attributions)
            again = self._observed(url, len(self.attributions), lambda: pages.store(self.attributions, size))
        self._check(url, self.attributions)
        return first, again

    def _prepared(self) -> Secret:
        """Return a new database in which the roster is in force and the repository is known."""
        url = self.server.migrated()
        with open_database(url, pool_size=2) as database:
            update = RosterUpdate(
                roster(), AttributionPolicy(), "benchmark", self.attributions[0].pull_request.observed_at
            )
            PostgresRosterRepository(database).put_in_force(update)
            known = PostgresCollectionRepository(database)
            for repository in repositories(World(1, 1)):
                known.register(repository, repository.full_name)
        self.server.settle()
        return url

    def _observed(self, url: Secret, count: int, work: Callable[[], object]) -> Written:
        log, server_cpu = log_position(url), self.server.cpu_seconds()
        started, cpu = time.monotonic(), time.process_time()
        work()
        seconds, client_cpu = time.monotonic() - started, time.process_time() - cpu
        return Written(count, seconds, client_cpu, self.server.cpu_seconds() - server_cpu, log_position(url) - log)

    def _check(self, url: Secret, attributions: Sequence[Attribution]) -> None:
        """Raise ValueError unless just these rows are there."""
        wanted = (
            len(attributions),
            sum(len(attribution.shares) for attribution in attributions),
            sum(len(attribution.rest) for attribution in attributions),
        )
        (found,) = rows(url, _COUNTS)
        if found != wanted:
            raise ValueError(f"{found} facts, shares and rests were written, and should have been {wanted}")


_COUNTS: Final = """
SELECT
    (SELECT count(*) FROM pull_requests),
    (SELECT count(*) FROM pr_metrics),
    (SELECT count(*) FROM pr_unattributed)
"""


@frozen
class _Pages:
    metrics: PostgresMetricsRepository
    collection: PostgresCollectionRepository

    def store(self, attributions: Sequence[Attribution], size: int) -> None:
        """Store page by page. The checkpoint stays, since an unchanged run's does."""
        (repository,) = repositories(World(1, 1))
        state = self.collection.find(repository.full_name)
        if state is None:
            raise LookupError(repository.full_name)
        version = state.version
        for start in range(0, len(attributions), size):
            chosen = tuple(attributions[start : start + size])
            page = AttributedPage(repository.id, chosen, 1, Checkpoint(), version)
            version = self.metrics.store_page(page).state_version


def measure(writing: Writing, rounds: int) -> dict[str, list[Written]]:
    """Write in every way, in turns."""
    found: dict[str, list[Written]] = {}
    for turn in range(1, rounds + 1):
        done = {AUTOCOMMIT: writing.by_autocommit(), ONE_TRANSACTION: writing.in_one_transaction()}
        for size, name in PAGES.items():
            done[name], done[UNCHANGED[size]] = writing.in_pages(size)
        for name, written in done.items():
            found.setdefault(name, []).append(written)
            print(f"round {turn} of {rounds}: {name}: {written.rate:,.0f} a second", file=sys.stderr, flush=True)
    return found


def table(found: dict[str, list[Written]]) -> str:
    """Return what each way took, as Markdown."""
    rates = {name: median(written.rate for written in rounds) for name, rounds in found.items()}
    lines = [
        (
            name,
            f"{rates[name]:,.0f}",
            f"{rates[name] / rates[AUTOCOMMIT]:.1f}",
            f"{rates[name] / rates[ONE_TRANSACTION]:.1f}",
            f"{_each(rounds, 'client_cpu_seconds') * 1e6:.0f} µs",
            f"{_each(rounds, 'server_cpu_seconds') * 1e6:.0f} µs",
            # The least of the rounds: now and then the server writes something of its own.
            f"{min(written.log_bytes / written.pull_requests for written in rounds):,.0f} bytes",
        )
        for name, rounds in found.items()
    ]
    heads = ("way", "pull requests a second", "/ autocommit", "/ one transaction", "client CPU", "server CPU", "log")
    return results.table(heads, lines)


def _each(rounds: Sequence[Written], name: str) -> float:
    return float(median(getattr(written, name) / written.pull_requests for written in rounds))


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="How fast pull requests are written to PostgreSQL.")
    parser.add_argument("--pull-requests", type=int, default=10_000, help="of one repository; default: 10,000")
    parser.add_argument("--autocommit", type=int, default=1000, help="of them by autocommit; default: 1,000")
    parser.add_argument("--rounds", type=int, default=5, help="of how many the median is; default: 5")
    given = parser.parse_args()
    attributions = attributed(World(1, given.pull_requests))
    with database_server() as server:
        found = measure(Writing(server, attributions, given.autocommit), given.rounds)
    print(table(found))
    shares = sum(len(attribution.shares) for attribution in attributions)
    rests = sum(len(attribution.rest) for attribution in attributions)
    print(
        f"\n{len(attributions):,} pull requests with {shares:,} shares and {rests:,} rests; medians of {given.rounds}."
    )
    rounds = {name: [asdict(written) for written in all_rounds] for name, all_rounds in found.items()}
    print(f"\n{results.keep('writes', {'given': vars(given), 'rounds': rounds})}")


if __name__ == "__main__":
    main()
