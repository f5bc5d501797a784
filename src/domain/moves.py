"""How credit moves between teams, and to and from what no team earns, when attribution changes."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from attrs import Factory, define, frozen

from github_tracker.domain.attribution import Attribution


class PlaceKind(StrEnum):
    """What kind of place credit lies in."""

    TEAM = "team"
    UNATTRIBUTED = "unattributed"
    """No team earned it; the place's name is the reason."""
    BOT = "bot"
    """The figures leave it out, since a bot opened the pull request (R11)."""
    BEYOND_ONE = "beyond_one"
    """What makes shares and rest equal 1 where over-allocation is allowed: credit that comes from nowhere (R6)."""


@frozen(order=True)
class Place:
    """Where the credit of a pull request lies."""

    kind: PlaceKind
    name: str = ""
    """The team's, or the reason why no team earned it; empty for the other kinds."""


@frozen
class Move:
    """Credit that lies in one place before and in another one after."""

    origin: Place
    destination: Place
    prs: int
    """Pull requests of which a part moves this way, each once."""
    weight: Decimal
    """The sum of those parts."""


_NOTHING = Decimal(0)


@define
class _MoveSum:
    prs: int = 0
    weight: Decimal = _NOTHING


@define(eq=False)
class MoveTally:
    """Adds up the moves of merged pull requests; all others stand in no figure."""

    prs_moved: int = 0
    """Pull requests of which any part moves, each once."""
    _sums: dict[tuple[Place, Place], _MoveSum] = Factory(dict)

    def add(self, before: Attribution, after: Attribution) -> None:
        """Count how the credit of one pull request moves."""
        if before.pull_request.merged_at is None:
            return
        has_moved = False
        for origin, destination, weight in moved_parts(_places(before), _places(after)):
            total = self._sums.setdefault((origin, destination), _MoveSum())
            total.prs += 1
            total.weight += weight
            has_moved = True
        self.prs_moved += has_moved

    def moves(self) -> tuple[Move, ...]:
        """Return them, the greatest first; ties by origin and destination."""
        found = (Move(*way, total.prs, total.weight) for way, total in self._sums.items())
        return tuple(sorted(found, key=lambda move: (-move.weight, move.origin, move.destination)))


def moved_parts(before: dict[Place, Decimal], after: dict[Place, Decimal]) -> Iterator[tuple[Place, Place, Decimal]]:
    """Yield what moves from where to where.

    What one place loses goes to the first place in order that still lacks something: where several lose and several
    gain, nothing says which part goes where, and this way is the same in both directions.
    """
    places = sorted({*before, *after})
    changes = [(place, after.get(place, _NOTHING) - before.get(place, _NOTHING)) for place in places]
    gaining = [(place, change) for place, change in reversed(changes) if change > 0]
    for origin, change in changes:
        lost = -change
        while lost > 0:
            destination, lacking = gaining.pop()
            part = min(lost, lacking)
            yield origin, destination, part
            lost -= part
            if lacking > part:
                gaining.append((destination, lacking - part))


def _places(attribution: Attribution) -> dict[Place, Decimal]:
    """Return where the credit lies; together exactly 1."""
    if attribution.is_bot:
        return {Place(PlaceKind.BOT): Decimal(1)}
    places = {Place(PlaceKind.TEAM, share.team): share.weight for share in attribution.shares}
    places |= {Place(PlaceKind.UNATTRIBUTED, rest.reason.value): rest.weight for rest in attribution.rest}
    beyond = 1 - sum(places.values(), _NOTHING)
    return places | {Place(PlaceKind.BEYOND_ONE): beyond} if beyond else places
