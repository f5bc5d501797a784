"""First pages that were asked for to find out whose list it is: kept for whoever walks over that list next."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from attrs import frozen

from github_tracker.adapters.github_rest.answer import Answer
from github_tracker.domain.pull_request import Repository

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of all together, as they were sent; with so many, no more pages are asked for to be kept."""

LONGEST_KEPT: Final = timedelta(minutes=1)
"""What a run does not come to by then, it asks for again; nor is a page kept for the next run of the process."""


@frozen
class _Page:
    answer: Answer
    kept_at: datetime


class FirstPages:
    """Keeps answers by repository; each is given out once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: dict[Repository, _Page] = {}
        self._bytes = 0

    def has_room(self, now: datetime) -> bool:
        """Whether another page would be kept. Several threads may be told so at once, and all of them keep theirs."""
        with self._lock:
            self._forget_old(now)
            return self._bytes < MOST_BYTES

    def keep(self, repository: Repository, answer: Answer, now: datetime) -> None:
        """Keep the answer, whatever its size."""
        with self._lock:
            if repository not in self._pages:
                self._pages[repository] = _Page(answer, now)
                self._bytes += answer.body.size

    def take(self, repository: Repository, now: datetime) -> Answer | None:
        """Return the answer that was kept for the repository, if there is one; it is kept no longer."""
        with self._lock:
            self._forget_old(now)
            page = self._pages.pop(repository, None)
            if page is None:
                return None
            self._bytes -= page.answer.body.size
            return page.answer

    def _forget_old(self, now: datetime) -> None:
        for repository, page in tuple(self._pages.items()):
            if now - page.kept_at <= LONGEST_KEPT:
                return
            del self._pages[repository]
            self._bytes -= page.answer.body.size
