"""The data that the in-memory repositories share, as one database would hold it."""

from collections.abc import Iterator
from threading import RLock

from attrs import Factory, define

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.roster_repository import RosterInForce, RosterVersion


def _nothing_in_force() -> RosterInForce:
    return RosterInForce(0, Roster(), AttributionPolicy())


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
    runs: list[RunReport] = Factory(list)
    claims: set[int] = Factory(set)
    """Ids of the repositories that a run is collecting."""
    lock: RLock = Factory(RLock)

    def in_order(self) -> Iterator[Attribution]:
        """Yield every attribution by repository id and number."""
        with self.lock:
            keys = sorted(self.attributions)
        for key in keys:
            yield self.attributions[key]


def changed_parts(before: Attribution | None, after: Attribution) -> int:
    """Return how many shares and rests came, went, or have another weight or rule."""
    old = _parts(before) if before is not None else {}
    new = _parts(after)
    return sum(old.get(name) != new.get(name) for name in old.keys() | new.keys())


def _parts(attribution: Attribution) -> dict[object, object]:
    """Rests have no rule of their own: they are told apart by reason and weight only."""
    shares: dict[object, object] = {
        ("share", share.team): (share.weight, attribution.rule, attribution.is_bot) for share in attribution.shares
    }
    return shares | {("rest", rest.reason): rest.weight for rest in attribution.rest}
