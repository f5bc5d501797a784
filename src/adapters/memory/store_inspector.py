"""A store in memory looks at itself."""

from collections.abc import Generator

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.verification import Finding, FindingKind
from github_tracker.ports.store_inspector import StoreInspector


class MemoryStoreInspector(StoreInspector):
    """Shares lie inside their fact here and repeat nothing but the rule: that is what can differ."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def findings(self) -> Generator[Finding]:
        """Yield facts of repositories without a state, and attributions by another rule than the one in force."""
        with self._store.lock:
            states, rule = frozenset(self._store.states), self._store.in_force.policy.rule
            stored = tuple(self._store.in_order())
        for attribution in stored:
            key = attribution.pull_request.key
            if key[0] not in states:
                yield Finding(FindingKind.STATE_MISSING, key[0], None, "pull requests of it are stored")
            if attribution.rule is not rule:
                message = f"its shares follow the rule {attribution.rule.value}, the settings say {rule.value}"
                yield Finding(FindingKind.COPY_DIFFERS, *key, message)
