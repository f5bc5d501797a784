"""Teams by their numbers, from PostgreSQL."""

from typing import Final

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.rows import membership_of
from github_tracker.domain.membership import Membership
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams

_TEAMS: Final = """
SELECT id, name, description, key, is_listed
FROM teams
WHERE (%(visible)s::BIGINT[] IS NULL OR id = ANY (%(visible)s))
    AND (%(team_id)s::BIGINT IS NULL OR id = %(team_id)s)
ORDER BY name COLLATE "C"
"""

_MEMBERS: Final = """
SELECT
    teams.name, member.github_username, member.allocation_weight, member.joined_at, member.left_at, member.aliases,
    member.github_id
FROM team_memberships AS member
INNER JOIN teams ON teams.id = member.team_id
WHERE member.team_id = %(team_id)s
ORDER BY member.github_username COLLATE "C", member.joined_at NULLS FIRST
"""


class PostgresTeamDirectory(TeamDirectory):
    """Knows the rows of teams and team_memberships."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def teams(self, visible: VisibleTeams = None) -> tuple[KnownTeam, ...]:
        """Return the visible teams by name."""
        return self._teams(visible, None)

    def team(self, team_id: int, visible: VisibleTeams = None) -> KnownTeam | None:
        """Return one team, if it may be seen."""
        return next(iter(self._teams(visible, team_id)), None)

    def members(self, team_id: int) -> tuple[Membership, ...]:
        """Return the team's memberships."""
        rows = self._database.read(lambda lent: lent.execute(_MEMBERS, {"team_id": team_id}).fetchall())
        return tuple(map(membership_of, rows))

    def _teams(self, visible: VisibleTeams, team_id: int | None) -> tuple[KnownTeam, ...]:
        values = {"visible": None if visible is None else list(visible), "team_id": team_id}
        rows = self._database.read(lambda lent: lent.execute(_TEAMS, values).fetchall())
        return tuple(KnownTeam(*row) for row in rows)
