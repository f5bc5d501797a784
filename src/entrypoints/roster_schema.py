"""The entries of a roster file: what can stand in it, in the file's own words."""

from decimal import Decimal

from attrs import frozen

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import OverAllocation
from github_tracker.entrypoints.roster_fields import (
    NO_TEXT,
    WHOLE,
    GitHubId,
    Instant,
    Login,
    TeamKey,
    TeamName,
    Text,
    Weight,
)


@frozen(kw_only=True)
class PersonEntry:
    """Who a member is and when, without the weight."""

    username: Login
    aliases: tuple[Login, ...] = ()
    github_id: GitHubId | None = None
    joined_at: Instant | None = None
    left_at: Instant | None = None

    def _with_weight(self, team: str, weight: Decimal) -> Membership:
        return Membership(team, self.username, weight, self.joined_at, self.left_at, self.aliases, self.github_id)


@frozen(kw_only=True)
class MemberEntry(PersonEntry):
    """One member of a team as the file lists it."""

    allocation_weight: Weight = WHOLE

    def membership(self, team: str) -> Membership:
        """Return what the entry says, in the domain's words."""
        return self._with_weight(team, self.allocation_weight)


@frozen(kw_only=True)
class OlderMemberEntry(PersonEntry):
    """One member in the older form, where the weight is called allocation."""

    allocation: Weight = WHOLE

    def membership(self, team: str) -> Membership:
        """Return what the entry says, in the domain's words."""
        return self._with_weight(team, self.allocation)


@frozen(kw_only=True)
class TeamHead:
    """What a team is, without its members."""

    name: TeamName
    key: TeamKey | None = None
    description: Text = NO_TEXT

    @property
    def team(self) -> Team:
        """The team without its members."""
        return Team(self.name, self.description, self.key)


@frozen(kw_only=True)
class TeamEntry(TeamHead):
    """One team with its members as the file lists it."""

    members: tuple[MemberEntry, ...] = ()


@frozen(kw_only=True)
class OlderTeamEntry(TeamHead):
    """One team in the older form; its members may use either name for the weight, each only one."""

    members: tuple[MemberEntry | OlderMemberEntry, ...] = ()


@frozen(kw_only=True)
class RosterDocument:
    """The whole file."""

    over_allocation: OverAllocation = OverAllocation.REFUSE
    teams: tuple[TeamEntry, ...]


@frozen(kw_only=True)
class OlderRosterDocument:
    """The whole file in the older form, a bare list of teams."""

    over_allocation: OverAllocation = OverAllocation.REFUSE
    teams: tuple[OlderTeamEntry, ...]


Document = RosterDocument | OlderRosterDocument
"""Either form, once it is read."""
