"""A client that gives up at once what will never end, and nothing else.

The limit on a whole reply is one of real time. Were it short for every reply, a busy machine would now and then let one
be given up that was only late, even before its request was read, so that neither outcomes nor counts were certain. So
it is long here, and over early for the one reply that the server keeps back for good.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Timer
from typing import Final

import pytest

from github_tracker.adapters.github_rest import reply_watch
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository

Call = Callable[[], None]

_BEGINNING_SECONDS: Final = 0.05
"""What trickles has begun to by then; nothing depends on it."""


class Impatience:
    """Ends the limit on what is read of a repository early; each thread reads one repository at a time."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._latest: dict[str, Call] = {}

    @contextmanager
    def over(self, source: GitHubSource) -> Iterator[GitHubSource]:
        """Give the source such that its replies can be given up while this lasts."""
        with pytest.MonkeyPatch.context() as patch:
            add = reply_watch.TIME_LIMITS.add
            patch.setattr(reply_watch.TIME_LIMITS, "add", partial(self._noted, add))
            yield _NotingSource(source, self._note)

    def give_up(self, full_name: str) -> None:
        """Let the time be over for what is being asked about this repository."""
        early = Timer(_BEGINNING_SECONDS, self._latest[full_name])
        early.daemon = True
        early.start()

    def _note(self, full_name: str) -> None:
        self._own.full_name = full_name

    def _noted(
        self, add: Callable[[float, Callable[[], None]], None], seconds: float, call: Callable[[], None]
    ) -> None:
        self._latest[self._own.full_name] = call
        add(seconds, call)


class _NotingSource(GitHubSource):
    """Passes everything on, and says which repository the calling thread asks about."""

    def __init__(self, inner: GitHubSource, note: Callable[[str], None]) -> None:
        self._inner = inner
        self._note = note

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Pass it on."""
        self._note(full_name)
        return self._inner.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Pass it on."""
        self._note(repository.full_name)
        yield from self._inner.pages(repository, checkpoint, deadline)
