"""Buckets hold every merged pull request of the months they are of."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.cycle_time_distribution import BUCKET_EDGES, bucket_of, monthly_distribution
from github_tracker.domain.lead_time import monthly_lead_time, unattributed_lead_time
from tests.strategies import ZONES, attributions


def test_bucket_begins_at_its_edge() -> None:
    """A second less falls into the one before."""
    for number, edge in enumerate(BUCKET_EDGES, start=1):
        assert (bucket_of(edge * 3600 - 1), bucket_of(edge * 3600)) == (number - 1, number)


@settings(max_examples=60)
@given(attributions(), st.sampled_from(ZONES))
def test_buckets_add_up_to_lead_time(many: list[Attribution], zone: str) -> None:
    """Each month's counts and weights are those of the month's cycle times; what no team earned as well."""
    timed: defaultdict[tuple[str | None, date], list[object]] = defaultdict(list)
    for month in monthly_distribution(many, zone):
        timed[month.team, month.month] += [sum(month.prs), month.prs_untimed]
    wanted: dict[tuple[str | None, date], list[object]] = {
        (month.team, month.month): [month.prs_timed, month.prs_merged - month.prs_timed]
        for month in monthly_lead_time(many, zone)
    }
    for rest in unattributed_lead_time(many, zone):
        wanted[None, rest.month] = [rest.prs_timed, rest.prs_merged - rest.prs_timed]
    assert timed == wanted


@settings(max_examples=60)
@given(attributions(), st.sampled_from(ZONES))
def test_weights_add_up_to_the_timed_pull_requests(many: list[Attribution], zone: str) -> None:
    """Shares and rest of each are 1 together (R6); with over-allocation, at least."""
    weights = sum((sum(month.weighted_prs, Decimal(0)) for month in monthly_distribution(many, zone)), Decimal(0))
    timed = [
        attribution
        for attribution in many
        if attribution.pull_request.cycle_time_seconds is not None and not attribution.is_bot
    ]
    earned = sum((share.weight for attribution in timed for share in attribution.shares), Decimal(0))
    left = sum((rest.weight for attribution in timed for rest in attribution.rest), Decimal(0))
    assert weights == earned + left
