"""What the teams earn of one pull request and what none does, rounded so that it adds up to exactly 1 (R6)."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import lcm

from attrs import frozen

from github_tracker.domain.membership import WEIGHT_PLACES

_UNITS = 10**WEIGHT_PLACES


class RestReason(StrEnum):
    """Why a part of a pull request belongs to no team."""

    UNKNOWN_LOGIN = "unknown_login"
    """The author stands on no roster entry."""
    JOINED_LATER = "joined_later"
    """The author joined a first team only afterwards."""
    LEFT_BEFORE = "left_before"
    """The author had left a team and was in none at that instant."""
    ZERO_WEIGHT = "zero_weight"
    """The author belonged, with weight 0 only."""
    PART_TIME = "part_time"
    """The author's weights add up to less than 1."""
    GHOST = "ghost"
    """GitHub no longer names the author."""


@frozen
class Share:
    """What one team earns of one pull request."""

    team: str
    weight: Decimal
    """In (0, 1], with at most 6 places."""


@frozen
class Rest:
    """What no team earned of one pull request, and why."""

    reason: RestReason
    weight: Decimal
    """In (0, 1], with at most 6 places."""


@frozen
class Credit:
    """Shares and rest of one pull request; together exactly 1, or more where over-allocation is allowed (R6)."""

    shares: tuple[Share, ...]
    """Ordered by team name."""
    rest: tuple[Rest, ...]
    """Ordered by reason."""


def round_together(teams: Mapping[str, Fraction], reasons: Mapping[RestReason, Fraction]) -> Credit:
    """Round shares and rest to 6 places so that their sum is kept, by largest remainder (R6).

    Ties go to the team whose name comes first, the rest last. A sum that is no multiple of a unit, which only
    over-allocation can give, is itself rounded to the nearest one, half up.
    """
    names = sorted(teams)
    codes = sorted(reasons)
    exact = [*(teams[name] for name in names), *(reasons[code] for code in codes)]
    # Over one denominator, since whole numbers are added and compared many times as fast as fractions.
    whole = lcm(*(part.denominator for part in exact))
    amounts = [part.numerator * (whole // part.denominator) * _UNITS for part in exact]
    units = [amount // whole for amount in amounts]
    missing = (2 * sum(amounts) + whole) // (2 * whole) - sum(units)
    by_remainder = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] % whole), place))
    for place in by_remainder[:missing]:
        units[place] += 1
    weights = [_weight(amount) for amount in units]
    shares = tuple(Share(name, weight) for name, weight in zip(names, weights, strict=False) if weight)
    rest = tuple(Rest(code, weight) for code, weight in zip(codes, weights[len(names) :], strict=True) if weight)
    return Credit(shares, rest)


def _weight(units: int) -> Decimal:
    return Decimal(units).scaleb(-WEIGHT_PLACES)
