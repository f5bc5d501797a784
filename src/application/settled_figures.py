"""What reading figures for others takes: one version for all of them, a team in reach, and what is withheld."""

from collections.abc import Callable
from typing import Final, TypeVar

from github_tracker.application.report import Discretion
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.small_groups import CellAuthor, Withheld, withheld
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.ports.data_version import DataVersion, DataVersions
from github_tracker.ports.errors import RosterChangedError, UnknownTeamError
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.roster_repository import RosterReader
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams

_ATTEMPTS: Final = 5

A = TypeVar("A")


class NoSuchTeamError(GitHubTrackerError):
    """No team of this number is listed, or it lies out of the reader's reach; which of them is not told."""

    def __init__(self, team_id: int) -> None:
        super().__init__(f"no team has the id {team_id}")
        self.team_id = team_id


def listed_team(directory: TeamDirectory, team_id: int, visible: VisibleTeams) -> KnownTeam:
    """Return the team of this number. Raises NoSuchTeamError."""
    team = directory.team(team_id, visible)
    if team is None or not team.is_listed:
        raise NoSuchTeamError(team_id)
    return team


def settled(versions: DataVersions, known: DataVersion, read: Callable[[DataVersion], A]) -> A:
    """Read the version after the figures too: if roster and rule are as before, they are labelled rightly.

    What is returned carries the version from before, so that who comes back with it is never told too little.
    Raises RosterChangedError if the roster is replaced again and again.
    """
    before = known
    for _ in range(_ATTEMPTS):
        try:
            answer = read(before)
        except UnknownTeamError:  # renamed since its number was looked up
            answer = None
        after = versions.current()
        if answer is not None and after.roster_version == before.roster_version:
            return answer
        before = after
    raise RosterChangedError(f"the roster was replaced {_ATTEMPTS} times while it was read; try again")


def withheld_in(
    discretion: Discretion,
    rosters: RosterReader,
    ask: Callable[[ReportScope], tuple[CellAuthor, ...]],
    scope: ReportScope,
) -> Withheld:
    """Return what is not told, by the authors behind the figures.

    To be asked before the figures: what is stored between the two adds people, who are then not counted yet.
    """
    if not discretion.is_wanted:
        return Withheld()
    authors = ask(scope)
    return withheld(authors, rosters.in_force().roster, discretion.min_group_size)
