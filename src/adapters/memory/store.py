"""The data that the in-memory repositories share, as one database would hold it."""

from collections.abc import Iterator
from datetime import datetime
from threading import RLock
from uuid import UUID

from attrs import Factory, define, field

from github_tracker.domain.api_key import KeyRecord
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.planned_run import Planning, RunPart
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import RepositoryReport, RunReport
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.roster_repository import RosterInForce, RosterVersion


def _nothing_in_force() -> RosterInForce:
    return RosterInForce(0, Roster(), AttributionPolicy())


@define(eq=False)
class PlannedEntry:
    """A planned run that is not closed."""

    planning: Planning
    pending: set[str]
    """Repositories of which something is still expected."""
    parts: dict[RunPart, None] = Factory(dict)
    """In the order in which they came; what comes twice stands once."""
    latest: dict[str, RepositoryReport] = Factory(dict)
    names: frozenset[str] = field(init=False, default=Factory(lambda self: frozenset(self.planning.repositories), True))


@define(eq=False)
class MemoryStore:
    """Everything that is kept. Hold `lock` around whatever must be seen as one."""

    in_force: RosterInForce = Factory(_nothing_in_force)
    versions: list[RosterVersion] = Factory(list)
    states: dict[int, CollectionState] = Factory(dict)
    """By repository id."""
    known_as: dict[str, int] = Factory(dict)
    """Repository ids by former and configured names, in lower case."""
    attributions: dict[tuple[int, int], Attribution] = Factory(dict)
    """Facts with their shares, by (repository id, number)."""
    floor: datetime | None = None
    """What ended before it is not kept."""
    runs: list[RunReport] = Factory(list)
    planned: dict[UUID, PlannedEntry | None] = Factory(dict)
    """Runs that workers share, by id; None: closed."""
    claims: set[int] = Factory(set)
    """Ids of the repositories that a run is collecting."""
    teams: tuple[KnownTeam, ...] = ()
    """Every team that a roster ever listed."""
    keys: dict[str, KeyRecord] = Factory(dict)
    """By public id, each without its teams, which `key_teams` holds."""
    key_teams: dict[str, frozenset[int]] = Factory(dict)
    """The teams' ids of restricted keys, by public id."""
    lock: RLock = Factory(RLock)

    def in_order(self) -> Iterator[Attribution]:
        """Yield every attribution by repository id and number."""
        with self.lock:
            keys = sorted(self.attributions)
        for key in keys:
            yield self.attributions[key]
