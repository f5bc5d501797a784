"""Change the roster by what is in force: computed, and stored only if nobody else has changed it in between."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import frozen

from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository, RosterUpdate, RosterUpdateResult

MOST_ROSTER_CHANGES: Final = 5
"""How often others may change the roster meanwhile before one gives up."""


@frozen
class Wanted:
    """A roster and a policy that are to come into force."""

    roster: Roster
    policy: AttributionPolicy


RosterChange = Callable[[RosterInForce], Wanted]
"""What is wanted, given what is in force. Called again if that is another roster by the time of storing."""


def change_roster(
    rosters: RosterRepository, change: RosterChange, changed_by: str, changed_at: Callable[[], datetime]
) -> RosterUpdateResult:
    """Put in force what the change makes of the roster in force, or start again from a fresh look.

    So no change of another process is undone by one that did not know of it. Raises RosterChangedError if others keep
    changing the roster, and whatever the change raises.
    """
    for _ in range(MOST_ROSTER_CHANGES):
        stored = rosters.in_force()
        wanted = change(stored)
        update = RosterUpdate(wanted.roster, wanted.policy, changed_by, changed_at(), expected_version=stored.version)
        try:
            return rosters.put_in_force(update)
        except RosterChangedError:
            continue
    raise RosterChangedError("others keep changing the roster; nothing was changed, try again")
