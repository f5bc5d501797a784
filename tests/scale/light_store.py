"""A store for thousands of repositories: the states and checkpoints in full, of the facts only which were stored."""

from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from typing import Final

from attrs import evolve

from github_tracker.adapters.memory import MemoryCollectionRepository, MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.errors import RosterChangedError, StateChangedError
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored

STORING_TIME: Final = timedelta(milliseconds=30)
"""What a page's transaction takes."""


class LightCollection(MemoryCollectionRepository):
    """Finds by name without looking at all repositories; none is renamed here."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._data = store
        self._ids: dict[str, int] = {}

    def find(self, name: str) -> CollectionState | None:
        """Return the state of the repository of this name."""
        known = self._ids.get(name.lower())
        return None if known is None else self._data.states[known]

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make a repository known and return its state."""
        self._ids[configured_name.lower()] = repository.id
        return self._data.states.setdefault(repository.id, CollectionState(repository))


class LightMetrics(MetricsRepository):
    """Compares and swaps as the real ones do, and remembers which pull requests were stored as bits of a number."""

    def __init__(self, store: MemoryStore, clock: Clock) -> None:
        self.storing_time = timedelta(0)
        self._store = store
        self._clock = clock
        self._stored: Counter[int] = Counter()

    def stored(self, repository_id: int) -> int:
        """Return how many pull requests of the repository are stored."""
        return self._stored[repository_id].bit_count()

    def store_page(self, page: AttributedPage) -> PageStored:
        """Store the page, after the time that it takes."""
        self._clock.sleep(STORING_TIME.total_seconds())
        self.storing_time += STORING_TIME
        state = self._store.states[page.repository_id]
        if state.version != page.state_version:
            raise StateChangedError(f"repository {page.repository_id}: another run has stored a page meanwhile")
        if self._store.in_force.version != page.roster_version:
            raise RosterChangedError(f"the roster is now version {self._store.in_force.version}")
        known = self.stored(page.repository_id)
        for attribution in page.attributions:
            self._stored[page.repository_id] |= 1 << attribution.pull_request.number
        changed = self.stored(page.repository_id) - known
        if changed or page.checkpoint != state.checkpoint:
            state = evolve(state, checkpoint=page.checkpoint, version=state.version + 1)
            self._store.states[page.repository_id] = state
        return PageStored(state.version, changed, changed)

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Nobody asks for facts here."""
        raise NotImplementedError

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Nobody asks for facts here."""
        raise NotImplementedError
