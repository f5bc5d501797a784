"""Everything that is stored about every pull request, from memory."""

from collections.abc import Generator

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.roster_change import AffectedAuthors
from github_tracker.ports.attribution_reader import AttributionReader


class MemoryAttributionReader(AttributionReader):
    """Gives out what a MemoryStore holds."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def attributions(self, authors: AffectedAuthors | None = None) -> Generator[Attribution]:
        """Yield the stored attributions as they stand when the first one is asked for."""
        with self._store.lock:
            stored = tuple(self._store.in_order())
        for attribution in stored:
            if authors is None or authors.include(attribution.pull_request.author):
                yield attribution

    def repositories(self) -> tuple[Repository, ...]:
        """Return every known repository, by id."""
        with self._store.lock:
            return tuple(self._store.states[number].repository for number in sorted(self._store.states))
