"""`python -m tests.scale.takers`: how fast a credential's account in PostgreSQL answers when a thousand ask at once."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import click

from github_tracker.adapters.postgres.database import open_database
from github_tracker.adapters.postgres.request_budget import PostgresRequestBudget
from github_tracker.domain.request_budget import Ask, RateLimits, Usage
from github_tracker.ports.request_budget import Lease
from github_tracker.ports.secret_store import Secret
from tests.integration.databases import own_databases, test_server

LIMITS = RateLimits(per_hour=1_000_000, per_minute=100_000_000, concurrent=10_000, reserve=0)
PROCESSES = 4
CONNECTIONS = 20
LEASES_EACH = 10


@click.command()
@click.option("--takers", type=click.IntRange(PROCESSES), default=1000, show_default=True)
def main(takers: int) -> None:
    """Let takers reserve and settle some leases each, and print the rate and the times of reserving."""
    with test_server() as server, own_databases(server) as databases:
        url = databases.create()
        began = monotonic()
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as processes:
            work = [(url.reveal(), takers // PROCESSES)] * PROCESSES
            times = sorted(seconds for each in processes.starmap(take, work) for seconds in each)
        seconds = monotonic() - began
    click.echo(
        f"{takers} takers over {PROCESSES * CONNECTIONS} connections: {len(times)} leases in {seconds:.1f} s, "
        f"{len(times) / seconds:.0f} a second; reserving took {times[len(times) // 2] * 1000:.1f} ms in the median, "
        f"{times[len(times) * 99 // 100] * 1000:.1f} ms at the 99th percentile, the queue for a connection left out"
    )


def take(url: str, takers: int) -> list[float]:
    """Let so many threads take leases, and return how long each reservation took."""
    with open_database(Secret(url), pool_size=CONNECTIONS) as opened, ThreadPoolExecutor(CONNECTIONS) as threads:
        budget = PostgresRequestBudget(opened, "installation:1", LIMITS)
        return list(threads.map(lambda _: _timed(budget), range(takers * LEASES_EACH)))


def _timed(budget: PostgresRequestBudget) -> float:
    began = monotonic()
    answer = budget.reserve(Ask(10))
    seconds = monotonic() - began
    assert isinstance(answer, Lease), answer
    budget.settle(answer, Usage(10, 10))
    return seconds


if __name__ == "__main__":
    main()
