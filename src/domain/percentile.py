"""Percentiles, plain and weighted, exact to the last digit (R10)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

MEDIAN = Fraction(1, 2)
P95 = Fraction(95, 100)


def percentile(values: Iterable[int], proportion: Fraction) -> Fraction | None:
    """Return PostgreSQL's percentile_cont: linear interpolation between the two nearest values; None of nothing.

    Source: Hyndman and Fan (1996), "Sample quantiles in statistical packages", type 7.

    >>> percentile([1, 2, 10], MEDIAN)
    Fraction(2, 1)
    """
    ordered = sorted(values)
    if not ordered:
        return None
    position = proportion * (len(ordered) - 1)
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def weighted_percentile(weighted: Iterable[tuple[int, Decimal]], proportion: Fraction) -> Fraction | None:
    """Return the weighted type-7 percentile of (value, weight) pairs; None without any weight.

    Akinshin (2023), "Weighted quantile estimators", with Kish's effective size n* = W^2 / sum w^2. With cumulative
    weights c_i over the values in order: F_i = clamp(c_i W / sum w^2 - p (n* - 1), 0, 1) and
    Q = sum x_i (F_i - F_(i-1)). For equal weights this is `percentile`, whatever the weight.

    >>> weighted_percentile([(1, Decimal("0.2")), (2, Decimal("0.2")), (10, Decimal("0.2"))], MEDIAN)
    Fraction(2, 1)
    """
    ordered = sorted((value, weight) for value, weight in weighted if weight)
    if not ordered:
        return None
    units = _in_whole_units([weight for _, weight in ordered])
    total, squares = _moments(units)
    # In whole numbers, everything times sum w^2 and the denominator: fractions would take several times as long.
    scale = proportion.denominator
    skipped, whole = proportion.numerator * (total * total - squares), scale * squares
    quantile = cumulative = reached = 0
    for (value, _), unit in zip(ordered, units, strict=True):
        cumulative += unit
        climbed = min(max(cumulative * total * scale - skipped, 0), whole)
        quantile += value * (climbed - reached)
        reached = climbed
    return Fraction(quantile, whole)


def effective_size(weights: Iterable[Decimal]) -> Fraction | None:
    """Return Kish's effective sample size n* = (sum w)^2 / sum w^2, between 1 and the count; None of nothing.

    >>> effective_size([Decimal(1), Decimal(1), Decimal(1)])
    Fraction(3, 1)
    """
    units = _in_whole_units([weight for weight in weights if weight])
    if not units:
        return None
    total, squares = _moments(units)
    return Fraction(total * total, squares)


def _in_whole_units(weights: Sequence[Decimal]) -> list[int]:
    """Return the weights as whole numbers in the same proportions."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    unit = lcm(*{denominator for _, denominator in ratios})
    return [numerator * (unit // denominator) for numerator, denominator in ratios]


def _moments(units: Sequence[int]) -> tuple[int, int]:
    return sum(units), sum(unit * unit for unit in units)
