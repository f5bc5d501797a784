"""How long it takes to read figures as the store grows: ready ones, those of a bucket that was just touched, and anew.

All are read by the product's own adapter. In each state the published views are compared with what the shares give.

Usage: python -m benchmarks.reads [--shares N N...] [--reads N]
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Final

import psycopg
from attrs import asdict, frozen

from benchmarks import results
from benchmarks.database_server import Databases, database_server, rows
from benchmarks.filled_store import ENDS_AT, Filling, fill, login, team_name
from github_tracker.adapters.postgres.collection_repository import PostgresCollectionRepository
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.metrics_repository import PostgresMetricsRepository
from github_tracker.adapters.postgres.report_repository import PostgresReportRepository
from github_tracker.adapters.postgres.rollups import PostgresRollups
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState
from github_tracker.ports.metrics_repository import AttributedPage
from github_tracker.ports.report_repository import ReportRepository, ReportScope
from github_tracker.ports.secret_store import Secret

ANEW: Final = "computed anew"
READY: Final = "ready"
TOUCHED: Final = "last bucket touched"
STATES: Final = (ANEW, READY, TOUCHED)

_ONE_TEAM: Final = ReportScope(team=team_name(0))

FIGURES: Final[dict[str, Callable[[ReportRepository], Sequence[object]]]] = {
    "one team's velocity": lambda reports: reports.velocity(_ONE_TEAM),
    "one team's lead time": lambda reports: reports.lead_time(_ONE_TEAM),
    "unattributed velocity": lambda reports: reports.unattributed(ReportScope()),
    "unattributed lead time": lambda reports: reports.unattributed_lead_time(ReportScope()),
}

_LONGEST_SECONDS: Final = 20.0
"""Of reading one figure again and again."""


@frozen
class Measured:
    """What one store of a size took."""

    filling: Filling
    read_seconds: dict[str, dict[str, float]]
    """By figure and state, medians."""
    refresh_seconds: dict[str, float]
    """Of everything, and of what one page touched."""


def measure(server: Databases, filling: Filling, reads: int, tell: Callable[[str], None]) -> Measured:
    """Fill a store and read it in each state.

    Raises ValueError if a view says anything else than what the shares give, or a figure is not there.
    """
    url = server.migrated()
    tell("filling")
    fill(url, filling)
    found: dict[str, dict[str, float]] = {figure: {} for figure in FIGURES}
    refreshed: dict[str, float] = {}
    with open_database(url, pool_size=2) as database:
        reports, rollups = PostgresReportRepository(database), PostgresRollups(database)
        for state in STATES:
            if state == READY:
                refreshed["everything"] = _seconds(lambda: list(rollups.refresh()))
                _vacuum(url)
            if state == TOUCHED:
                _store_one_more(database, filling)
            for figure, read in FIGURES.items():
                found[figure][state] = _median_seconds(partial(_read_all, read, reports), reads)
                tell(f"{figure}, {state}: {found[figure][state] * 1000:.1f} ms")
            if state != ANEW:
                compare_with_shares(url)
        refreshed["what one page touched"] = _seconds(lambda: list(rollups.refresh()))
        compare_with_shares(url)
    return Measured(filling, found, refreshed)


def _vacuum(url: Secret) -> None:
    """Do what the server does by itself within a minute, were it not kept from it here."""
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _read_all(read: Callable[[ReportRepository], Sequence[object]], reports: ReportRepository) -> None:
    if not read(reports):
        raise ValueError("no figure was read")


def _seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _median_seconds(work: Callable[[], object], most: int) -> float:
    # The first one reads from the disk and makes plans.
    taken = [_seconds(work)]
    ends_at = time.monotonic() + _LONGEST_SECONDS
    while len(taken) <= most and (len(taken) < 2 or time.monotonic() < ends_at):
        taken.append(_seconds(work))
    return median(taken[1:])


def _store_one_more(database: Database, filling: Filling) -> None:
    """Store a page that touches the last week and month of one team, and of what no team earned."""
    repository = filling.repository(0)
    collection = PostgresCollectionRepository(database)
    state = collection.find(repository.full_name)
    if state is None:
        raise LookupError(repository.full_name)
    merged_at = ENDS_AT - timedelta(minutes=1)
    pull_request = PullRequest(
        repository_id=repository.id,
        number=filling.pull_requests + 1,
        author=Author(login(0, 0)),
        state=PullRequestState.MERGED,
        created_at=merged_at - timedelta(hours=5),
        updated_at=merged_at,
        observed_at=merged_at,
        merged_at=merged_at,
        closed_at=merged_at,
    )
    attribution = Attributor(filling.roster(), AttributionPolicy()).attribute(pull_request)
    if not (attribution.shares and attribution.rest):
        raise ValueError("the pull request should be a team's, and leave a rest")
    page = AttributedPage(repository.id, (attribution,), 1, Checkpoint(), state.version)
    PostgresMetricsRepository(database).store_page(page)


# Percentiles that were added up in another order agree in about 15 digits; everything else agrees exactly.
_MONTHS: Final = """
    month, prs_merged, prs_timed, weighted_prs_merged, round(median_lead_time_hours::NUMERIC, 8),
    round(p95_lead_time_hours::NUMERIC, 8), round(weighted_median_lead_time_hours, 8),
    round(weighted_p95_lead_time_hours, 8), round(effective_prs, 8)
"""

_COLUMNS: Final = {"team_velocity": "*", "unattributed_velocity": "*"} | {
    "dora_lead_time": f"team_id, {_MONTHS}",
    "unattributed_lead_time": _MONTHS,
}
"""Of each published view, which all have a twin that computes everything anew."""


def compare_with_shares(url: Secret) -> None:
    """Raise ValueError unless each published view says what the shares give."""
    for name, columns in _COLUMNS.items():
        told, wanted = (
            Counter(rows(url, f"SELECT {columns} FROM {kind}_{name}"))  # noqa: S608  # names of ours
            for kind in ("view", "computed")
        )
        if told != wanted or not told:
            differing = sorted(map(str, (told - wanted) + (wanted - told)))
            raise ValueError(f"view_{name} differs from what the shares give: {differing[:4]}")


def table(all_measured: Sequence[Measured]) -> str:
    """Return milliseconds by figure, state and size, each beside those of the smallest store."""
    heads = ("figure", *(f"{one.filling.shares:,} shares" for one in all_measured))
    return results.table(heads, _lines(all_measured))


def _lines(all_measured: Sequence[Measured]) -> Iterator[tuple[str, ...]]:
    for state in STATES:
        for figure in FIGURES:
            taken = [one.read_seconds[figure][state] for one in all_measured]
            yield f"{figure}, {state}", *(f"{each * 1000:,.1f} ms ({each / taken[0]:.1f})" for each in taken)
    for what in all_measured[0].refresh_seconds:
        yield f"refreshing {what}", *(f"{one.refresh_seconds[what]:,.2f} s" for one in all_measured)


def _tell(shares: int, text: str) -> None:
    print(f"{shares:,} shares: {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="How long it takes to read figures as the store grows.")
    sizes = [10_000, 1_000_000]
    parser.add_argument("--shares", type=int, nargs="+", default=sizes, help="default: 10,000 and 1,000,000")
    parser.add_argument("--reads", type=int, default=200, help="of how many the median is, at most; default: 200")
    given = parser.parse_args()
    with database_server() as server:
        found = [
            measure(
                server,
                Filling(shares),
                given.reads,
                partial(_tell, shares),
            )
            for shares in given.shares
        ]
    print(table(found))
    print(
        f"\n{found[0].filling.teams} teams, {found[0].filling.years} years, 1.2 pull requests a share, a third of them "
        f"with a rest; medians of at most {given.reads} reads over one connection, one after the other; in brackets, "
        "compared with the first size."
    )
    print(f"\n{results.keep('reads', {'given': vars(given), 'sizes': [asdict(one) for one in found]})}")


if __name__ == "__main__":
    main()
