"""What partitioning a store by year costs and saves: a plain store beside a partitioned one, in one run.

Both are filled alike. Whatever is done to the one is done to the other right after it, and then they are compared.

Usage: python -m benchmarks.partitions [--shares N] [--pull-requests N] [--reads N] [--rounds N]
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Final, TypeVar

import psycopg
from attrs import asdict, frozen

from benchmarks import results
from benchmarks.database_server import Databases, database_server, log_position, rows
from benchmarks.filled_store import ENDS_AT, Filling, fill, login, team_name
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.partition_periods import PartitionWidth
from github_tracker.adapters.postgres.partitioning import PartitioningPlan, partition_store
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.retention import PostgresRetention
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.metrics_repository import AttributedPage
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.secret_store import Secret

_PAGE: Final = 100
_HOUR: Final = timedelta(hours=1)
_ONE_TEAM: Final = ReportScope(team=team_name(0))

_SETTLING: Final = 12
"""After so many reads a connection has prepared the statement, and the server has decided how to plan it."""

_TIDY: Final = "VACUUM (ANALYZE)"  # the server does so by itself, but is kept from it here: it comes when it likes
_VACUUM: Final = "VACUUM pull_requests, pr_metrics, pr_unattributed"
_PARTITIONS: Final = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
_CLOSE: Final = (
    "UPDATE {} SET state = 'closed', closed_at = created_at + '24h' WHERE state = 'open' AND created_at < '{}'"
)

_TOLD: Final = (
    "SELECT count(*) FROM pull_requests",
    "SELECT count(*) FROM pr_metrics",
    "SELECT count(*) FROM pr_unattributed",
    "SELECT * FROM view_team_velocity ORDER BY team_id, week",
    "SELECT * FROM view_dora_lead_time ORDER BY team_id, month",
    "SELECT * FROM view_unattributed_velocity ORDER BY week, reason",
    "SELECT * FROM view_unattributed_lead_time ORDER BY month",
)

T = TypeVar("T")

Turn = tuple[float, float]
"""Of the plain store, and of the partitioned one."""

_Ask = Callable[[PostgresReportRepository, ReportScope], Sequence[object]]
_ASKED: Final[dict[str, _Ask]] = {
    "velocity": PostgresReportRepository.velocity,
    "lead time": PostgresReportRepository.lead_time,
}


@frozen
class Comparison:
    """What one round found."""

    plan: PartitioningPlan
    """What partitioning did."""
    partitioning_seconds: float
    dropped: tuple[str, ...]
    """The partitions that went as a whole when a year was removed."""
    figures: dict[str, Turn]
    """By what was measured, with its unit."""


def measure(server: Databases, filling: Filling, pull_requests: int, reads: int) -> Comparison:
    """Fill two stores, partition one, and do everything to both; `pull_requests` are those stored in pages.

    Raises ValueError if they differ after a step, or if a step did not do what it is measured for.
    """
    plain, partitioned = server.migrated(), server.migrated()
    for url in (plain, partitioned):
        fill(url, filling)
    figures = {}
    with open_database(plain, pool_size=2) as one, open_database(partitioned, pool_size=2) as other:
        both = _Both(_Store(server, plain, one), _Store(server, partitioned, other))
        plan, seconds, _ = both.partitioned.observed(lambda: partition_store(partitioned, PartitionWidth.YEAR, ENDS_AT))
        made = {name for (name,) in rows(partitioned, _PARTITIONS)}
        for what, turn in both.figures(filling, pull_requests, reads):
            figures[what] = turn
            print(f"{what}: {turn[0]:,.2f}, partitioned {turn[1]:,.2f}", file=sys.stderr, flush=True)
    dropped = tuple(sorted(made.difference(*rows(partitioned, _PARTITIONS))))
    if not dropped:
        raise ValueError("a year was to be removed with its partitions, and none was dropped")
    return Comparison(plan, seconds, dropped, figures)


def compare(plain: Secret, partitioned: Secret) -> None:
    """Raise ValueError unless both stores hold as many rows and tell the same figures."""
    for statement in _TOLD:
        wanted, found = rows(plain, statement), rows(partitioned, statement)
        if wanted != found:
            pairs = [pair for pair in zip(wanted, found, strict=False) if pair[0] != pair[1]]
            raise ValueError(f"{statement}: {len(wanted)} plain and {len(found)} partitioned, such as {pairs[:2]}")


def retention_floor(filling: Filling) -> datetime:
    """Return when everything created in the first year of history has ended, save what stays open."""
    # What is merged is so within 21 days.
    return filling.begins_at.replace(year=filling.begins_at.year + 1) + timedelta(days=21)


def table(rounds: Sequence[Comparison]) -> str:
    """Return the medians of both stores, and how many times the plain one's the partitioned one's is, as Markdown."""
    lines = []
    for what in rounds[0].figures:
        plain, partitioned = (median(one.figures[what][place] for one in rounds) for place in (0, 1))
        places = 0 if plain >= 100 else 2
        lines.append((what, f"{plain:,.{places}f}", f"{partitioned:,.{places}f}", f"{partitioned / plain:.2f}"))
    return results.table(("what", "plain", "partitioned", "ratio"), lines)


@frozen(eq=False)
class _Store:
    server: Databases
    url: Secret
    database: Database

    def observed(self, work: Callable[[], T]) -> tuple[T, float, float]:
        """Return what comes of it, how many seconds it took, and by how many MB the server's log grew."""
        self.server.settle()
        log, started = log_position(self.url), time.monotonic()
        result = work()
        seconds = time.monotonic() - started
        return result, seconds, (log_position(self.url) - log) / 1e6

    def megabytes(self) -> float:
        ((found,),) = rows(self.url, "SELECT pg_database_size(current_database())")
        return float(found) / 1e6

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url.reveal(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def refresh(self) -> float:
        return self.observed(lambda: list(PostgresRollups(self.database).refresh()))[1]

    def store(self, repository: Repository, attributions: Sequence[Attribution], changes: int) -> float:
        """Return how many a second are stored; refused if not just so many of them change anything."""
        state = PostgresCollectionRepository(self.database).register(repository, repository.full_name)
        changed, seconds, _ = self.observed(lambda: self._store_pages(state, attributions))
        if changed != changes:
            raise ValueError(f"{changed} of {len(attributions)} changed, and should have been {changes}")
        return len(attributions) / seconds

    def read(self, ask: _Ask) -> float:
        """Return milliseconds."""
        reports, started = PostgresReportRepository(self.database), time.monotonic()
        if not ask(reports, _ONE_TEAM):
            raise ValueError("no figure was read")
        return (time.monotonic() - started) * 1000

    def prepare_after(self, executions: int | None) -> None:
        with self.database.reading() as connection:
            connection.prepare_threshold = executions

    def prune(self, floor: datetime) -> tuple[float, float, float]:
        losses, seconds, log = self.observed(lambda: PostgresRetention(self.database).prune(floor))
        return sum(loss.facts for loss in losses), seconds, log

    def _store_pages(self, state: CollectionState, attributions: Sequence[Attribution]) -> int:
        metrics, version, changed = PostgresMetricsRepository(self.database), state.version, 0
        for start in range(0, len(attributions), _PAGE):
            page = tuple(attributions[start : start + _PAGE])
            done = metrics.store_page(AttributedPage(state.repository.id, page, 1, state.checkpoint, version))
            version, changed = done.state_version, changed + done.facts_changed
        return changed


@frozen(eq=False)
class _Both:
    """Does everything to the plain store, then to the partitioned one, and then compares them."""

    plain: _Store
    partitioned: _Store

    def figures(self, filling: Filling, pull_requests: int, reads: int) -> Iterator[tuple[str, Turn]]:
        """Yield what was measured, step by step."""
        self._run(_TIDY)
        yield "all figures made ready, s", self._turn(_Store.refresh)
        yield from self._written(filling, pull_requests)
        self._turn(_Store.refresh)
        self._run(_TIDY)
        yield from self._read("ready", reads)
        self._turn(partial(_Store.prepare_after, executions=None))
        yield from self._read("ready, statement not prepared", reads)
        self._turn(partial(_Store.prepare_after, executions=5))
        self._store([_merged(filling, filling.teams * pull_requests, ENDS_AT - 2 * _HOUR, _HOUR)], filling, changes=1)
        yield from self._read("last week and month touched", reads)
        yield from self._removed(retention_floor(filling))

    def _written(self, filling: Filling, count: int) -> Iterator[tuple[str, Turn]]:
        new, changed = (_history(filling, count, lasting) for lasting in (5 * _HOUR, 29 * _HOUR))
        yield "new pull requests written, a second", self._store(new, filling, count)
        yield "changed ones written, a second", self._store(changed, filling, count)
        yield "unchanged ones looked at, a second", self._store(changed, filling, changes=0)

    def _store(self, facts: Iterable[PullRequest], filling: Filling, changes: int) -> Turn:
        repository = filling.repository(filling.repositories)
        attributions = list(map(Attributor(filling.roster(), AttributionPolicy()).attribute, facts))
        return self._turn(lambda store: store.store(repository, attributions, changes))

    def _read(self, state: str, reads: int) -> Iterator[tuple[str, Turn]]:
        for figure, ask in _ASKED.items():
            turns = [(self.plain.read(ask), self.partitioned.read(ask)) for _ in range(_SETTLING + reads)]
            plain, partitioned = map(median, zip(*turns[_SETTLING:], strict=True))
            yield f"one team's {figure}, {state}, ms", (plain, partitioned)

    def _removed(self, floor: datetime) -> Iterator[tuple[str, Turn]]:
        self._run(";".join(_CLOSE.format(table, floor) for table in ("pr_metrics", "pull_requests")))
        self._turn(_Store.refresh)
        self._run(_TIDY)
        yield "the database before, MB", self._turn(_Store.megabytes)
        pruned = zip(self.plain.prune(floor), self.partitioned.prune(floor), strict=True)
        yield from zip(("a year removed, pull requests", "the same, s", "the same, MB of log"), pruned, strict=True)
        # Both are compared only after it: whoever reads what was left does some of its work.
        vacuumed = zip(*self._turn(lambda store: store.observed(lambda: store.run(_VACUUM))[1:]), strict=True)
        yield from zip(("VACUUM after it, s", "VACUUM after it, MB of log"), vacuumed, strict=True)
        yield "the database after, MB", self._turn(_Store.megabytes)

    def _run(self, statement: str) -> None:
        for store in (self.plain, self.partitioned):
            store.run(statement)

    def _turn(self, work: Callable[[_Store], T]) -> tuple[T, T]:
        found = work(self.plain), work(self.partitioned)
        compare(self.plain.url, self.partitioned.url)
        return found


def _history(filling: Filling, count: int, lasting: timedelta) -> list[PullRequest]:
    every = (ENDS_AT - filling.begins_at) / count
    return [_merged(filling, place, filling.begins_at + place * every, lasting) for place in range(count)]


def _merged(filling: Filling, place: int, created_at: datetime, lasting: timedelta) -> PullRequest:
    return PullRequest(
        repository_id=filling.repository(filling.repositories).id,
        number=place + 1,
        author=Author(login(place % filling.teams, 0)),
        state=PullRequestState.MERGED,
        created_at=created_at,
        updated_at=created_at + lasting,
        observed_at=created_at + lasting,
        merged_at=created_at + lasting,
        closed_at=created_at + lasting,
        title=f"Merged after {lasting}",
    )


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="What partitioning a store by year costs and saves.")
    parser.add_argument("--shares", type=int, default=1_000_000, help="of six years; default: 1,000,000")
    parser.add_argument("--pull-requests", type=int, default=10_000, help="stored in pages; default: 10,000")
    parser.add_argument("--reads", type=int, default=50, help="of each figure; default: 50")
    parser.add_argument("--rounds", type=int, default=3, help="of how many the median is; default: 3")
    given = parser.parse_args()
    filling = Filling(given.shares, years=6)
    with database_server() as server:
        found = [measure(server, filling, given.pull_requests, given.reads) for _ in range(given.rounds)]
    print(table(found))
    plan, seconds = found[0].plan, median(one.partitioning_seconds for one in found)
    moved = plan.facts + plan.shares
    print(
        f"\n{given.shares:,} shares of {filling.pull_requests:,} pull requests in {filling.years} years. Partitioning "
        f"took {seconds:.1f} s: {moved:,} rows, {moved / seconds:,.0f} a second, to {len(plan.partitions)} partitions, "
        f"of which pruning dropped {', '.join(found[0].dropped)}. Medians of {given.rounds} rounds."
    )
    print(f"\n{results.keep('partitions', {'given': vars(given), 'rounds': [asdict(one) for one in found]})}")


if __name__ == "__main__":
    main()
