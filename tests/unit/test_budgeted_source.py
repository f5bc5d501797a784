"""A source that pays from a budget gives out what the source behind it gives out, and sends nothing without leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.memory import (
    FaultKind,
    MemoryClock,
    MemoryGitHubSource,
    MemoryRequest,
    MemoryRequestBudget,
    MemoryTelemetry,
    SourceFault,
    SourceFaults,
)
from github_tracker.application.budgeted_source import BudgetedSource
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.request_budget import Ask, Obstacle, Pause, RateLimits, Usage
from github_tracker.ports.errors import LimitedSourceError, StorageUnavailableError, TransientSourceError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.request_budget import Lease, RequestBudget
from github_tracker.ports.telemetry import WaitingForSource
from tests.contracts.github_source import GADGETS, NOW, WIDGETS, GitHubSourceContract, fact, numbers, walk
from tests.contracts.request_budgets import lease_of, pause_of

TEN = RateLimits(per_hour=10, per_minute=60, reserve=0)
"""Ten an hour, three at once."""

EMPTY = Checkpoint()


class Ledger(RequestBudget):
    """A budget in memory that remembers what passed through it, and can fail as a database that is gone."""

    def __init__(self, limits: RateLimits, clock: MemoryClock) -> None:
        self.account = MemoryRequestBudget(limits, clock)
        self.granted = 0
        self.settled: list[Usage] = []
        self.is_gone = False

    def reserve(self, ask: Ask) -> Lease | Pause:
        """Note what is granted."""
        if self.is_gone:
            raise StorageUnavailableError("the database is gone")
        answer = self.account.reserve(ask)
        self.granted += answer.grant.requests if isinstance(answer, Lease) else 0
        return answer

    def settle(self, lease: Lease, usage: Usage) -> None:
        """Note what was used."""
        if self.is_gone:
            raise StorageUnavailableError("the database is gone")
        self.account.settle(lease, usage)
        self.settled.append(usage)


class Telling(GitHubSource):
    """Adds to each page what GitHub would tell of its limit."""

    def __init__(self, source: GitHubSource, left: int, resets_at: datetime) -> None:
        self._source = source
        self._left = left
        self._resets_at = resets_at

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return what the source behind it does."""
        return self._source.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the pages of the source behind it, with one request less left each time."""
        for page in self._source.pages(repository, checkpoint, deadline):
            self._left -= page.requests - page.free_requests
            yield evolve(page, requests_left=self._left, limit_resets_at=self._resets_at)


class World:
    """A GitHub of two repositories of 250 pull requests, behind a budget."""

    def __init__(self, limits: RateLimits = TEN, *faults: SourceFault) -> None:
        self.clock = MemoryClock(NOW)
        self.telemetry = MemoryTelemetry()
        self.asked: list[MemoryRequest] = []
        self.faults = SourceFaults(self.clock, faults)
        self.github = MemoryGitHubSource(self.clock, interference=self._ask)
        for repository in (WIDGETS, GADGETS):
            self.github.put_repository(repository)
            self.github.put(*(fact(number, repository.id) for number in range(1, 251)))
        self.ledger = Ledger(limits, self.clock)
        self.source = self.budgeted(self.github, lease_size=3)

    def budgeted(self, source: GitHubSource, lease_size: int = 3) -> BudgetedSource:
        """Return a source over the same budget."""
        return BudgetedSource(source, self.ledger, self.clock, self.telemetry, lease_size)

    def _ask(self, request: MemoryRequest) -> None:
        self.asked.append(request)
        self.faults(request)

    @property
    def spent(self) -> tuple[int, int]:
        """What was sent and what was charged, of all that is settled."""
        self.source.release()
        return sum(usage.sent for usage in self.ledger.settled), sum(usage.charged for usage in self.ledger.settled)


class TestBudgetedSource(GitHubSourceContract):
    """What every source promises, with a budget before it."""

    @pytest.fixture
    def stage(self) -> MemoryGitHubSource:
        """A GitHub in memory with one empty repository."""
        github = MemoryGitHubSource(MemoryClock(NOW))
        github.put_repository(WIDGETS)
        return github

    @pytest.fixture
    def source(self, stage: MemoryGitHubSource) -> GitHubSource:
        """A source that pays for every request; its time passes, GitHub's stands still."""
        clock = MemoryClock(NOW)
        return BudgetedSource(stage, MemoryRequestBudget(RateLimits(), clock), clock, MemoryTelemetry())


def test_pages_are_those_of_the_source_behind() -> None:
    """Page for page, field for field; waiting changes only when."""
    world = World()
    assert list(world.source.pages(WIDGETS, EMPTY)) == list(world.github.pages(WIDGETS, EMPTY))
    assert world.source.resolve("ACME/widgets") == world.github.resolve("ACME/widgets")


def test_one_lease_serves_several_repositories() -> None:
    """Not every request costs a statement; what is left is given back at the end."""
    world = World()
    for name in ("Acme/Widgets", "Acme/Gadgets"):
        world.source.resolve(name)
    assert (world.ledger.granted, world.ledger.settled) == (3, [])
    assert world.spent == (2, 2)
    assert lease_of(world.ledger.reserve(Ask(50))).grant.requests == 3


def test_unchanged_answers_are_given_back() -> None:
    """They are free of the hour's limit."""
    world = World()
    ended = walk(world.source)
    (settled,) = world.source.pages(WIDGETS, ended)
    list(world.source.pages(WIDGETS, settled.checkpoint))
    assert world.spent == (5, 4)


def test_requests_go_out_at_the_pace_of_the_budget() -> None:
    """Nothing is sent before its time, and long waits are told."""
    world = World()
    list(world.source.pages(WIDGETS, EMPTY))
    list(world.source.pages(GADGETS, EMPTY))
    assert world.clock.now() - NOW == 3 * TEN.interval
    (told,) = (event for event in world.telemetry.events if isinstance(event, WaitingForSource))
    assert told.until == world.clock.now()
    assert Obstacle.PACE in told.reason


def test_spent_hour_ends_in_a_limit_with_the_time_to_come_back() -> None:
    """Before anything is sent; what came before is whole."""
    world = World()
    pages = world.source.pages(WIDGETS, EMPTY, deadline=NOW + timedelta(minutes=15))
    for _ in range(7):
        world.source.resolve("Acme/Widgets")
    assert numbers([next(pages) for _ in range(3)]) == list(range(1, 251))
    with pytest.raises(LimitedSourceError) as caught:
        world.source.resolve("Acme/Widgets", NOW + timedelta(minutes=15))
    assert NOW + timedelta(hours=1) < caught.value.retry_at < NOW + timedelta(minutes=61)
    assert (caught.value.requests, len(world.asked)) == (0, 10)


def test_spent_hour_is_waited_for_where_there_is_time() -> None:
    """Without a deadline, or with a later one."""
    world = World()
    for _ in range(11):
        world.source.resolve("Acme/Widgets", NOW + timedelta(hours=2))
    assert timedelta(hours=1) < world.clock.now() - NOW < timedelta(minutes=61)
    assert len(world.asked) == 11


def test_pace_that_comes_too_late_is_a_limit() -> None:
    """Whoever cannot wait is told till when, and takes nobody's place."""
    world = World()
    lease_of(world.ledger.reserve(Ask(3)))
    deadline = NOW + timedelta(seconds=1)
    with pytest.raises(LimitedSourceError) as caught:
        next(iter(world.source.pages(WIDGETS, EMPTY, deadline)))
    assert caught.value.retry_at == NOW + 3 * TEN.interval
    assert lease_of(world.ledger.reserve(Ask(3))).grant.wait == 3 * TEN.interval


def test_what_github_tells_stops_everybody() -> None:
    """Though by our own count six were left: others use the credential as well."""
    world, resets_at = World(), NOW + timedelta(minutes=7)
    telling = world.budgeted(Telling(world.github, left=4, resets_at=resets_at))
    list(telling.pages(WIDGETS, EMPTY))
    telling.release()
    assert [usage.left for usage in world.ledger.settled] == [1]
    world.clock.sleep(10)
    assert lease_of(world.ledger.reserve(Ask(3))).grant.requests == 1


def test_limit_that_github_tells_is_everybodys_at_once() -> None:
    """No lease of anybody is granted before it is over."""
    fault = SourceFault("Acme/Widgets", FaultKind.LIMITED, lasts=timedelta(minutes=5))
    world = World(TEN, fault)
    with pytest.raises(LimitedSourceError) as caught:
        world.source.pages(WIDGETS, EMPTY, NOW + timedelta(minutes=1)).__next__()
    assert caught.value.retry_at == NOW + timedelta(minutes=5)
    assert pause_of(world.ledger.reserve(Ask(1))) == Pause(Obstacle.REFUSED, timedelta(minutes=5))


def test_requests_sent_in_vain_are_paid_too() -> None:
    """Also those of a repository that moved, and more than were asked leave for."""
    world = World(TEN, SourceFault("Acme/Widgets", FaultKind.TRANSIENT))
    with pytest.raises(TransientSourceError):
        world.source.resolve("Acme/Widgets")
    world.github.put_repository(Repository(1, "Acme/Things", "main"))
    with pytest.raises(Exception, match="Acme/Things"):
        next(iter(world.source.pages(WIDGETS, EMPTY)))
    assert world.spent == (3, 3)


def test_nothing_is_sent_while_the_budget_cannot_be_asked() -> None:
    """A budget that is gone is a database that is gone."""
    world = World()
    world.ledger.is_gone = True
    with pytest.raises(StorageUnavailableError):
        world.source.resolve("Acme/Widgets")
    with pytest.raises(StorageUnavailableError):
        next(iter(world.source.pages(WIDGETS, EMPTY)))
    assert world.asked == []


def test_page_that_was_read_is_given_out_even_if_the_budget_is_gone_by_then() -> None:
    """It cannot be unsent; the next request is not sent."""
    world = World()
    pages = world.source.pages(WIDGETS, EMPTY)
    next(pages)
    world.ledger.is_gone = True
    assert numbers([next(pages), next(pages)]) == list(range(101, 251))
    with pytest.raises(StorageUnavailableError):
        world.source.resolve("Acme/Widgets")
    world.source.release()


def test_lease_that_grew_old_is_not_used() -> None:
    """Its requests would come in a minute that belongs to others; they come back."""
    world = World()
    world.source.resolve("Acme/Widgets")
    world.clock.sleep(15)
    world.source.resolve("Acme/Widgets")
    assert world.ledger.settled == [Usage(1, 1)]
    assert world.ledger.granted == 6
