"""Percentiles, plain and weighted (R10)."""

from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.percentile import MEDIAN, P95, effective_size, percentile, weighted_percentile
from tests.strategies import weights

# Few different values, so that duplicates are frequent.
seconds = st.integers(0, 9) | st.integers(0, 10_000_000)
samples = st.lists(seconds, min_size=1, max_size=12)
positive_weights = weights().filter(bool)
weighted_samples = st.lists(st.tuples(seconds, positive_weights), min_size=1, max_size=12)
proportions = st.sampled_from((Fraction(0), MEDIAN, P95, Fraction(1))) | st.fractions(0, 1, max_denominator=50)


@given(samples, proportions)
def test_plain_is_linear_between_the_two_nearest_values(values: list[int], proportion: Fraction) -> None:
    """Type 7 by brute force: the point of the polygon through (k / (n - 1), k-th value) at the proportion."""
    assert percentile(values, proportion) == _type_7(values, proportion)


@given(weighted_samples, proportions)
def test_weighted_is_the_formula_of_the_rule(weighted: list[tuple[int, Decimal]], proportion: Fraction) -> None:
    """Akinshin's weighted type 7 as R10 writes it, with n* and t_i."""
    assert weighted_percentile(weighted, proportion) == _akinshin(weighted, proportion)


@given(samples, positive_weights, proportions)
def test_weighted_equals_plain_for_any_equal_weights(values: list[int], weight: Decimal, proportion: Fraction) -> None:
    """Equal weights say nothing, whatever they are (R10)."""
    weighted = [(value, weight) for value in values]
    assert weighted_percentile(weighted, proportion) == percentile(values, proportion)


@given(st.data(), weighted_samples, proportions, proportions)
def test_both_rise_with_the_proportion(
    data: st.DataObject, weighted: list[tuple[int, Decimal]], one: Fraction, other: Fraction
) -> None:
    """A higher percentile is never lower, and order of input is of no account."""
    shuffled = data.draw(st.permutations(weighted))
    low, high = sorted((one, other))
    plain = [percentile([value for value, _ in sample], p) for sample, p in ((weighted, low), (shuffled, high))]
    heavy = [weighted_percentile(sample, p) for sample, p in ((weighted, low), (shuffled, high))]
    assert plain == sorted(figure for figure in plain if figure is not None)
    assert heavy == sorted(figure for figure in heavy if figure is not None)


@given(weighted_samples, proportions)
def test_both_lie_among_the_values(weighted: list[tuple[int, Decimal]], proportion: Fraction) -> None:
    """Never below the least nor above the greatest value; 0 and 1 are these themselves for the plain one."""
    values = [value for value, _ in weighted]
    for figure in (percentile(values, proportion), weighted_percentile(weighted, proportion)):
        assert figure is not None
        assert min(values) <= figure <= max(values)
    assert percentile(values, Fraction(0)) == min(values)
    assert percentile(values, Fraction(1)) == max(values)


@given(weighted_samples, st.fractions("0.001", 5, max_denominator=1000), proportions)
def test_weighted_knows_no_unit_of_weight(
    weighted: list[tuple[int, Decimal]], scale: Fraction, proportion: Fraction
) -> None:
    """Doubling every weight changes nothing."""
    numerator, denominator = Decimal(scale.numerator), Decimal(scale.denominator)
    # Both sides are scaled by whole numbers, since a decimal cannot hold every fraction.
    one = [(value, weight * numerator) for value, weight in weighted]
    other = [(value, weight * denominator) for value, weight in weighted]
    assert weighted_percentile(one, proportion) == weighted_percentile(other, proportion)
    assert effective_size(weight for _, weight in one) == effective_size(weight for _, weight in other)


@given(weighted_samples, st.lists(seconds, max_size=3), proportions)
def test_weight_zero_is_not_there(
    weighted: list[tuple[int, Decimal]], weightless: list[int], proportion: Fraction
) -> None:
    """A value without weight moves neither the percentile nor the size."""
    padded = [*((value, Decimal(0)) for value in weightless), *weighted]
    assert weighted_percentile(padded, proportion) == weighted_percentile(weighted, proportion)
    assert effective_size(weight for _, weight in padded) == effective_size(weight for _, weight in weighted)


@given(st.lists(positive_weights, min_size=1, max_size=12))
def test_effective_size_lies_between_one_and_the_count(many: list[Decimal]) -> None:
    """Kish's n* is the count for equal weights only."""
    size = effective_size(many)
    assert size is not None
    assert 1 <= size <= len(many)
    assert (size == len(many)) == (len(set(many)) == 1)


@pytest.mark.parametrize(
    ("values", "median", "p95"),
    [
        ([7], 7, 7),
        ([1, 2], Fraction(3, 2), Fraction(39, 20)),
        ([5, 5, 5], 5, 5),
        ([4, 1, 3, 2], Fraction(5, 2), Fraction(77, 20)),
    ],
)
def test_known_percentiles(values: list[int], median: Fraction, p95: Fraction) -> None:
    """As PostgreSQL's percentile_cont gives them."""
    assert (percentile(values, MEDIAN), percentile(values, P95)) == (median, p95)


def test_a_known_weighted_median() -> None:
    """Weights 1/2, 1/4, 1/4: n* = 8/3, and half of it climbs 2/5 of the way from 0 on value 1."""
    weighted = [(1, Decimal("0.50")), (2, Decimal("0.25")), (4, Decimal("0.25"))]
    assert effective_size(weight for _, weight in weighted) == Fraction(8, 3)
    # F(1/2) = 4/3 - 5/6 = 1/2 and F(3/4) = 2 - 5/6, which is more than 1.
    assert weighted_percentile(weighted, MEDIAN) == Fraction(3, 2)


def test_of_nothing_there_is_none() -> None:
    """No value, or none with a weight, is unknown and not zero (R9)."""
    assert percentile([], MEDIAN) is None
    assert weighted_percentile([], MEDIAN) is None
    assert weighted_percentile([(1, Decimal(0))], MEDIAN) is None
    assert effective_size([]) is None
    assert effective_size([Decimal(0)]) is None


def _type_7(values: list[int], proportion: Fraction) -> Fraction:
    knots = sorted(values)
    if len(knots) == 1:
        return Fraction(knots[0])
    step = Fraction(1, len(knots) - 1)
    for place in range(len(knots) - 1):
        if place * step <= proportion <= (place + 1) * step:
            along = (proportion - place * step) / step
            return knots[place] * (1 - along) + knots[place + 1] * along
    raise AssertionError(proportion)


def _akinshin(weighted: list[tuple[int, Decimal]], proportion: Fraction) -> Fraction:
    ordered = sorted(weighted)
    exact = [Fraction(weight) for _, weight in ordered]
    total = sum(exact, Fraction(0))
    size = total * total / sum((weight * weight for weight in exact), Fraction(0))
    reached = [Fraction(0), *accumulate(weight / total for weight in exact)]
    climbed = [min(Fraction(1), max(Fraction(0), t * size - proportion * (size - 1))) for t in reached]
    steps = zip(ordered, climbed, climbed[1:], strict=False)
    return sum((value * (after - before) for (value, _), before, after in steps), Fraction(0))
