"""Keeping pull requests no longer than wanted, in memory."""

from collections import Counter
from datetime import date, datetime

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone, to_utc, to_utc_or_none
from github_tracker.domain.retention import is_expired
from github_tracker.ports.retention import Losses, MonthLoss, RepositoryLoss, Retention


class MemoryRetention(Retention):
    """Prunes a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def floor(self) -> datetime | None:
        """Return the floor in force."""
        return self._store.floor

    def rehearse(self, floor: datetime) -> Losses:
        """Count what lies below."""
        with self._store.lock:
            return Losses(self._by_repository(self._expired(floor)), self._months(floor))

    def prune(self, floor: datetime) -> tuple[RepositoryLoss, ...]:
        """Raise the floor and remove what ended before it."""
        with self._store.lock:
            in_force = max(filter(None, (to_utc(floor), self._store.floor)))
            self._store.floor = in_force
            expired = self._expired(in_force)
            for attribution in expired:
                del self._store.attributions[attribution.pull_request.key]
            return self._by_repository(expired)

    def reset(self, floor: datetime | None) -> None:
        """Put the floor there."""
        with self._store.lock:
            self._store.floor = to_utc_or_none(floor)

    def _expired(self, floor: datetime) -> tuple[Attribution, ...]:
        return tuple(stored for stored in self._store.in_order() if is_expired(stored.pull_request, floor))

    def _by_repository(self, attributions: tuple[Attribution, ...]) -> tuple[RepositoryLoss, ...]:
        facts: Counter[int] = Counter()
        shares: Counter[int] = Counter()
        rests: Counter[int] = Counter()
        for attribution in attributions:
            repository_id = attribution.pull_request.repository_id
            facts[repository_id] += 1
            shares[repository_id] += len(attribution.shares)
            rests[repository_id] += len(attribution.rest)
        return tuple(
            RepositoryLoss(self._store.states[number].repository, facts[number], shares[number], rests[number])
            for number in sorted(facts)
        )

    def _months(self, floor: datetime) -> tuple[MonthLoss, ...]:
        zone = time_zone(self._store.in_force.policy.time_zone)
        lost: Counter[tuple[str, date]] = Counter()
        kept: Counter[tuple[str, date]] = Counter()
        for attribution in self._store.in_order():
            merged_at = attribution.pull_request.merged_at
            if merged_at is None or attribution.is_bot:
                continue
            counted = lost if merged_at < floor else kept
            for share in attribution.shares:
                counted[share.team, month_of(merged_at, zone)] += 1
        return tuple(MonthLoss(*cell, lost[cell], kept[cell]) for cell in sorted(lost))
