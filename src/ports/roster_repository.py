"""The role of the store for rosters: the one in force, its versions, and what a change does to the shares."""

from abc import ABC, abstractmethod
from datetime import datetime

from attrs import field, frozen

from github_tracker.domain.forgetting import Disguise
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.ports.errors import RosterChangedError


@frozen
class StandingRoster:
    """The roster and the policy that the stored shares follow."""

    version: int
    """0 as long as nothing was ever stored."""
    roster: Roster
    policy: AttributionPolicy


@frozen
class RosterInForce(StandingRoster):
    """The same for whoever collects or changes the roster."""

    disguise: Disguise = field(factory=Disguise)
    """To be put on every fact before it is attributed and stored (R13)."""


@frozen
class RosterUpdate:
    """A roster and a policy to be put in force, with who says so and when."""

    roster: Roster
    policy: AttributionPolicy
    changed_by: str
    changed_at: datetime
    expected_version: int | None = None
    """The version that this was derived from: with any other one in force it is refused. None: whatever is."""

    def refuse_unless_expected(self, version: int) -> None:
        """Raise RosterChangedError if this was derived from another version than the given one."""
        if self.expected_version not in (None, version):
            raise RosterChangedError(
                f"the change was derived from roster version {self.expected_version}, but {version} is in force"
            )


@frozen
class RosterUpdateResult:
    """What putting a roster in force did."""

    version: int
    is_new_version: bool
    """False if everything was already so; then nothing was written."""
    memberships_added: int = 0
    memberships_removed: int = 0
    facts_examined: int = 0
    """Stored pull requests that were attributed again."""
    shares_changed: int = 0
    """Shares and rests written or removed."""


class RosterReader(ABC):
    """Knows the roster in force, and nothing of who was forgotten."""

    @abstractmethod
    def in_force(self) -> StandingRoster:
        """Return the roster and policy in force; an empty roster of version 0 in an empty store."""


class RosterRepository(RosterReader):
    """Keeps the roster in force and every version before it."""

    @abstractmethod
    def in_force(self) -> RosterInForce:
        """Return the same with the disguise of those whom the store has forgotten."""

    @abstractmethod
    def put_in_force(self, update: RosterUpdate) -> RosterUpdateResult:
        """Replace the roster and the policy, and re-attribute the stored facts they touch, all or nothing.

        The given roster is the whole truth: memberships that it does not hold are removed, history keeps them.
        Teams keep their ids, by key and else by name. Putting the same in force twice writes nothing the second
        time. Meanwhile no page is stored with shares of the old roster (RosterChangedError there). Raises
        InvalidRosterError for a roster that names whom the store has forgotten, and RosterChangedError if the update
        expects another version than the one in force.
        """

    def expect(self, roster: Roster) -> None:
        """Be told which roster is very likely in force: answers stay the same, but that one need not be made anew."""

    @abstractmethod
    def history(self) -> tuple["RosterVersion", ...]:
        """Return every version, the first one first."""


@frozen
class RosterVersion:
    """One recorded version: when it came into force, by whom, and the policy from then on."""

    version: int
    recorded_at: datetime
    changed_by: str
    policy: AttributionPolicy
    roster: Roster
