"""The roster in force and its versions, in memory."""

from datetime import timedelta

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.instants import to_utc
from github_tracker.domain.merging import changed_parts
from github_tracker.domain.roster_change import AffectedAuthors, changes_everyone, difference
from github_tracker.domain.team_identity import KnownTeam, known_after
from github_tracker.ports.roster_repository import (
    RosterInForce,
    RosterRepository,
    RosterUpdate,
    RosterUpdateResult,
    RosterVersion,
)


class MemoryRosterRepository(RosterRepository):
    """Keeps rosters in a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def in_force(self) -> RosterInForce:
        """Return the roster and policy in force."""
        return self._store.in_force

    def put_in_force(self, update: RosterUpdate) -> RosterUpdateResult:
        """Replace the roster and the policy, and re-attribute what they touch."""
        with self._store.lock:
            old = self._store.in_force
            update.refuse_unless_expected(old.version)
            old.disguise.refuse_in(update.roster)
            changes = difference(old.roster, update.roster)
            if changes.is_empty and old.policy == update.policy:
                return RosterUpdateResult(old.version, is_new_version=False)
            version = record_version(self._store, update)
            self._store.in_force = RosterInForce(version.version, update.roster, update.policy, old.disguise)
            self._store.teams = _teams_after(update, self._store.teams)
            affected = None
            if not changes_everyone(old.policy, update.policy):
                affected = changes.affected_authors(old.roster, update.roster)
            examined, changed = self._reattribute(Attributor(update.roster, update.policy), affected)
            return RosterUpdateResult(
                version=version.version,
                is_new_version=True,
                memberships_added=len(changes.added),
                memberships_removed=len(changes.removed),
                facts_examined=examined,
                shares_changed=changed,
            )

    def history(self) -> tuple[RosterVersion, ...]:
        """Return every version, the first one first."""
        return tuple(self._store.versions)

    def _reattribute(self, attributor: Attributor, affected: AffectedAuthors | None) -> tuple[int, int]:
        """Attribute again whoever is affected, everybody for None; return how many facts and parts."""
        examined = changed = 0
        for before in tuple(self._store.in_order()):
            if affected is None or affected.include(before.pull_request.author):
                after = attributor.attribute(before.pull_request)
                self._store.attributions[before.pull_request.key] = after
                examined += 1
                changed += changed_parts(before, after)
        return examined, changed


def _teams_after(update: RosterUpdate, stored: tuple[KnownTeam, ...]) -> tuple[KnownTeam, ...]:
    teams = known_after(update.roster.teams, stored)
    new = (
        KnownTeam(number, team.name, team.description, team.key, is_listed=True)
        for number, team in enumerate(teams.new, start=len(stored) + 1)
    )
    return (*teams.known, *new)


def record_version(store: MemoryStore, update: RosterUpdate) -> RosterVersion:
    """Add a version; no two are recorded at one instant, even if the clock stands still."""
    recorded_at = to_utc(update.changed_at)
    if store.versions:
        recorded_at = max(recorded_at, store.versions[-1].recorded_at + timedelta(microseconds=1))
    number = store.in_force.version + 1
    version = RosterVersion(number, recorded_at, update.changed_by, update.policy, update.roster)
    store.versions.append(version)
    return version
