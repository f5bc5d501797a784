"""Teams by their numbers, from memory."""

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.domain.membership import Membership
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams


class MemoryTeamDirectory(TeamDirectory):
    """Knows the teams of a MemoryStore."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def teams(self, visible: VisibleTeams = None) -> tuple[KnownTeam, ...]:
        """Return the visible teams by name."""
        with self._store.lock:
            found = [team for team in self._store.teams if visible is None or team.id in visible]
        return tuple(sorted(found, key=lambda team: team.name))

    def team(self, team_id: int, visible: VisibleTeams = None) -> KnownTeam | None:
        """Return one team, if it may be seen."""
        return next((team for team in self.teams(visible) if team.id == team_id), None)

    def members(self, team_id: int) -> tuple[Membership, ...]:
        """Return the team's memberships."""
        team = self.team(team_id)
        if team is None or not team.is_listed:
            return ()
        entries = [entry for entry in self._store.in_force.roster.memberships if entry.team == team.name]
        return tuple(sorted(entries, key=lambda entry: (entry.login, entry.joined_at or LEAST_INSTANT)))
