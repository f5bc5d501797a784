"""The rosters that take turns: people move, weights change, a team is renamed, another one comes and goes."""

from datetime import timedelta
from decimal import Decimal

from github_tracker.adapters.memory.clock import MemoryClock
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster

BEGINNING = MemoryClock().now()
"""When the first pull requests are opened."""

_MIDDLE = BEGINNING + timedelta(days=15)

AUTHORS = (
    Author("alice", 101, "User"),
    Author("Bob", 102, "User"),
    Author("carol-dev", 103, "User"),
    Author("dora", 104, "User"),
    Author("erin", 105, "User"),
    Author("outsider", 900, "User"),
    Author("renovate[bot]", 901, "Bot"),
    None,
)
"""Who opens pull requests: five who are on rosters, one under an alias, an outsider, a bot, and a ghost."""

_PLATFORM = Team("Platform", key="platform")
_MOBILE = Team("Mobile", key="mobile")
_SEARCH = Team("Search", key="search")

ROSTERS = (
    Roster(
        (_PLATFORM, _MOBILE),
        (
            Membership("Platform", "alice", Decimal("0.6")),
            Membership("Mobile", "alice", Decimal("0.4"), joined_at=_MIDDLE),
            Membership("Platform", "bob", github_id=102, weight=Decimal(1)),
            Membership("Mobile", "carol", aliases=("carol-dev",), weight=Decimal(1)),
            Membership("Mobile", "dora", Decimal("0.5"), left_at=_MIDDLE),
        ),
    ),
    Roster(
        (Team("Platform Engineering", key="platform"), _MOBILE, _SEARCH),
        (
            Membership("Platform Engineering", "alice", Decimal("0.3")),
            Membership("Search", "alice", Decimal("0.7"), joined_at=_MIDDLE),
            Membership("Mobile", "bob", Decimal("0.333333"), github_id=102),
            Membership("Search", "carol", aliases=("carol-dev",), weight=Decimal(1)),
            Membership("Mobile", "dora", Decimal(1), joined_at=_MIDDLE),
            Membership("Search", "erin", Decimal("0.25")),
        ),
    ),
    Roster(
        (_PLATFORM, _SEARCH),
        (
            Membership("Search", "alice", Decimal(1), left_at=_MIDDLE),
            Membership("Platform", "alice", Decimal(1), joined_at=_MIDDLE),
            Membership("Platform", "dora", Decimal("0.8")),
            Membership("Platform", "erin", Decimal(0)),
        ),
    ),
)
