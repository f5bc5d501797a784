"""What is remarkable about a run, and what is not enough to say so."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from github_tracker.domain.anomaly import (
    AnomalyKind,
    Attributed,
    attributed_between,
    compared_weeks,
    no_pull_requests,
    unattributed_jump,
)
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.pull_request import Author
from github_tracker.domain.velocity import UnattributedWeek, unattributed_velocity, weekly_velocity
from tests.unit.examples import at, merged, policy_of, roster_of

MONDAY = date(2024, 6, 3)


def figures(merged_count: str, unattributed: str) -> Attributed:
    """So much merged, and so much of it earned by nobody."""
    return Attributed(Decimal(merged_count), Decimal(unattributed))


def test_four_weeks_are_compared_with_twelve_before() -> None:
    """Half-open at both ends; the present week is the last recent one."""
    assert compared_weeks(MONDAY) == (date(2024, 2, 19), date(2024, 5, 13), date(2024, 6, 10))


@pytest.mark.parametrize(
    ("before", "recent", "is_jump"),
    [
        (figures("20", "0"), figures("20", "4"), True),
        (figures("20", "0"), figures("20", "3.999999"), False),
        (figures("19.999999", "0"), figures("20", "20"), False),
        (figures("20", "0"), figures("19.999999", "19"), False),
        (figures("100", "50"), figures("100", "69"), False),
        (figures("100", "50"), figures("100", "70"), True),
        (figures("100", "70"), figures("100", "10"), False),
        (figures("0", "0"), figures("0", "0"), False),
    ],
)
def test_jump_is_a_rise_by_a_fifth_over_enough_pull_requests(
    before: Attributed, recent: Attributed, is_jump: bool
) -> None:
    """Of the ratio, so a fall or a high level alone is none; fewer than 20 merged say nothing."""
    assert (unattributed_jump(before, recent) is not None) is is_jump


def test_jump_says_from_what_to_what() -> None:
    """In the words of whoever has to mend the roster."""
    anomaly = unattributed_jump(figures("240", "12"), figures("80", "32.4"))
    assert anomaly is not None
    assert anomaly.kind is AnomalyKind.UNATTRIBUTED_JUMPED
    assert anomaly.message == (
        "40% of 80 pull requests merged in the last 4 weeks are earned by no team, after 5% in the 12 weeks before; "
        "is somebody missing on the roster?"
    )


def test_emptiness_says_over_how_much() -> None:
    """One repository or several."""
    assert "any of 3 repositories" in no_pull_requests(3).message
    assert "in the repository read" in no_pull_requests(1).message
    assert no_pull_requests(1).kind is AnomalyKind.NO_PULL_REQUESTS


def test_shares_and_rests_of_the_weeks_are_all_that_merged() -> None:
    """Whoever opened them; weeks outside [since, until) count for neither (R6)."""
    roster = roster_of(Membership("Apps", "alice", weight=Decimal("0.75")))
    start = at("2024-05-06")
    facts = [
        merged(Author(login), start, start + timedelta(weeks=week), number=10 * week + place + 1)
        for week in range(4)
        for place, login in enumerate(("alice", "stranger"))
    ]
    attributions = list(map(Attributor(roster, policy_of()).attribute, facts))
    weeks, rests = weekly_velocity(attributions, "UTC"), unattributed_velocity(attributions, "UTC")
    assert attributed_between(weeks, rests, date(2024, 5, 13), date(2024, 5, 27)) == figures("4", "2.5")
    assert attributed_between((), (UnattributedWeek(MONDAY, RestReason.GHOST, 1, Decimal(1)),), MONDAY, MONDAY) == (
        figures("0", "0")
    )
