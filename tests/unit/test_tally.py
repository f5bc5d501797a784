"""Tallies give what the reference functions give, however the pull requests are split between them (R10)."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.lead_time import monthly_lead_time, unattributed_lead_time
from github_tracker.domain.percentile import MEDIAN, P95, percentile
from github_tracker.domain.tally import Tally, TeamFigures
from github_tracker.domain.velocity import merged_by_people, unattributed_velocity, weekly_velocity
from tests.strategies import ZONES, attributions

zones = st.sampled_from(ZONES)


def tally_of(many: list[Attribution], zone: str) -> Tally:
    """Return a tally of these."""
    tally = Tally(zone)
    for attribution in many:
        tally.add(attribution)
    return tally


@settings(max_examples=60)
@given(attributions(), zones)
def test_tally_gives_what_the_reference_gives(many: list[Attribution], zone: str) -> None:
    """Weeks, months and rests, exactly, and the number of pull requests behind them."""
    tally = tally_of(many, zone)
    assert tally.weeks() == weekly_velocity(many, zone)
    assert tally.months() == monthly_lead_time(many, zone)
    assert tally.rests() == unattributed_velocity(many, zone)
    assert tally.rest_months() == unattributed_lead_time(many, zone)
    assert tally.prs_merged == len(list(merged_by_people(many)))


@settings(max_examples=60)
@given(attributions(), zones)
def test_weeks_can_be_counted_alone(many: list[Attribution], zone: str) -> None:
    """Then no month is known, and weeks and rests are the same."""
    tally = Tally(zone)
    for attribution in many:
        tally.add_to_weeks(attribution)
    whole = tally_of(many, zone)
    assert (tally.weeks(), tally.rests(), tally.prs_merged) == (whole.weeks(), whole.rests(), whole.prs_merged)
    assert (tally.months(), tally.rest_months()) == ((), ())


@settings(max_examples=60)
@given(attributions(), zones)
def test_single_cells_are_those_of_the_whole(many: list[Attribution], zone: str) -> None:
    """Each cell by itself is what stands in its place among all; one that is not there is none."""
    tally = tally_of(many, zone)
    assert tuple(tally.week(cell) for cell in sorted(tally.week_cells())) == tally.weeks()
    assert tuple(tally.month(cell) for cell in sorted(tally.month_cells())) == tally.months()
    assert tuple(tally.rest(cell) for cell in sorted(tally.rest_cells())) == tally.rests()
    assert tuple(tally.rest_month(month.month) for month in tally.rest_months()) == tally.rest_months()
    for week in tally.weeks():
        elsewhere = ("Nobody", week.week)
        assert (tally.week(elsewhere), tally.month(elsewhere)) == (None, None)


@settings(max_examples=60)
@given(attributions(), zones, st.data())
def test_tallies_of_parts_add_up_to_that_of_the_whole(many: list[Attribution], zone: str, data: st.DataObject) -> None:
    """Wherever the stream is cut."""
    cut = data.draw(st.integers(0, len(many)))
    first, second = tally_of(many[:cut], zone), tally_of(many[cut:], zone)
    first.add_tally(second)
    assert first.weeks() == weekly_velocity(many, zone)
    assert first.months() == monthly_lead_time(many, zone)
    assert first.rests() == unattributed_velocity(many, zone)
    assert first.rest_months() == unattributed_lead_time(many, zone)
    assert first.prs_merged == tally_of(many, zone).prs_merged


@settings(max_examples=60)
@given(attributions(), zones)
def test_team_figures_are_over_all_its_shares(many: list[Attribution], zone: str) -> None:
    """Counted from the shares themselves; with what no team earned they add up to the merged pull requests (R6)."""
    shares: defaultdict[str, list[tuple[Decimal, int | None]]] = defaultdict(list)
    for _, attribution in merged_by_people(many):
        for share in attribution.shares:
            shares[share.team].append((share.weight, attribution.pull_request.cycle_time_seconds))
    tally = tally_of(many, zone)
    assert tally.teams() == {team: _figures(found) for team, found in sorted(shares.items())}
    earned = sum(figures.weighted_prs_merged for figures in tally.teams().values())
    assert earned + sum(tally.unattributed().values()) == tally.prs_merged


def _figures(shares: list[tuple[Decimal, int | None]]) -> TeamFigures:
    times = [seconds for _, seconds in shares if seconds is not None]
    return TeamFigures(
        prs_merged=len(shares),
        weighted_prs_merged=sum((weight for weight, _ in shares), Decimal(0)),
        prs_timed=len(times),
        median_lead_time_hours=_hours(percentile(times, MEDIAN)),
        p95_lead_time_hours=_hours(percentile(times, P95)),
    )


def _hours(seconds: Fraction | None) -> Fraction | None:
    return None if seconds is None else seconds / 3600
