"""Weekly velocity: conservation, weeks in a zone, and sums before quotients (R6, R9, R10, R11)."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek, unattributed_velocity, weekly_velocity
from tests.strategies import ZONES, attributions
from tests.unit.examples import at, merged, opened, policy_of, roster_of

zones = st.sampled_from(ZONES)
ALICE = Author("alice")
CORE = roster_of(Membership("Core", "alice"))
NOON = at("2024-01-03T12:00")


@settings(max_examples=80)
@given(attributions(), zones)
def test_teams_and_unattributed_together_are_the_merged_pull_requests(many: list[Attribution], zone: str) -> None:
    """Week by week the weights add up to the number of merged pull requests that no bot opened (R6)."""
    merged_a_week = Counter(_week(attribution, zone) for attribution in many if _counts(attribution))
    weights: defaultdict[date, Decimal] = defaultdict(Decimal)
    for cell in weekly_velocity(many, zone):
        weights[cell.week] += cell.weighted_prs_merged
    for rest in unattributed_velocity(many, zone):
        weights[rest.week] += rest.weighted_prs_merged
    assert weights == merged_a_week


@given(attributions(), zones)
def test_every_cell_is_the_sum_of_its_shares(many: list[Attribution], zone: str) -> None:
    """Each figure, added up by itself from the shares of one team and one Monday."""
    for cell in weekly_velocity(many, zone):
        shared = [
            (attribution.pull_request.cycle_time_seconds, share.weight)
            for attribution in many
            if _counts(attribution) and _week(attribution, zone) == cell.week
            for share in attribution.shares
            if share.team == cell.team
        ]
        timed = [(seconds, weight) for seconds, weight in shared if seconds is not None]
        assert cell == TeamWeek(
            team=cell.team,
            week=cell.week,
            prs_merged=len(shared),
            prs_timed=len(timed),
            cycle_time_seconds=sum(seconds for seconds, _ in timed),
            weighted_prs_merged=sum((weight for _, weight in shared), Decimal(0)),
            weighted_prs_timed=sum((weight for _, weight in timed), Decimal(0)),
            weighted_cycle_time_seconds=sum((seconds * weight for seconds, weight in timed), Decimal(0)),
        )


@given(st.data(), attributions(), zones)
def test_cells_come_once_each_in_order_whatever_the_order_of_input(
    data: st.DataObject, many: list[Attribution], zone: str
) -> None:
    """By team and week, and by week and reason; every week is a Monday, and no cell is empty (R10)."""
    weeks, rests = weekly_velocity(many, zone), unattributed_velocity(many, zone)
    keys = [(cell.team, cell.week) for cell in weeks]
    reasons = [(cell.week, cell.reason) for cell in rests]
    assert keys == sorted(set(keys))
    assert reasons == sorted(set(reasons))
    assert all(cell.prs_merged and cell.week.weekday() == 0 for cell in weeks)
    assert all(cell.prs_merged and cell.week.weekday() == 0 for cell in rests)
    shuffled = data.draw(st.permutations(many))
    assert (weekly_velocity(shuffled, zone), unattributed_velocity(shuffled, zone)) == (weeks, rests)


@pytest.mark.parametrize(
    ("zone", "monday", "starts_at"),
    [
        ("UTC", date(2024, 1, 8), "2024-01-08T00:00:00Z"),
        ("Europe/Berlin", date(2024, 3, 25), "2024-03-24T23:00:00Z"),
        ("Europe/Berlin", date(2024, 4, 1), "2024-03-31T22:00:00Z"),
        ("Europe/Berlin", date(2024, 10, 28), "2024-10-27T23:00:00Z"),
        ("America/New_York", date(2024, 3, 11), "2024-03-11T04:00:00Z"),
        ("America/New_York", date(2024, 11, 4), "2024-11-04T05:00:00Z"),
        ("Asia/Kathmandu", date(2024, 1, 1), "2023-12-31T18:15:00Z"),
        ("Pacific/Auckland", date(2024, 4, 8), "2024-04-07T12:00:00Z"),
    ],
)
def test_a_week_begins_at_local_midnight(zone: str, monday: date, starts_at: str) -> None:
    """Also in the weeks in which summer time begins or ends (R10)."""
    start = at(starts_at)
    before = merged(ALICE, NOON, start - timedelta(microseconds=1), number=1)
    after = merged(ALICE, NOON, start, number=2)
    cells = weekly_velocity(_attributed(before, after), zone)
    assert [(cell.week, cell.prs_merged) for cell in cells] == [(monday - timedelta(days=7), 1), (monday, 1)]
    rests = unattributed_velocity(_attributed(before, after, roster=Roster()), zone)
    assert [rest.week for rest in rests] == [monday - timedelta(days=7), monday]


def test_seconds_are_added_first_and_divided_last() -> None:
    """One, one and two seconds are exactly 4/3 seconds on average (R9)."""
    (cell,) = weekly_velocity(_attributed(*(_lasting(seconds, number=seconds + 1) for seconds in (1, 2, 4))), "UTC")
    assert cell.cycle_time_seconds == 7
    assert cell.avg_cycle_time_hours == Fraction(7, 3 * 3600)
    assert cell.weighted_avg_cycle_time_hours == Fraction(7, 3 * 3600)


def test_the_weighted_average_counts_by_weight() -> None:
    """Ten seconds with a weight of 1 and forty with a weight of 1/4: sixteen on average (R10)."""
    roster = roster_of(Membership("Core", "alice"), Membership("Core", "bob", Decimal("0.25")))
    theirs = evolve(_lasting(40, number=2), author=Author("bob"))
    (cell,) = weekly_velocity(_attributed(_lasting(10), theirs, roster=roster), "UTC")
    assert (cell.prs_merged, cell.weighted_prs_merged) == (2, Decimal("1.25"))
    assert cell.avg_cycle_time_hours == Fraction(25, 3600)
    assert cell.weighted_avg_cycle_time_hours == Fraction(16, 3600)


def test_a_pull_request_without_cycle_time_counts_and_is_not_averaged() -> None:
    """Merged before it was created: one more merged, none more timed (R9)."""
    (cell,) = weekly_velocity(_attributed(_lasting(10), _lasting(-5, number=2)), "UTC")
    assert (cell.prs_merged, cell.prs_timed) == (2, 1)
    assert (cell.weighted_prs_merged, cell.weighted_prs_timed) == (Decimal(2), Decimal(1))
    assert cell.avg_cycle_time_hours == cell.weighted_avg_cycle_time_hours == Fraction(10, 3600)
    (untimed,) = weekly_velocity(_attributed(_lasting(-5)), "UTC")
    assert (untimed.avg_cycle_time_hours, untimed.weighted_avg_cycle_time_hours) == (None, None)


def test_a_pull_request_counts_once_in_each_of_its_teams() -> None:
    """Plain figures know no weight; the weighted ones split it (R10)."""
    roster = roster_of(Membership("A", "alice", Decimal("0.5")), Membership("B", "alice", Decimal("0.25")))
    cells = weekly_velocity(_attributed(_lasting(8), roster=roster), "UTC")
    assert [(cell.team, cell.prs_merged, cell.cycle_time_seconds) for cell in cells] == [("A", 1, 8), ("B", 1, 8)]
    assert [cell.weighted_cycle_time_seconds for cell in cells] == [4, 2]
    rests = unattributed_velocity(_attributed(_lasting(8), roster=roster), "UTC")
    assert rests == (UnattributedWeek(date(2024, 1, 1), RestReason.PART_TIME, 1, Decimal("0.25")),)


def test_unmerged_pull_requests_are_no_velocity() -> None:
    """Neither as a share nor as a rest."""
    unmerged = (opened(ALICE, NOON, number=1), opened(Author("stranger"), NOON, number=2))
    assert weekly_velocity(_attributed(*unmerged), "UTC") == ()
    assert unattributed_velocity(_attributed(*unmerged), "UTC") == ()


def test_bots_are_left_out_unless_they_stand_on_the_roster() -> None:
    """Their rest is no rest of the teams'; a bot that belongs to a team is no bot (R11)."""
    roster = roster_of(Membership("Core", "ci-own"))
    many = [
        merged(author, NOON, NOON, number)
        for number, author in enumerate((Author("x[bot]"), Author("ci-other"), Author("ci-own", 1, "Bot"), None), 1)
    ]
    attributed = _attributed(*many, roster=roster, policy=policy_of("ci-*"))
    assert [attribution.is_bot for attribution in attributed] == [True, True, False, False]
    (cell,) = weekly_velocity(attributed, "UTC")
    (rest,) = unattributed_velocity(attributed, "UTC")
    assert (cell.team, cell.prs_merged) == ("Core", 1)
    assert (rest.reason, rest.prs_merged) == (RestReason.GHOST, 1)


def test_a_share_of_a_bot_is_left_out() -> None:
    """Conservation holds with and without bots, so it is the flag that decides and not the share (R11)."""
    (attribution,) = _attributed(_lasting(10))
    assert weekly_velocity([evolve(attribution, is_bot=True)], "UTC") == ()


def test_an_unknown_zone_is_refused() -> None:
    """Even with nothing to report."""
    for report in (weekly_velocity, unattributed_velocity):
        with pytest.raises(InvalidValueError, match="Mars/Olympus"):
            report([], "Mars/Olympus")


def _lasting(seconds: int, number: int = 1) -> PullRequest:
    return merged(ALICE, NOON, NOON + timedelta(seconds=seconds), number)


def _attributed(
    *pull_requests: PullRequest, roster: Roster = CORE, policy: AttributionPolicy | None = None
) -> list[Attribution]:
    return list(map(Attributor(roster, policy or AttributionPolicy()).attribute, pull_requests))


def _counts(attribution: Attribution) -> bool:
    return attribution.pull_request.merged_at is not None and not attribution.is_bot


def _week(attribution: Attribution, zone: str) -> date:
    local: datetime = (attribution.pull_request.merged_at or NOON).astimezone(ZoneInfo(zone))
    year, week, _ = local.isocalendar()
    return date.fromisocalendar(year, week, 1)
