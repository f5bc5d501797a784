"""Repositories, checkpoints and run reports, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from attrs import evolve

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunReport
from github_tracker.ports.collection_repository import DISPLACED, CollectionRepository, CollectionState
from github_tracker.ports.errors import RepositoryUnavailableError


class MemoryCollectionRepository(CollectionRepository):
    """Keeps the collection's state in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def find(self, name: str) -> CollectionState | None:
        """Return the state of the repository known by this name."""
        with self._store.lock:
            for state in self._store.states.values():
                if state.repository.full_name.lower() == name.lower():
                    return state
            known = self._store.known_as.get(name.lower())
            return None if known is None else self._store.states[known]

    def states(self) -> tuple[CollectionState, ...]:
        """Return the states of all known repositories."""
        with self._store.lock:
            return tuple(sorted(self._store.states.values(), key=lambda state: state.repository.full_name.lower()))

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make a repository known under both names and return its state."""
        with self._store.lock:
            self._take_name_from_others(repository)
            state = self._store.states.get(repository.id, CollectionState(repository))
            former = state.repository.full_name.lower()
            for name in {former, configured_name.lower()} - {repository.full_name.lower()}:
                self._store.known_as[name] = repository.id
            if self._store.known_as.get(repository.full_name.lower()) != repository.id:
                self._store.known_as.pop(repository.full_name.lower(), None)
            self._store.states[repository.id] = evolve(state, repository=repository)
            return self._store.states[repository.id]

    @contextmanager
    def claim(self, repository_id: int) -> Iterator[bool]:
        """Claim the repository for one run while the context lasts."""
        with self._store.lock:
            is_free = repository_id not in self._store.claims
            self._store.claims.add(repository_id)
        try:
            yield is_free
        finally:
            if is_free:
                with self._store.lock:
                    self._store.claims.discard(repository_id)

    def record_outcome(self, repository_id: int, report: RepositoryReport, at: datetime) -> None:
        """Note how the repository's collection ended."""
        with self._store.lock:
            state = self._store.states[repository_id]
            missing_since = state.missing_since
            if report.code == RepositoryUnavailableError.code:
                missing_since = missing_since or at
            elif report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED):
                missing_since = None
            noted = evolve(
                state,
                last_outcome=report.outcome,
                last_code=report.code,
                last_message=report.message,
                missing_since=missing_since,
            )
            self._store.states[repository_id] = noted

    def record_run(self, report: RunReport) -> None:
        """Keep the report of one run; one that began and finished at the same instants is the same run."""
        with self._store.lock:
            if all(_span(report) != _span(kept) for kept in self._store.runs):
                self._store.runs.append(report)

    def latest_run(self) -> RunReport | None:
        """Return the report of the run that finished last; of several, the one recorded last."""
        with self._store.lock:
            return max(reversed(self._store.runs), key=lambda report: report.finished_at, default=None)

    def _take_name_from_others(self, repository: Repository) -> None:
        for state in tuple(self._store.states.values()):
            other = state.repository
            if other.id != repository.id and other.full_name.lower() == repository.full_name.lower():
                renamed = evolve(other, full_name=displaced_name(other))
                self._store.states[other.id] = evolve(state, repository=renamed)


def _span(report: RunReport) -> tuple[datetime, datetime]:
    return report.started_at, report.finished_at


def displaced_name(repository: Repository) -> str:
    """Return what a repository is called whose name another one bears now, until GitHub tells its new one."""
    return f"{repository.full_name}{DISPLACED}{repository.id}"
