"""Which teams a store in memory knows by name."""

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.ports.errors import UnknownTeamError


def refuse_unknown_team(store: MemoryStore, team: str | None) -> None:
    """Raise UnknownTeamError for a team that the roster in force does not list; None is all teams."""
    known = tuple(entry.name for entry in store.in_force.roster.teams)
    if team is not None and team not in known:
        raise UnknownTeamError(team, known)
