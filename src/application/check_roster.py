"""Check a roster against the stored facts: what it may have wrong, and whom it does not name."""

from contextlib import closing

from attrs import frozen

from github_tracker.application.sync_roster import NoRosterError, WantedPolicy
from github_tracker.domain.hygiene import Hygiene, examine
from github_tracker.domain.roster import Roster
from github_tracker.ports.author_directory import AuthorDirectory
from github_tracker.ports.clock import Clock
from github_tracker.ports.roster_repository import RosterRepository


@frozen
class CheckedRoster:
    """A roster with what the stored facts say of it."""

    roster: Roster
    hygiene: Hygiene


class CheckRoster:
    """Looks at a roster in the light of the facts; changes nothing."""

    def __init__(self, authors: AuthorDirectory, rosters: RosterRepository, clock: Clock) -> None:
        self._authors = authors
        self._rosters = rosters
        self._clock = clock

    def __call__(self, roster: Roster | None, policy: WantedPolicy) -> CheckedRoster:
        """Return what is found; None checks the roster in force. Raises NoRosterError if there is none."""
        in_force = self._rosters.in_force()
        checked = in_force.roster if roster is None else roster
        if roster is None and not checked.teams:
            raise NoRosterError
        with closing(self._authors.activities()) as activities:
            hygiene = examine(checked, policy.over(in_force.policy), activities, self._clock.now())
        return CheckedRoster(checked, hygiene)
