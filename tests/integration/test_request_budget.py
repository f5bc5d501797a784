"""The budget on PostgreSQL keeps the contract of the port, also when many processes take from it at once."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg.rows import TupleRow

from github_tracker.adapters.memory import MemoryClock
from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.request_budget import PostgresRequestBudget
from github_tracker.domain.request_budget import Ask, Obstacle, Pause, RateLimits, Usage, credential_of_token
from github_tracker.ports.errors import SchemaError, StorageUnavailableError
from github_tracker.ports.request_budget import Lease, RequestBudget
from github_tracker.ports.secret_store import Secret
from tests.contracts.request_budgets import NOW, SMALL, Budgets, RequestBudgetContract, lease_of, most_within
from tests.integration.collected_world import TOKEN as WORLD_TOKEN
from tests.integration.collected_world import world

TOKEN = "ghp_canary0budget"
CREDENTIAL = credential_of_token(TOKEN)
OTHER_CREDENTIAL = "installation:42"
SECOND = timedelta(seconds=1)
PATIENCE_SECONDS = 60.0
"""A count that is never spent has lost its way; without this the test would hang."""


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def budgets(database: Database, clock: MemoryClock) -> Budgets:
    """Each a budget of its own, over one account."""
    return lambda limits: PostgresRequestBudget(database, CREDENTIAL, limits, clock)


class TestPostgresRequestBudget(RequestBudgetContract):
    """What every budget promises."""


def test_credentials_have_accounts_of_their_own(database: Database, budgets: Budgets, clock: MemoryClock) -> None:
    """One that rests does not keep the other from sending."""
    one, other = budgets(SMALL), PostgresRequestBudget(database, OTHER_CREDENTIAL, SMALL, clock)
    one.settle(lease_of(one.reserve(Ask(1))), Usage(1, 1, rest=SECOND))
    assert one.reserve(Ask(1)) == Pause(Obstacle.REFUSED, SECOND)
    assert lease_of(other.reserve(Ask(3))).grant.wait == timedelta(0)


def test_token_stands_nowhere_in_the_database(budgets: Budgets, fresh_database: Secret) -> None:
    """Only what cannot be turned back into it; and what is over is not kept."""
    budget = budgets(SMALL)
    budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1))
    with psycopg.connect(fresh_database.reveal()) as connection:
        assert connection.execute("SELECT credential FROM request_budgets").fetchall() == [(CREDENTIAL,)]
        assert connection.execute("SELECT count(*) FROM request_leases").fetchone() == (0,)
    assert TOKEN not in CREDENTIAL


def test_database_tells_the_time(database: Database) -> None:
    """What was given out a moment ago is still in hand, whatever the clocks of those who ask."""
    limits = RateLimits(concurrent=2)
    budget = PostgresRequestBudget(database, CREDENTIAL, limits)
    leases = [lease_of(budget.reserve(Ask(1))) for _ in range(2)]
    assert budget.reserve(Ask(1)) == Pause(Obstacle.CROWD, timedelta(seconds=5))
    budget.settle(leases[0], Usage(1, 1))
    lease_of(budget.reserve(Ask(1)))


def test_budget_without_its_tables_gives_nothing(empty_database: Secret) -> None:
    """A database that was not migrated."""
    with open_database(empty_database, pool_size=1) as opened, pytest.raises(SchemaError):
        PostgresRequestBudget(opened, CREDENTIAL, SMALL).reserve(Ask(1))


def test_budget_of_a_database_that_is_gone_gives_nothing(fresh_database: Secret) -> None:
    """Without the count nothing may be sent."""
    with open_database(fresh_database, pool_size=1, patience_seconds=0) as opened:
        budget = PostgresRequestBudget(opened, CREDENTIAL, SMALL)
        lease = lease_of(budget.reserve(Ask(1)))
        _drop(fresh_database)
        with pytest.raises(StorageUnavailableError):
            budget.reserve(Ask(1))
        with pytest.raises(StorageUnavailableError):
            budget.settle(lease, Usage(1, 1))


def test_many_who_take_at_once_never_get_more_than_the_limits(database: Database, fresh_database: Secret) -> None:
    """Four processes of eight threads each, each with connections of its own; every grant is noted by its beginning.

    The hour is found spent to the last request, and no stretch of a minute sees more than a minute's requests begin.
    """
    limits = RateLimits(per_hour=2100, per_minute=100_000, concurrent=10, reserve=100)
    granted = _taken_by_processes(4, fresh_database, limits)
    assert sum(requests for _, _, requests in granted) == limits.of_an_hour
    assert _most_at_once(granted) <= limits.concurrent
    assert {requests for _, _, requests in granted} <= set(range(1, 8))
    left = PostgresRequestBudget(database, CREDENTIAL, limits).reserve(Ask(1))
    assert isinstance(left, Pause)
    assert left.obstacle is Obstacle.HOUR


def test_many_who_take_at_once_keep_the_pace(fresh_database: Secret) -> None:
    """All ask in the same moment, and stand in one line."""
    limits = RateLimits(per_minute=600, concurrent=1000)
    with open_database(fresh_database, pool_size=8) as opened, ThreadPoolExecutor(8) as threads:
        budget = PostgresRequestBudget(opened, CREDENTIAL, limits)
        leases = [lease_of(answer) for answer in threads.map(lambda _: budget.reserve(Ask(3)), range(300))]
    with psycopg.connect(fresh_database.reveal()) as connection:
        rows = connection.execute("SELECT over_at, requests FROM request_leases ORDER BY over_at").fetchall()
    begins = [over_at for over_at, requests in rows for _ in range(requests)]
    assert len(begins) == 900 == sum(lease.grant.requests for lease in leases)
    assert most_within(timedelta(minutes=1), begins) <= limits.per_minute
    assert len({lease.id for lease in leases}) == 300


Taken = tuple[datetime, datetime, int]
"""When a lease was in hand, at least, and for how many requests."""


def _taken_by_processes(count: int, url: Secret, limits: RateLimits) -> list[Taken]:
    context = multiprocessing.get_context("spawn")
    with context.Pool(count) as processes:
        taken = processes.starmap(take_till_nothing_is_left, [(url.reveal(), limits, seed) for seed in range(count)])
    return [one for each in taken for one in each]


def take_till_nothing_is_left(url: str, limits: RateLimits, seed: int) -> list[Taken]:
    """Take from the budget with eight threads until the hour is spent."""
    with open_database(Secret(url), pool_size=8) as opened, ThreadPoolExecutor(8) as threads:
        budget = PostgresRequestBudget(opened, CREDENTIAL, limits)
        each = threads.map(lambda place: list(_take(budget, 1 + (seed + place) % 7)), range(8))
        return [one for taken in each for one in taken]


def _take(budget: RequestBudget, size: int) -> list[Taken]:
    taken: list[Taken] = []
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        answer = budget.reserve(Ask(size))
        if isinstance(answer, Lease):
            begun_at = datetime.now().astimezone()
            time.sleep(0.001)
            taken.append((begun_at, datetime.now().astimezone(), answer.grant.requests))
            budget.settle(answer, Usage(answer.grant.requests, answer.grant.requests))
        elif answer.obstacle is Obstacle.HOUR and answer.wait > timedelta(minutes=1):
            return taken
        else:
            time.sleep(0.002)
    return taken


def _most_at_once(taken: list[Taken]) -> int:
    changes = sorted([(begun_at, 1) for begun_at, _, _ in taken] + [(ended_at, -1) for _, ended_at, _ in taken])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def _drop(url: Secret) -> None:
    address, _, name = url.reveal().partition("?")[0].rpartition("/")
    query = url.reveal().partition("?")[2]
    with psycopg.connect(f"{address}/postgres?{query}", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_collecting_pays_from_the_shared_budget_where_it_is_turned_on() -> None:
    """And nowhere else; the token itself is not in the database then either."""
    with world() as made:
        url = made.line.succeed("db", "url").out.strip()
        made.line.succeed("collect")
        assert _accounts(url) == []
        made.line.given(GITHUB_SHARED_BUDGET="true", GITHUB_REQUESTS_PER_HOUR="500").succeed("collect", "--full")
        ((credential, left),) = _accounts(url)
    assert credential == credential_of_token(WORLD_TOKEN)
    assert 400 < left < 490


def _accounts(url: str) -> list[TupleRow]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT credential, left_in_hour FROM request_budgets").fetchall()
