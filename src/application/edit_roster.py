"""Edit the roster in force: one change of one thing, checked as a whole, with the stored facts following it."""

from github_tracker.application.change_roster import RosterChange, Wanted
from github_tracker.application.reattribute import Reattribute, Reattribution
from github_tracker.domain.roster_edit import RosterEdit
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.clock import Clock
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository
from github_tracker.ports.telemetry import Telemetry


class EditRoster:
    """Edits the stored roster; its policy stays. What the edit raises comes out, and then nothing was written.

    Where another process changes the roster meanwhile, the edit is made again of what is in force then.
    """

    def __init__(
        self, rosters: RosterRepository, reader: AttributionReader, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._reattribute = Reattribute(rosters, reader, clock, telemetry)

    def preview(self, edit: RosterEdit) -> Reattribution:
        """Return what the edit would change; writes nothing."""
        return self._reattribute.preview_of(edited(edit))

    def __call__(self, edit: RosterEdit, changed_by: str) -> Reattribution:
        """Make the edit and return what it changed. Raises RosterChangedError if others keep changing the roster."""
        return self._reattribute.put(edited(edit), changed_by)


def edited(edit: RosterEdit) -> RosterChange:
    """Return the change of the roster in force that the edit is; it raises what the edit raises."""

    def change(stored: RosterInForce) -> Wanted:
        return Wanted(edit(stored.roster), stored.policy)

    return change
