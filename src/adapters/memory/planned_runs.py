"""Runs that many workers share, in memory."""

from uuid import UUID

from github_tracker.adapters.memory.store import MemoryStore, PlannedEntry
from github_tracker.domain.planned_run import OpenRun, Planning, RunPart
from github_tracker.domain.work import WorkItem
from github_tracker.ports.planned_runs import PlannedRuns, Task


class MemoryPlannedRuns(PlannedRuns):
    """Keeps planned runs in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def begin(self, planning: Planning) -> bool:
        """Keep a planning and open its run."""
        with self._store.lock:
            if planning.run in self._store.planned:
                return False
            self._store.planned[planning.run] = PlannedEntry(planning, set(planning.repositories))
            return True

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return the runs that are not closed."""
        with self._store.lock:
            entries = [entry for entry in self._store.planned.values() if entry is not None]
        runs = [
            OpenRun(entry.planning, tuple(sorted(entry.parts, key=lambda part: part.finished_at))) for entry in entries
        ]
        return tuple(sorted(runs, key=lambda run: (run.planning.planned_at, run.planning.run)))

    def task(self, item: WorkItem) -> Task | None:
        """Return what is expected of this repository."""
        with self._store.lock:
            entry = self._store.planned.get(item.run)
            if entry is None or item.repository not in entry.pending:
                return None
            return Task(entry.latest.get(item.repository))

    def add_part(self, run: UUID, part: RunPart) -> bool:
        """Keep a part and return whether now everything of the run is over."""
        name = part.report.name
        with self._store.lock:
            entry = self._store.planned.get(run)
            if entry is None or name not in entry.names:
                return False
            entry.parts[part] = None
            entry.latest[name] = part.report
            if part.is_over:
                entry.pending.discard(name)
            return not entry.pending

    def close(self, run: UUID) -> bool:
        """Close the run and forget its parts."""
        with self._store.lock:
            is_open = self._store.planned.get(run) is not None
            if is_open:
                self._store.planned[run] = None
            return is_open
