"""The version of what is stored, from memory."""

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.ports.data_version import DataVersion, DataVersions


class MemoryDataVersions(DataVersions):
    """Tells the version of a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def current(self) -> DataVersion:
        """Return the present version."""
        with self._store.lock:
            in_force = self._store.in_force
            return DataVersion(
                roster_version=in_force.version,
                rule=in_force.policy.rule,
                time_zone=in_force.policy.time_zone,
                pages=sum(state.version for state in self._store.states.values()),
                collected_at=max((run.finished_at for run in self._store.runs), default=None),
            )
