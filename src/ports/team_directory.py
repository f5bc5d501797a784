"""The role of the store for readers of teams: which there are, under which number, and who belonged when."""

from abc import ABC, abstractmethod

from github_tracker.domain.membership import Membership
from github_tracker.domain.team_identity import KnownTeam

VisibleTeams = tuple[int, ...] | None
"""The numbers of the teams that a reader may see; None: all."""


class TeamDirectory(ABC):
    """Knows the teams by their numbers. What a reader may not see never leaves the store."""

    @abstractmethod
    def teams(self, visible: VisibleTeams = None) -> tuple[KnownTeam, ...]:
        """Return the visible teams by name, also those that the roster no longer lists."""

    @abstractmethod
    def team(self, team_id: int, visible: VisibleTeams = None) -> KnownTeam | None:
        """Return one team; None if there is none of that id, or it may not be seen."""

    @abstractmethod
    def members(self, team_id: int) -> tuple[Membership, ...]:
        """Return the team's memberships of the roster in force, by login and joined_at, since ever first."""
