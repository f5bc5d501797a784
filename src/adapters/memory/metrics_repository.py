"""Facts and shares, in memory."""

from collections.abc import Generator, Mapping
from datetime import datetime

from attrs import evolve

from github_tracker.adapters.memory.store import MemoryStore, changed_parts
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.errors import ContradictedFactError
from github_tracker.domain.pull_request import PullRequest
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
            changed = self._newer(page)
            repaired = sum(
                state.checkpoint.is_behind(attribution.pull_request.updated_at) for attribution in changed.values()
            )
            parts = sum(
                changed_parts(self._store.attributions.get(key), attribution) for key, attribution in changed.items()
            )
            self._store.attributions.update(changed)
            watermark = _later(state.checkpoint.watermark, page.checkpoint.watermark)
            checkpoint = evolve(page.checkpoint, watermark=watermark)
            if changed or checkpoint != state.checkpoint:
                state = evolve(state, checkpoint=checkpoint, version=state.version + 1)
                self._store.states[page.repository_id] = state
            return PageStored(state.version, len(changed), parts, repaired)

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Yield the facts of one repository by number."""
        for attribution in self._store.in_order():
            if attribution.pull_request.repository_id == repository_id:
                yield attribution.pull_request

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Return the stored attribution of one pull request."""
        return self._store.attributions.get((repository_id, number))

    def _newer(self, page: AttributedPage) -> dict[tuple[int, int], Attribution]:
        """Return what the page adds or replaces; refuse the page if one of its facts cannot be.

        First the newest of each on the page, then the comparison with what is stored: what a tie on the page drops
        must not count as a change.
        """
        newest = _superseding(page.attributions, {})
        return _superseding(tuple(newest.values()), self._store.attributions)


def _superseding(
    attributions: tuple[Attribution, ...], known: Mapping[tuple[int, int], Attribution]
) -> dict[tuple[int, int], Attribution]:
    """Return by key the last ones that supersede those known and those before them."""
    found: dict[tuple[int, int], Attribution] = {}
    for attribution in attributions:
        fact = attribution.pull_request
        before = found.get(fact.key) or known.get(fact.key)
        if before is not None and fact.contradicts(before.pull_request):
            raise ContradictedFactError(fact.repository_id, fact.number)
        if before is None or fact.supersedes(before.pull_request):
            found[fact.key] = attribution
    return found


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
