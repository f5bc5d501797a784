"""What meets those who collect: rosters that change hands, and calls that go wrong in every way there is."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import Roster
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    RepositoryUnavailableError,
    SchemaError,
    StorageError,
    StorageUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from tests.contracts.moving_github import Break
from tests.contracts.turns import Killed, Order
from tests.unit.examples import at

_HALF = Decimal("0.5")
_MIDDLE = at("2024-06-03T09:20:00")
_TEAMS = (Team("Apps"), Team("Core", key="core"))
ROSTERS: Final = (
    Roster(_TEAMS, (Membership("Apps", "alice"), Membership("Core", "bob"))),
    Roster(_TEAMS, (Membership("Apps", "alice", _HALF), Membership("Core", "ALICE", _HALF))),
    Roster(_TEAMS, (Membership("Apps", "alice", left_at=_MIDDLE), Membership("Core", "alice", joined_at=_MIDDLE))),
    Roster(_TEAMS[1:], (Membership("Core", "robert", _HALF, aliases=("bob",), github_id=101),)),
)
POLICIES: Final = (
    AttributionPolicy(),
    AttributionPolicy(AttributionRule.MERGED),
    AttributionPolicy(AttributionRule.EFFORT, bot_patterns=("ci-*",)),
)
SOURCE_TROUBLES: Final = (
    "transient", "limited", "unauthorised", "unavailable", "malformed", "empty page", "list cut", "killed",
)  # fmt: skip
STORE_TROUBLES: Final = ("refused", "unreachable", "no schema", "lost", "killed before", "killed after")


def order_of(trouble: str, now: datetime) -> Order:
    """Return what comes of a call that this happens to."""
    return {
        "transient": Order(instead=TransientSourceError("scripted")),
        "limited": Order(instead=LimitedSourceError("scripted", now + timedelta(minutes=30))),
        "unauthorised": Order(instead=UnauthorisedError("scripted")),
        "unavailable": Order(instead=RepositoryUnavailableError("any", "scripted")),
        "malformed": Order(instead=MalformedSourceError("scripted")),
        "empty page": Order(breaks=Break.EMPTY),
        "list cut": Order(breaks=Break.CUT),
        "killed": Order(instead=Killed()),
        "refused": Order(instead=StorageError("scripted")),
        "unreachable": Order(instead=StorageUnavailableError("scripted")),
        "no schema": Order(instead=SchemaError("scripted")),
        "lost": Order(afterwards=StorageUnavailableError("scripted, outcome unknown")),
        "killed before": Order(instead=Killed()),
        "killed after": Order(afterwards=Killed()),
    }[trouble]
