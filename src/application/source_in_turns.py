"""A GitHub that is asked by so many at a time, whatever the number of threads."""

from collections.abc import Iterator
from datetime import datetime
from threading import Semaphore

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository


class SourceInTurns(GitHubSource):
    """Asks another source and changes nothing that it gives out; whoever stores a page lets another one ask meanwhile.

    Waiting for a rate limit takes a turn as well: others would meet the same limit.
    """

    def __init__(self, source: GitHubSource, at_a_time: int) -> None:
        self._source = source
        self._turns = Semaphore(at_a_time)

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the repository that answers to owner/name today."""
        with self._turns:
            return self._source.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the source's pages, each asked for in a turn."""
        pages = iter(self._source.pages(repository, checkpoint, deadline))
        while True:
            with self._turns:
                page = next(pages, None)
            if page is None:
                return
            yield page
            if page.is_last:
                return

    def release(self) -> None:
        """Give back what was reserved."""
        self._source.release()
