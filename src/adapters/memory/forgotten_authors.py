"""Forgetting people, in memory."""

from attrs import evolve

from github_tracker.adapters.memory.roster_repository import record_version
from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.forgetting import Disguise
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.forgotten_authors import ForgettingOrder, ForgettingResult, ForgottenAuthors
from github_tracker.ports.roster_repository import RosterInForce, RosterUpdate


class MemoryForgottenAuthors(ForgottenAuthors):
    """Rewrites what a MemoryStore holds."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def forget(self, order: ForgettingOrder) -> ForgettingResult:
        """Put pseudonyms in place of logins and ids."""
        with self._store.lock:
            result, disguise = self.rehearse(order), self._fresh(order)
            for attribution in tuple(self._store.in_order()):
                fact = disguise.fact(attribution.pull_request)
                self._store.attributions[fact.key] = evolve(attribution, pull_request=fact)
            self._store.versions[:] = [
                evolve(version, roster=disguise.roster(version.roster)) for version in self._store.versions
            ]
            self._put_in_force(order, disguise)
            return result

    def rehearse(self, order: ForgettingOrder) -> ForgettingResult:
        """Count what would change."""
        with self._store.lock:
            in_force, disguise = self._store.in_force, self._fresh(order)
            if order.roster_version != in_force.version:
                raise RosterChangedError(f"the roster is now version {in_force.version}")
            changed = [one for one in self._store.in_order() if disguise.fact(one.pull_request) != one.pull_request]
            entries = in_force.roster.memberships
            return ForgettingResult(
                facts_changed=len(changed),
                shares_changed=sum(len(attribution.shares) for attribution in changed),
                memberships_changed=sum(disguise.membership(entry) != entry for entry in entries),
            )

    def _fresh(self, order: ForgettingOrder) -> Disguise:
        return order.forgetting.disguise(self._store.in_force.disguise.key)

    def _put_in_force(self, order: ForgettingOrder, disguise: Disguise) -> None:
        before = self._store.in_force
        update = RosterUpdate(disguise.roster(before.roster), before.policy, order.changed_by, order.changed_at)
        version = record_version(self._store, update).version
        everyone = Disguise(disguise.key, (*before.disguise.marks, *disguise.marks))
        self._store.in_force = RosterInForce(version, update.roster, before.policy, everyone)
