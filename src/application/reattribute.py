"""Re-attribute: another roster or rule over the stored facts, without asking GitHub; or only what it would change."""

from collections.abc import Callable
from contextlib import closing

from attrs import field, frozen

from github_tracker.application.change_roster import MOST_ROSTER_CHANGES, RosterChange
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy, configured
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.comparison import Comparison, compare_attributions
from github_tracker.domain.membership_change import MembershipChange, membership_changes
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_change import AffectedAuthors, RosterDifference, changes_everyone, difference
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository, RosterUpdateResult
from github_tracker.ports.telemetry import Telemetry


@frozen
class Reattribution:
    """What a roster and a policy change, or would change, about the stored figures."""

    version_before: int
    policy_before: AttributionPolicy
    policy_after: AttributionPolicy
    roster: RosterDifference
    memberships: tuple[MembershipChange, ...]
    comparison: Comparison
    result: RosterUpdateResult | None = None
    """What was done; None if nothing was."""

    @property
    def is_nothing_to_do(self) -> bool:
        """Whether everything is so already."""
        return self.roster.is_empty and self.policy_before == self.policy_after


class Reattribute:
    """Puts a roster and a policy in force, and tells what that changes."""

    def __init__(
        self, rosters: RosterRepository, reader: AttributionReader, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._rosters = rosters
        self._reader = reader
        self._sync = SyncRoster(rosters, clock, telemetry)

    def preview(self, roster: Roster | None, policy: WantedPolicy) -> Reattribution:
        """Return what putting them in force would change; writes nothing. None keeps the stored roster.

        Raises NoRosterError as putting them in force would, and RosterChangedError if others keep changing the roster.
        """
        return self.preview_of(configured(roster, policy))

    def preview_of(self, change: RosterChange) -> Reattribution:
        """Return what this change of the roster would change; writes nothing and raises what the real one would."""
        for _ in range(MOST_ROSTER_CHANGES):
            old = self._rosters.in_force()
            wanted = change(old)
            old.disguise.refuse_in(wanted.roster)
            step = _Step(old, RosterInForce(old.version + 1, wanted.roster, wanted.policy))
            comparison = self._compared(step, step.from_stored)
            # The stream is of an instant between both looks, so what is stored then follows `old`.
            if self._rosters.in_force().version == old.version:
                return step.reattribution(comparison)
        raise RosterChangedError("the roster changes faster than it can be compared; try again")

    def __call__(self, roster: Roster | None, policy: WantedPolicy, changed_by: str) -> Reattribution:
        """Put them in force, all or nothing, and return what that changed: the stored shares are the new side.

        The old side is computed by the roster before, over the facts as they are now. Raises what `preview` raises.
        """
        return self.put(configured(roster, policy), changed_by)

    def put(self, change: RosterChange, changed_by: str) -> Reattribution:
        """Put in force what the change makes of the roster in force, and return what that changed."""
        result = self._sync.change(change, changed_by)
        step = _Step(self._version(result.version - result.is_new_version), self._version(result.version))
        comparison = self._compared(step, step.to_stored)
        if self._rosters.in_force().version != result.version:
            raise RosterChangedError(
                f"roster version {result.version} is in force, but a later one came before its effects could be "
                "counted; `github-tracker roster history` shows it"
            )
        return step.reattribution(comparison, result)

    def _compared(self, step: "_Step", pair_of: Callable[[Attribution], tuple[Attribution, Attribution]]) -> Comparison:
        with closing(self._reader.attributions()) as stored:
            pairs = map(pair_of, stored)
            return compare_attributions(pairs, step.old.policy.time_zone, step.new.policy.time_zone)

    def _version(self, number: int) -> RosterInForce:
        """Return a recorded version; before the first one, nothing was in force."""
        for version in self._rosters.history():
            if version.version == number:
                return RosterInForce(number, version.roster, version.policy)
        return RosterInForce(0, Roster(), AttributionPolicy())


@frozen
class _Step:
    """From one roster and policy to another; whoever is not affected keeps what is stored."""

    old: RosterInForce
    new: RosterInForce
    _before: Attributor = field(init=False)
    _after: Attributor = field(init=False)
    _affected: AffectedAuthors | None = field(init=False)
    """None: everybody."""

    @_before.default
    def _attributor_before(self) -> Attributor:
        return Attributor(self.old.roster, self.old.policy)

    @_after.default
    def _attributor_after(self) -> Attributor:
        return Attributor(self.new.roster, self.new.policy)

    @_affected.default
    def _affected_authors(self) -> AffectedAuthors | None:
        if changes_everyone(self.old.policy, self.new.policy):
            return None
        return difference(self.old.roster, self.new.roster).affected_authors(self.old.roster, self.new.roster)

    def from_stored(self, stored: Attribution) -> tuple[Attribution, Attribution]:
        """Return both sides where what is stored follows the old roster."""
        return stored, self._again(stored, self._after)

    def to_stored(self, stored: Attribution) -> tuple[Attribution, Attribution]:
        """Return both sides where what is stored follows the new roster."""
        return self._again(stored, self._before), stored

    def reattribution(self, comparison: Comparison, result: RosterUpdateResult | None = None) -> Reattribution:
        """Return the comparison with what led to it."""
        roster = difference(self.old.roster, self.new.roster)
        return Reattribution(
            version_before=self.old.version,
            policy_before=self.old.policy,
            policy_after=self.new.policy,
            roster=roster,
            memberships=membership_changes(roster),
            comparison=comparison,
            result=result,
        )

    def _again(self, stored: Attribution, attributor: Attributor) -> Attribution:
        fact = stored.pull_request
        return attributor.attribute(fact) if self._affected is None or self._affected.include(fact.author) else stored
