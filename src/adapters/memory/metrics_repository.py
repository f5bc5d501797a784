"""Facts and shares, in memory."""

from collections.abc import Generator
from datetime import datetime

from attrs import evolve

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.merging import changed_parts, newest_of_each, superseding
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.retention import is_expired
from github_tracker.ports.errors import RosterChangedError, StateChangedError
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored


class MemoryMetricsRepository(MetricsRepository):
    """Keeps facts and shares in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def store_page(self, page: AttributedPage) -> PageStored:
        """Store facts, shares and checkpoint together or not at all."""
        with self._store.lock:
            state = self._store.states.get(page.repository_id)
            if state is None or state.version != page.state_version:
                raise StateChangedError(f"repository {page.repository_id}: another run has stored a page meanwhile")
            if self._store.in_force.version != page.roster_version:
                raise RosterChangedError(f"the roster is now version {self._store.in_force.version}")
            changed = superseding(page.attributions, self._store.attributions)
            expired = {key for key, one in newest_of_each(page.attributions).items() if self._is_expired(one)}
            changed = {
                key: one for key, one in changed.items() if key not in expired or key in self._store.attributions
            }
            repaired = sum(state.checkpoint.is_behind(one.pull_request.updated_at) for one in changed.values())
            parts = sum(self._put(one, key in expired) for key, one in changed.items())
            watermark = _later(state.checkpoint.watermark, page.checkpoint.watermark)
            checkpoint = evolve(page.checkpoint, watermark=watermark)
            if changed or checkpoint != state.checkpoint:
                state = evolve(state, checkpoint=checkpoint, version=state.version + 1)
                self._store.states[page.repository_id] = state
            return PageStored(state.version, len(changed), parts, repaired, len(expired))

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Yield the facts of one repository by number."""
        for attribution in self._store.in_order():
            if attribution.pull_request.repository_id == repository_id:
                yield attribution.pull_request

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Return the stored attribution of one pull request."""
        return self._store.attributions.get((repository_id, number))

    def _is_expired(self, attribution: Attribution) -> bool:
        return is_expired(attribution.pull_request, self._store.floor)

    def _put(self, attribution: Attribution, is_removed: bool) -> int:
        """Store it or remove what is stored of it; return how many shares and rests that changes."""
        key = attribution.pull_request.key
        if is_removed:
            gone = self._store.attributions.pop(key)
            return len(gone.shares) + len(gone.rest)
        parts = changed_parts(self._store.attributions.get(key), attribution)
        self._store.attributions[key] = attribution
        return parts


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
