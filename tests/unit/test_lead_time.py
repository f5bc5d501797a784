"""Monthly lead time: months in a zone, counts, percentiles over what has a cycle time (R9, R10, R11)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.lead_time import monthly_lead_time
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import weekly_velocity
from tests.strategies import ZONES, attributions
from tests.unit.examples import at, merged, opened, policy_of, roster_of

zones = st.sampled_from(ZONES)
ALICE = Author("alice")
CORE = roster_of(Membership("Core", "alice"))
NOON = at("2024-01-03T12:00")
HOUR = 3600


@given(attributions(), zones)
def test_every_share_is_in_one_month(many: list[Attribution], zone: str) -> None:
    """Count and weight of a team's month are those of the shares merged in it, each pull request once (R10)."""
    cells = monthly_lead_time(many, zone)
    expected: dict[tuple[str, date], list[Decimal]] = {}
    for attribution in many:
        merged_at = attribution.pull_request.merged_at
        if merged_at is not None and not attribution.is_bot:
            local = merged_at.astimezone(ZoneInfo(zone))
            for share in attribution.shares:
                expected.setdefault((share.team, date(local.year, local.month, 1)), []).append(share.weight)
    assert {(cell.team, cell.month): (cell.prs_merged, cell.weighted_prs_merged) for cell in cells} == {
        key: (len(weights), sum(weights)) for key, weights in expected.items()
    }
    assert [(cell.team, cell.month) for cell in cells] == sorted(expected)


@given(attributions(), zones)
def test_months_and_weeks_count_the_same(many: list[Attribution], zone: str) -> None:
    """Both views are of the same shares: per team their totals agree."""
    months, weeks = monthly_lead_time(many, zone), weekly_velocity(many, zone)
    for team in {cell.team for cell in months} | {cell.team for cell in weeks}:
        by_month = [(cell.prs_merged, cell.prs_timed, cell.weighted_prs_merged) for cell in months if cell.team == team]
        by_week = [(cell.prs_merged, cell.prs_timed, cell.weighted_prs_merged) for cell in weeks if cell.team == team]
        assert [sum(figures) for figures in zip(*by_month, strict=True)] == [
            sum(figures) for figures in zip(*by_week, strict=True)
        ]


@given(st.data(), attributions(), zones)
def test_order_of_input_is_of_no_account(data: st.DataObject, many: list[Attribution], zone: str) -> None:
    """The same months come out."""
    assert monthly_lead_time(data.draw(st.permutations(many)), zone) == monthly_lead_time(many, zone)


@given(attributions(), zones)
def test_figures_are_there_exactly_where_something_is_timed(many: list[Attribution], zone: str) -> None:
    """Percentiles rise, and the effective size lies between 1 and the count; without a cycle time all are none."""
    for cell in monthly_lead_time(many, zone):
        plain = (cell.median_lead_time_hours, cell.p95_lead_time_hours)
        heavy = (cell.weighted_median_lead_time_hours, cell.weighted_p95_lead_time_hours)
        if not cell.prs_timed:
            assert (*plain, *heavy, cell.effective_prs) == (None,) * 5
            continue
        for median, p95 in (plain, heavy):
            assert median is not None
            assert p95 is not None
            assert 0 <= median <= p95
        assert cell.effective_prs is not None
        assert 1 <= cell.effective_prs <= cell.prs_timed <= cell.prs_merged


@pytest.mark.parametrize(
    ("zone", "month", "starts_at"),
    [
        ("UTC", date(2024, 2, 1), "2024-02-01T00:00:00Z"),
        ("UTC", date(2024, 3, 1), "2024-03-01T00:00:00Z"),
        ("Europe/Berlin", date(2024, 4, 1), "2024-03-31T22:00:00Z"),
        ("Europe/Berlin", date(2024, 11, 1), "2024-10-31T23:00:00Z"),
        ("America/New_York", date(2024, 1, 1), "2024-01-01T05:00:00Z"),
        ("Asia/Kathmandu", date(2024, 1, 1), "2023-12-31T18:15:00Z"),
    ],
)
def test_a_month_begins_at_local_midnight(zone: str, month: date, starts_at: str) -> None:
    """One microsecond before, it is still the month before (R10)."""
    start = at(starts_at)
    before = merged(ALICE, NOON, start - timedelta(microseconds=1), number=1)
    cells = monthly_lead_time(_attributed(before, merged(ALICE, NOON, start, number=2)), zone)
    previous = (month - timedelta(days=1)).replace(day=1)
    assert [(cell.month, cell.prs_merged) for cell in cells] == [(previous, 1), (month, 1)]


def test_percentiles_are_in_hours_between_the_nearest() -> None:
    """One to four hours: the median lies between the middle two, p95 just below the last (R10)."""
    (cell,) = monthly_lead_time(_attributed(*(_lasting(hours, number=hours) for hours in (3, 1, 4, 2))), "UTC")
    assert (cell.median_lead_time_hours, cell.p95_lead_time_hours) == (Fraction(5, 2), Fraction(385, 100))
    assert (cell.weighted_median_lead_time_hours, cell.weighted_p95_lead_time_hours) == (
        cell.median_lead_time_hours,
        cell.p95_lead_time_hours,
    )
    assert (cell.prs_merged, cell.prs_timed, cell.effective_prs) == (4, 4, Fraction(4))


def test_weights_move_the_weighted_figures_only() -> None:
    """Weights 1/2, 1/4, 1/4 on one, two and four hours: worth 8/3 equal ones, with a median of 1.5 hours (R10)."""
    roster = roster_of(
        Membership("Core", "alice", Decimal("0.5")),
        Membership("Core", "bob", Decimal("0.25")),
    )
    many = [_lasting(1), *(evolve(_lasting(hours, number=hours), author=Author("bob")) for hours in (2, 4))]
    (cell,) = monthly_lead_time(_attributed(*many, roster=roster), "UTC")
    assert cell.median_lead_time_hours == 2
    assert cell.weighted_median_lead_time_hours == Fraction(3, 2)
    assert cell.effective_prs == Fraction(8, 3)
    assert (cell.prs_merged, cell.weighted_prs_merged) == (3, Decimal(1))


def test_a_pull_request_counts_once_per_team() -> None:
    """Two windows in one team during its stretch are one share; another team has its own (R10)."""
    half = NOON + timedelta(hours=1)
    roster = roster_of(
        Membership("Core", "alice", Decimal("0.5"), left_at=half),
        Membership("Core", "alice", Decimal("0.2"), joined_at=half),
        Membership("Data", "alice", Decimal("0.5")),
    )
    policy = AttributionPolicy(rule=AttributionRule.EFFORT)
    cells = monthly_lead_time(_attributed(_lasting(2), roster=roster, policy=policy), "UTC")
    assert [(cell.team, cell.prs_merged, cell.weighted_prs_merged) for cell in cells] == [
        ("Core", 1, Decimal("0.35")),
        ("Data", 1, Decimal("0.5")),
    ]


def test_a_pull_request_without_cycle_time_counts_and_is_in_no_percentile() -> None:
    """Merged before it was created (R9)."""
    (cell,) = monthly_lead_time(_attributed(_lasting(2), _lasting(-1, number=2)), "UTC")
    assert (cell.prs_merged, cell.prs_timed, cell.weighted_prs_merged) == (2, 1, Decimal(2))
    assert (cell.median_lead_time_hours, cell.p95_lead_time_hours) == (Fraction(2), Fraction(2))
    assert cell.effective_prs == Fraction(1)


def test_unmerged_pull_requests_have_no_month() -> None:
    """Nothing is known of their lead time yet."""
    assert monthly_lead_time(_attributed(opened(ALICE, NOON)), "UTC") == ()


def test_bots_are_left_out_unless_they_stand_on_the_roster() -> None:
    """The flag decides; a bot that belongs to a team is no bot (R11)."""
    (attribution,) = _attributed(_lasting(1))
    assert monthly_lead_time([evolve(attribution, is_bot=True)], "UTC") == ()
    on_roster = evolve(_lasting(1), author=Author("Alice", 1, "Bot"))
    (cell,) = monthly_lead_time(_attributed(on_roster, policy=policy_of("*")), "UTC")
    assert cell.prs_merged == 1


def test_an_unknown_zone_is_refused() -> None:
    """Even with nothing to report."""
    with pytest.raises(InvalidValueError, match="Mars/Olympus"):
        monthly_lead_time([], "Mars/Olympus")


def _lasting(hours: int, number: int = 1) -> PullRequest:
    return merged(ALICE, NOON, NOON + timedelta(seconds=hours * HOUR), number)


def _attributed(
    *pull_requests: PullRequest, roster: Roster = CORE, policy: AttributionPolicy | None = None
) -> list[Attribution]:
    return list(map(Attributor(roster, policy or AttributionPolicy()).attribute, pull_requests))
