"""A GitHub over real HTTP whose pull requests change while they are read, and whose truth is known at any moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from threading import Condition, RLock

from attrs import evolve, frozen

from github_tracker.adapters.memory.clock import MemoryClock
from github_tracker.domain.pull_request import PullRequest, PullRequestState, Repository
from tests.scripted_faults import answer, anything, cut, reset, truncated
from tests.scripted_github import Fault, Matches, Reply, Request, ScriptedGitHub
from tests.torture.rosters import AUTHORS, BEGINNING

TOKEN = "ghp_canary4torture9token"
"""The only token that is accepted; it must stand in no output."""

PAGE_SIZE = 100

_HISTORY = timedelta(days=30)
_STEPS = (0, 1, 1, 2, 60, 700)
"""Seconds that pass between two changes: within one second, and more than the overlap of two increments."""
_PASSING = (answer(502), answer(503), cut, reset, truncated)
_FAILING_SHARE = 0.02

Truth = dict[tuple[int, int], PullRequest]


@frozen
class _Mischief:
    """A fault that befalls some requests, so many times."""

    matches: Matches
    fault: Fault
    left: list[int]


class MovingGitHub:
    """Repositories of several pages each. Time is its own: it passes with every change."""

    def __init__(self, random: Random, pages: tuple[int, ...] = (3, 2, 1)) -> None:
        self.is_moving = True
        """Whether pull requests change and requests fail while the lists are read."""
        self.requests = 0
        self.truth: Truth = {}
        self.repositories = tuple(Repository(7000 + place, f"octo/r{place}", "main") for place in range(len(pages)))
        self._random = random
        self._clock = MemoryClock(BEGINNING + _HISTORY)
        self._github = ScriptedGitHub(self._clock)
        self._github.accept_only(TOKEN)
        self._github.on(anything, self._befall, times=None)
        self._changes = RLock()
        self._arrival = Condition()
        self._mischief: list[_Mischief] = []
        self._versions = 0
        for repository, count in zip(self.repositories, pages, strict=True):
            self._github.put_repository(repository)
            self._fill(repository, PAGE_SIZE * count - random.randrange(60))

    @property
    def url(self) -> str:
        """The API's base URL."""
        return self._github.url

    @property
    def names(self) -> str:
        """The repositories as REPOSITORIES takes them."""
        return ",".join(repository.full_name for repository in self.repositories)

    @contextmanager
    def serving(self) -> Iterator["MovingGitHub"]:
        """Answer while this lasts."""
        with self._github:
            yield self

    def shown(self) -> Truth:
        """Return every pull request as it is shown at this moment."""
        with self._changes:
            return dict(self.truth)

    def change(self, times: int) -> None:
        """Let so many things happen: pull requests are opened, updated, merged, closed and reopened."""
        with self._changes:
            for _ in range(times):
                self._clock.sleep(self._random.choice(_STEPS))
                self._change_one()

    def wait_for_request(self, count: int, is_over: Callable[[], bool]) -> None:
        """Wait till so many requests have come in since the beginning, or it is over."""
        with self._arrival:
            while self.requests < count and not is_over():
                self._arrival.wait(0.02)

    def misbehave(self, matches: Matches, fault: Fault, times: int) -> None:
        """Let the fault befall the next matching requests, so many of them."""
        self._mischief.append(_Mischief(matches, fault, [times]))

    def behave(self) -> None:
        """Stand still, and answer every request properly from now on."""
        self.is_moving = False
        self._mischief.clear()

    def _befall(self, request: Request, proper: Callable[[], Reply]) -> Reply:
        with self._arrival:
            self.requests += 1
            self._arrival.notify_all()
        if self.is_moving and self._random.random() < 0.5:
            self.change(self._random.randint(1, 3))
        # Before the reply is made: a later Date than its content's would be a clock that is minutes ahead.
        date = {"Date": format_datetime(self._clock.now(), usegmt=True)}
        reply = self._fault_for(request)(request, proper)
        return evolve(reply, headers={**date, **reply.headers})

    def _fault_for(self, request: Request) -> Fault:
        for mischief in tuple(self._mischief):
            if mischief.left[0] and mischief.matches(request):
                mischief.left[0] -= 1
                return mischief.fault
        if self.is_moving and self._random.random() < _FAILING_SHARE:
            return self._random.choice(_PASSING)
        return lambda _request, proper: proper()

    def _fill(self, repository: Repository, count: int) -> None:
        for number in range(1, count + 1):
            created_at = (BEGINNING + _HISTORY * number / (count + 1)).replace(microsecond=0)
            merged_at = min(created_at + timedelta(hours=self._random.randrange(99)), BEGINNING + _HISTORY)
            author, is_open = self._random.choice(AUTHORS), self._random.random() < 0.4
            opened = PullRequest(
                repository.id, number, author, PullRequestState.OPEN, created_at, created_at, created_at
            )
            merged = evolve(
                opened, state=PullRequestState.MERGED, merged_at=merged_at, closed_at=merged_at, updated_at=merged_at
            )
            self._put(evolve(opened if is_open else merged, title="version 0"))

    def _change_one(self) -> None:
        repository = self._random.choice(self.repositories)
        numbers = [number for repository_id, number in self.truth if repository_id == repository.id]
        if self._random.random() < 0.2:
            self._open(repository.id, max(numbers) + 1)
            return
        # Mostly what changed lately changes again, as people work; sometimes something of long ago.
        first = 1 if self._random.random() < 0.5 else max(1, len(numbers) - 20)
        fact = self.truth[repository.id, self._random.randint(first, len(numbers))]
        self._put(self._random.choice((self._retitled, self._merged, self._closed, self._reopened))(fact))

    def _open(self, repository_id: int, number: int) -> None:
        now = self._clock.now()
        author = self._random.choice(AUTHORS)
        opened = PullRequest(repository_id, number, author, PullRequestState.OPEN, now, now, now)
        self._put(self._retitled(opened))

    def _put(self, fact: PullRequest) -> None:
        with self._changes:
            self.truth[fact.key] = fact
            self._github.put(fact)

    def _retitled(self, fact: PullRequest) -> PullRequest:
        self._versions += 1
        return evolve(fact, title=f"version {self._versions}", updated_at=self._clock.now())

    def _merged(self, fact: PullRequest) -> PullRequest:
        now = self._clock.now()
        merged_at = fact.merged_at or now
        state = PullRequestState.MERGED
        return evolve(self._retitled(fact), state=state, merged_at=merged_at, closed_at=merged_at)

    def _closed(self, fact: PullRequest) -> PullRequest:
        if fact.state is not PullRequestState.OPEN:
            return self._retitled(fact)
        return evolve(self._retitled(fact), state=PullRequestState.CLOSED, closed_at=self._clock.now())

    def _reopened(self, fact: PullRequest) -> PullRequest:
        if fact.state is not PullRequestState.CLOSED:
            return self._retitled(fact)
        return evolve(self._retitled(fact), state=PullRequestState.OPEN, closed_at=None)
