"""A GitHub in memory: its lists are read by the same rules as the real one's."""

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import RLock

from attrs import evolve, frozen

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.domain.reading import IncompleteListError, ListAnswer, ListOrder, ListRequest, begin
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import RepositoryMovedError, RepositoryUnavailableError, TransientSourceError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository


@frozen
class MemoryRequest:
    """One request that is about to be answered."""

    repository: str
    """The full name asked for."""
    page: int | None = None
    """Of its list of pull requests; None if only the repository is asked for."""
    deadline: datetime | None = None
    """Until when a rate limit may be waited for."""


Interference = Callable[[MemoryRequest], None]
"""Is told of every request before it is answered; it may let time pass, change what is listed, or raise a fault."""


class MemoryGitHubSource(GitHubSource):
    """Gives out the pull requests that were put into it, page by page; they may change between pages."""

    def __init__(self, clock: Clock, page_size: int = 100, interference: Interference | None = None) -> None:
        self._clock = clock
        self._page_size = page_size
        self._interference = interference
        self._repositories: dict[int, Repository] = {}
        self._former_names: dict[str, int] = {}
        self._pull_requests: dict[tuple[int, int], PullRequest] = {}
        self._lock = RLock()

    def put_repository(self, repository: Repository) -> None:
        """Add a repository, or rename the one with this id; its former name goes on leading to it."""
        with self._lock:
            former = self._repositories.get(repository.id)
            if former is not None:
                self._former_names[former.full_name.lower()] = repository.id
            self._repositories[repository.id] = repository

    def put(self, *pull_requests: PullRequest) -> None:
        """Add pull requests, or replace those of the same number."""
        with self._lock:
            self._pull_requests.update({fact.key: fact for fact in pull_requests})

    def hide(self, repository_id: int, number: int) -> None:
        """Leave a pull request out of every list, as GitHub does with those of suspended accounts."""
        with self._lock:
            del self._pull_requests[repository_id, number]

    def resolve(
        self,
        full_name: str,
        deadline: datetime | None = None,  # noqa: ARG002  # the port's; nothing here waits
    ) -> ResolvedRepository:
        """Return the repository that answers to the name."""
        self._expect(MemoryRequest(full_name))
        return ResolvedRepository(self._repository_named(full_name), requests=1)

    def pages(
        self,
        repository: Repository,
        checkpoint: Checkpoint,
        deadline: datetime | None = None,
    ) -> Iterator[FactPage]:
        """Yield the pages that the checkpoint has not seen."""
        reading = begin(checkpoint)
        while True:
            self._expect(MemoryRequest(repository.full_name, reading.request.page, deadline))
            found = self._repository_named(repository.full_name)
            if (found.id, found.full_name) != (repository.id, repository.full_name):
                raise RepositoryMovedError(found, requests=2)
            try:
                answer = self._answer(repository.id, reading.request)
                step = reading.accept(answer)
            except IncompleteListError as exc:
                raise TransientSourceError(f"{repository.full_name}: {exc}") from exc
            yield FactPage(
                step.facts,
                step.checkpoint,
                is_last=step.following is None,
                requests=1,
                free_requests=int(answer.is_unchanged),
                is_list_empty=not answer.facts and not answer.is_unchanged and reading.request.page == 1,
            )
            if step.following is None:
                return
            reading = step.following

    def _expect(self, request: MemoryRequest) -> None:
        if self._interference is not None:
            self._interference(request)

    def _repository_named(self, full_name: str) -> Repository:
        with self._lock:
            for repository in self._repositories.values():
                if repository.full_name.lower() == full_name.lower():
                    return repository
            former = self._former_names.get(full_name.lower())
            if former is None:
                raise RepositoryUnavailableError(full_name, "not found")
            return self._repositories[former]

    def _answer(self, repository_id: int, request: ListRequest) -> ListAnswer:
        """The etag is the list itself: it differs exactly when page 1 does."""
        now = self._clock.now().replace(microsecond=0)
        rows = self._listed(repository_id, request.order)
        first = (request.page - 1) * self._page_size
        page = rows[first : first + self._page_size]
        last_page = max(1, -(-len(rows) // self._page_size))
        etag = str(hash(page))
        if request.etag is not None and request.etag == etag:
            return ListAnswer((), now, is_unchanged=True)
        observed = tuple(evolve(fact, observed_at=now) for fact in page)
        has_next = request.page < last_page
        return ListAnswer(observed, now, has_next, last_page if has_next else None, etag)

    def _listed(self, repository_id: int, order: ListOrder) -> tuple[PullRequest, ...]:
        with self._lock:
            facts = [fact for key, fact in self._pull_requests.items() if key[0] == repository_id]
        if order is ListOrder.OLDEST_CREATED_FIRST:
            return tuple(sorted(facts, key=lambda fact: (fact.created_at, fact.number)))
        return tuple(sorted(facts, key=lambda fact: (fact.updated_at, fact.number), reverse=True))
