"""Put a roster in force: a diff against the stored one, with the stored facts following it."""

from attrs import frozen

from github_tracker.application.change_roster import RosterChange, Wanted, change_roster
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import Roster
from github_tracker.ports.clock import Clock
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository, RosterUpdateResult
from github_tracker.ports.telemetry import RosterSynchronised, Telemetry


class NoRosterError(GitHubTrackerError):
    """Nothing says who belongs to which team: no file is configured and the database holds no roster."""

    def __init__(self) -> None:
        super().__init__("no roster: set TEAM_CONFIG_FILE or TEAM_CONFIG_JSON, for the database holds none yet either")


@frozen
class WantedPolicy:
    """What is configured; None keeps what is in force."""

    rule: AttributionRule | None = None
    time_zone: str | None = None
    bot_patterns: tuple[str, ...] | None = None

    def over(self, policy: AttributionPolicy) -> AttributionPolicy:
        """Return the policy in force with what is configured put over it."""
        return AttributionPolicy(
            rule=policy.rule if self.rule is None else self.rule,
            time_zone=policy.time_zone if self.time_zone is None else self.time_zone,
            bot_patterns=policy.bot_patterns if self.bot_patterns is None else self.bot_patterns,
        )


def configured(roster: Roster | None, policy: WantedPolicy) -> RosterChange:
    """Return the change to what is configured; what is not stays as it is in force. Raises NoRosterError."""

    def change(stored: RosterInForce) -> Wanted:
        if roster is None and not stored.roster.teams:
            raise NoRosterError
        return Wanted(stored.roster if roster is None else roster, policy.over(stored.policy))

    return change


class SyncRoster:
    """Makes the configured roster and policy the ones in force."""

    def __init__(self, rosters: RosterRepository, clock: Clock, telemetry: Telemetry) -> None:
        self._rosters = rosters
        self._clock = clock
        self._telemetry = telemetry

    def __call__(self, roster: Roster | None, policy: WantedPolicy, changed_by: str) -> RosterUpdateResult:
        """Put them in force; None keeps the stored roster. Doing it twice writes nothing the second time.

        Facts that the change touches are attributed again, without asking GitHub. Raises NoRosterError if there is
        neither a given nor a stored roster, and RosterChangedError if others keep changing what is to be kept.
        """
        if roster is not None:
            self._rosters.expect(roster)
        return self.change(configured(roster, policy), changed_by)

    def change(self, change: RosterChange, changed_by: str) -> RosterUpdateResult:
        """Put in force what the change makes of the roster in force; raises what `change_roster` raises."""
        result = change_roster(self._rosters, change, changed_by, self._clock.now)
        self._telemetry.observe(RosterSynchronised(result))
        return result

    def in_force(self) -> RosterInForce:
        """Return the roster and policy in force."""
        return self._rosters.in_force()
