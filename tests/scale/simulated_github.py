"""A GitHub of thousands of repositories that enforces its limits and counts whoever breaks them.

Its lists are made up as they are asked for, and read by the same rules as the real one's.
"""

from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from attrs import frozen

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository
from github_tracker.domain.reading import ListAnswer, ListOrder, ListRequest, begin
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import LimitedSourceError, RepositoryUnavailableError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository

PAGE_SIZE: Final = 10
"""A tenth of GitHub's, for repositories with a tenth of their pull requests: the requests are the same ones."""

ATTEMPTS: Final = 5
"""How often the real source asks again when a limit is told that it has time to wait for."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_STEP: Final = timedelta(hours=3)
_AUTHORS: Final = tuple(Author(f"dev-{number}", number, "User") for number in range(1, 51))


class Limit(StrEnum):
    """What GitHub enforces."""

    HOUR = "hour"
    MINUTE = "minute"
    CONCURRENT = "concurrent"


@frozen
class GitHubLimits:
    """GitHub's own limits of one credential."""

    per_hour: int = 5000
    per_minute: int = 900
    concurrent: int = 100


class WorkerKilledError(BaseException):
    """The process ends in the middle of a request, and tells nobody; no `except Exception` may catch it."""


class SimulatedGitHub:
    """One credential's GitHub: a fixed hour from the first request on, any minute, and what is under way."""

    def __init__(self, sizes: tuple[int, ...], limits: GitHubLimits, clock: Clock, seed: int) -> None:
        self.sizes = sizes
        self.began_at = clock.now()
        self.requests = self.free_requests = 0
        self.request_time = timedelta(0)
        self.violations: Counter[Limit] = Counter()
        self.first_asked: dict[str, datetime] = {}
        self.kill_share = 0.0
        self.killed = 0
        self._limits = limits
        self._clock = clock
        self._random = Random(seed)
        self._used = 0
        self._resets_at = clock.now()
        self._minute: deque[datetime] = deque()
        self._under_way = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Every repository; its number is its id."""
        return tuple(f"acme/repository-{number}" for number in range(1, len(self.sizes) + 1))

    @property
    def told(self) -> tuple[int, datetime]:
        """What the headers say: how much is left of the hour, and in which second it ends."""
        return max(self._limits.per_hour - self._used, 0), self._resets_at.replace(microsecond=0)

    def begin_round(self) -> None:
        """Count anew, save what the limits go by."""
        self.began_at = self._clock.now()
        self.requests = self.free_requests = self.killed = 0
        self.request_time = timedelta(0)
        self.violations = Counter()
        self.first_asked = {}

    def answer(self, name: str, is_free: bool, deadline: datetime | None) -> int:
        """Let a request pass and return how many it took; waits for limits as the real source does."""
        self.first_asked.setdefault(name, self._clock.now())
        attempt = 1
        while (retry_at := self._request(is_free)) is not None:
            if attempt == ATTEMPTS or (deadline is not None and retry_at >= deadline):
                limited = LimitedSourceError(f"the rate limit is reached until {retry_at}", retry_at)
                limited.requests = attempt
                raise limited
            attempt += 1
            self._clock.sleep((retry_at - self._clock.now()).total_seconds())
        return attempt

    def _request(self, is_free: bool) -> datetime | None:
        """Send one request; return when to come back if a limit refuses it."""
        broken = self._broken_limit(is_free)
        self._under_way += 1
        seconds = 0.12 if is_free else self._random.lognormvariate(-1.0, 0.45)
        try:
            self._clock.sleep(seconds)
        finally:
            self._under_way -= 1
        self.requests += 1
        self.request_time += timedelta(seconds=seconds)
        if self._random.random() < self.kill_share:
            self.killed += 1
            raise WorkerKilledError
        if broken is None:
            return None
        return self._resets_at + timedelta(seconds=1) if broken is Limit.HOUR else self._clock.now() + _MINUTE

    def _broken_limit(self, is_free: bool) -> Limit | None:
        """Count a request that arrives now, and return the limit that it breaks; a refused one counts as well."""
        now = self._clock.now()
        if now >= self._resets_at:
            self._used, self._resets_at = 0, now + _HOUR
        while self._minute and now - self._minute[0] >= _MINUTE:
            self._minute.popleft()
        self._minute.append(now)
        self.free_requests += is_free
        self._used += not is_free
        broken = None
        if self._used > self._limits.per_hour:
            broken = Limit.HOUR
        elif len(self._minute) > self._limits.per_minute:
            broken = Limit.MINUTE
        elif self._under_way >= self._limits.concurrent:
            broken = Limit.CONCURRENT
        self.violations.update([] if broken is None else [broken])
        return broken


class SimulatedSource(GitHubSource):
    """One worker's way to the simulated GitHub."""

    def __init__(self, github: SimulatedGitHub, clock: Clock) -> None:
        self._github = github
        self._clock = clock
        self.sent = 0

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the repository of this name."""
        if full_name not in self._github.names[self._number(full_name) - 1 : self._number(full_name)]:
            raise RepositoryUnavailableError(full_name, "not found")
        requests = self._github.answer(full_name, is_free=False, deadline=deadline)
        self.sent += requests
        return ResolvedRepository(Repository(self._number(full_name), full_name, "main"), requests)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the pages that the checkpoint has not seen."""
        reading = begin(checkpoint)
        while True:
            size = self._github.sizes[repository.id - 1]
            is_free = reading.request.etag == _etag(repository.id, size)
            requests = self._github.answer(repository.full_name, is_free, deadline)
            self.sent += requests
            step = reading.accept(_answer(repository.id, size, reading.request, self._clock.now(), is_free))
            left, resets_at = self._github.told
            yield FactPage(
                step.facts,
                step.checkpoint,
                is_last=step.following is None,
                requests=requests,
                requests_left=left,
                limit_resets_at=resets_at,
                free_requests=int(is_free),
            )
            if step.following is None:
                return
            reading = step.following

    def _number(self, full_name: str) -> int:
        return int(full_name.rpartition("-")[2])


def _answer(repository_id: int, size: int, request: ListRequest, now: datetime, is_free: bool) -> ListAnswer:
    if is_free:
        return ListAnswer((), now, is_unchanged=True)
    first = (request.page - 1) * PAGE_SIZE + 1
    places = range(first, min(first + PAGE_SIZE, size + 1))
    last_page = max(1, -(-size // PAGE_SIZE))
    has_next = request.page < last_page
    is_rising = request.order is ListOrder.OLDEST_CREATED_FIRST
    facts = tuple(_fact(repository_id, place if is_rising else size + 1 - place, size, now) for place in places)
    return ListAnswer(facts, now, has_next, last_page if has_next else None, _etag(repository_id, size))


def _etag(repository_id: int, size: int) -> str:
    return f'"{repository_id}-{size}"'


_NEWEST: Final = datetime.fromisoformat("2024-05-01T00:00:00+00:00")


def _fact(repository_id: int, number: int, size: int, now: datetime) -> PullRequest:
    created_at = _NEWEST - (size - number) * _STEP
    author = _AUTHORS[(repository_id + number) % len(_AUTHORS)]
    merged_at = created_at + _STEP if number % 5 else None
    state = PullRequestState.OPEN if merged_at is None else PullRequestState.MERGED
    return PullRequest(repository_id, number, author, state, created_at, created_at + _STEP, now, merged_at=merged_at)


def drawn_sizes(repositories: int, seed: int) -> tuple[int, ...]:
    """Return a tenth of what each repository has: half of them up to 40 pull requests, and a few tens of thousands."""
    random = Random(seed)
    return tuple(-(-int(random.lognormvariate(3.7, 1.8)) // 10) for _ in range(repositories))
