"""The ports as a process in turns sees them: every call of the source and of the store is a place to rest at."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.checkpoint import Checkpoint, WalkCursor, cursor_of
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.domain.run_report import RepositoryReport, RunReport
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import SourceError, StorageError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.roster_repository import (
    RosterInForce,
    RosterRepository,
    RosterUpdate,
    RosterUpdateResult,
    RosterVersion,
)
from tests.contracts.moving_github import MovingGitHub
from tests.contracts.turns import Call, Turns


@frozen
class Begun:
    """A reading as it began: from where, and what the lists showed then."""

    repository_id: int
    checkpoint: Checkpoint
    shown: dict[int, PullRequest]

    @property
    def is_from_the_front(self) -> bool:
        """Whether it went on from nothing unfinished, so that its end means that all of this was seen."""
        cursor = self.checkpoint.cursor
        return cursor is None or cursor_of(cursor) == WalkCursor()


class SourceInTurns(GitHubSource):
    """Asks GitHub when it is its turn, and notes what was asked for."""

    def __init__(self, inner: MovingGitHub, turns: Turns, clock: Clock, seconds: int) -> None:
        self._inner = inner
        self._turns = turns
        self._clock = clock
        self._seconds = seconds
        self.begun: list[Begun] = []
        """Every reading of this process."""
        self.requests = 0
        """How many were sent, by what the answers and the faults say."""
        self.too_late = 0
        """How many pages were begun when there was no time left."""

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Ask which repository answers to the name."""

        def ask() -> ResolvedRepository:
            self._clock.sleep(self._seconds)
            return self._inner.resolve(full_name, deadline)

        with self._counted():
            resolved = self._turns.call(Call("resolve", full_name, is_of_store=False), ask)
        self.requests += resolved.requests
        return resolved

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Ask for one page after the other; each takes its time."""
        inner = self._inner.pages(repository, checkpoint, deadline)
        named_last_page = _last_page(checkpoint)

        def ask() -> FactPage:
            if not is_begun:
                self.begun.append(Begun(repository.id, checkpoint, self._inner.shown(repository.id)))
            if self._turns.order.breaks is not None:
                self._inner.break_next(self._turns.order.breaks, named_last_page)
            self._clock.sleep(self._seconds)
            try:
                return next(inner)
            finally:
                self._inner.mend()

        is_begun = False
        while True:
            self.too_late += deadline is not None and self._clock.now() >= deadline
            with self._counted():
                page = self._turns.call(Call("page", repository.full_name, is_of_store=False), ask)
            is_begun = True
            self.requests += page.requests
            named_last_page = _last_page(page.checkpoint)
            yield page

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except SourceError as exc:
            self.requests += exc.requests
            raise


class RostersInTurns(RosterRepository):
    """Rosters, a call a turn."""

    def __init__(self, inner: RosterRepository, turns: Turns) -> None:
        self._inner = inner
        self._turns = turns

    def in_force(self) -> RosterInForce:
        """Ask the inner one."""
        return self._turns.call(Call("in_force", ""), self._inner.in_force)

    def put_in_force(self, update: RosterUpdate) -> RosterUpdateResult:
        """Tell the inner one."""
        return self._turns.call(Call("put_in_force", ""), lambda: self._inner.put_in_force(update))

    def history(self) -> tuple[RosterVersion, ...]:
        """Ask the inner one."""
        return self._turns.call(Call("history", ""), self._inner.history)


class MetricsInTurns(MetricsRepository):
    """Facts and shares, a call a turn; no page is stored but the one that continues what is stored."""

    def __init__(self, inner: MetricsRepository, turns: Turns, versions: dict[int, int]) -> None:
        self._inner = inner
        self._turns = turns
        self._versions = versions

    def store_page(self, page: AttributedPage) -> PageStored:
        """Tell the inner one."""

        def store() -> PageStored:
            stored = self._inner.store_page(page)
            assert page.state_version == self._versions.get(page.repository_id, 0), "it continues another state"
            self._versions[page.repository_id] = stored.state_version
            return stored

        return self._turns.call(Call("store_page", str(page.repository_id)), store)

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Ask the inner one; no use case that runs here does."""
        return self._inner.pull_requests(repository_id)

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Ask the inner one; no use case that runs here does."""
        return self._inner.attribution(repository_id, number)


class CollectionInTurns(CollectionRepository):
    """The collection's state, a call a turn."""

    def __init__(self, inner: CollectionRepository, turns: Turns) -> None:
        self._inner = inner
        self._turns = turns

    def find(self, name: str) -> CollectionState | None:
        """Ask the inner one."""
        return self._turns.call(Call("find", name), lambda: self._inner.find(name))

    def states(self) -> tuple[CollectionState, ...]:
        """Ask the inner one."""
        return self._turns.call(Call("states", ""), self._inner.states)

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Tell the inner one."""
        return self._turns.call(
            Call("register", configured_name), lambda: self._inner.register(repository, configured_name)
        )

    @contextmanager
    def claim(self, repository_id: int) -> Iterator[bool]:
        """Claim in one turn; given up with whatever ends the process, and done without where the store fails."""
        with ExitStack() as held:
            claim = self._inner.claim(repository_id)
            try:
                is_free = self._turns.call(Call("claim", str(repository_id)), lambda: held.enter_context(claim))
            except StorageError:
                self._turns.raised.pop()
                is_free = True
            yield is_free

    def record_outcome(self, repository_id: int, report: RepositoryReport, at: datetime) -> None:
        """Tell the inner one."""
        self._turns.call(
            Call("record_outcome", report.name), lambda: self._inner.record_outcome(repository_id, report, at)
        )

    def record_run(self, report: RunReport) -> None:
        """Tell the inner one."""
        self._turns.call(Call("record_run", ""), lambda: self._inner.record_run(report))

    def latest_run(self) -> RunReport | None:
        """Ask the inner one."""
        return self._turns.call(Call("latest_run", ""), self._inner.latest_run)


def _last_page(checkpoint: Checkpoint) -> int:
    """Return the greatest last page that the unfinished reading was told."""
    return 0 if checkpoint.cursor is None else cursor_of(checkpoint.cursor).last_page
