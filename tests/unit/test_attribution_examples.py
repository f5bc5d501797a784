"""attribute() at hand-made examples: ends of windows, reasons of the rest, ties in rounding (R1, R6, R7)."""

from datetime import datetime
from decimal import Decimal

import pytest

from github_tracker.domain.attribution import Credit, attribute
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import OverAllocation
from tests.unit.examples import MICROSECOND, at, merged, opened, roster_of

ALICE = Author("alice")
JOINED = at("2024-02-01")
LEFT = at("2024-05-01")
STAY = roster_of(Membership("Core", "alice", joined_at=JOINED, left_at=LEFT))
CREATED, MERGED, EFFORT = AttributionRule.CREATED, AttributionRule.MERGED, AttributionRule.EFFORT


@pytest.mark.parametrize(
    ("instant", "shares"),
    [
        (JOINED - MICROSECOND, {}),
        (JOINED, {"Core": "1"}),
        (LEFT - MICROSECOND, {"Core": "1"}),
        (LEFT, {}),
    ],
)
def test_a_window_is_half_open_to_the_microsecond(instant: datetime, shares: dict[str, str]) -> None:
    """joined_at counts and left_at does not, for creating and for merging (R1)."""
    assert _shares(attribute(opened(ALICE, instant), STAY, CREATED)) == shares
    assert _shares(attribute(merged(ALICE, at("2023-01-01"), instant), STAY, MERGED)) == shares


def test_effort_counts_the_last_microsecond_before_leaving() -> None:
    """Over [created_at, merged_at) the microsecond at created_at counts and the one at merged_at does not (R7)."""
    about_to_leave = merged(ALICE, LEFT - MICROSECOND, LEFT + MICROSECOND)
    assert _shares(attribute(about_to_leave, STAY, EFFORT)) == {"Core": "0.500000"}
    assert _shares(attribute(merged(ALICE, LEFT - MICROSECOND, LEFT), STAY, EFFORT)) == {"Core": "1"}
    assert _shares(attribute(merged(ALICE, LEFT, LEFT + MICROSECOND), STAY, EFFORT)) == {}


def test_share_is_split_by_weight() -> None:
    """Two teams at once earn by their weights, and what is left over is the rest (R4)."""
    roster = roster_of(Membership("B", "alice", Decimal("0.3")), Membership("A", "alice", Decimal("0.6")))
    credit = attribute(opened(ALICE, JOINED), roster, CREATED)
    assert [(share.team, share.weight) for share in credit.shares] == [("A", Decimal("0.6")), ("B", Decimal("0.3"))]
    assert _rest(credit) == {RestReason.PART_TIME: "0.1"}


def test_each_rule_has_its_own_answer_to_a_change_of_teams() -> None:
    """Who moves after a quarter of the time: the old team, the new one, or both in proportion (R7)."""
    moved_at = at("2024-01-02")
    roster = roster_of(Membership("Old", "alice", left_at=moved_at), Membership("New", "alice", joined_at=moved_at))
    moving = merged(ALICE, at("2024-01-01"), at("2024-01-05"))
    assert _shares(attribute(moving, roster, CREATED)) == {"Old": "1"}
    assert _shares(attribute(moving, roster, MERGED)) == {"New": "1"}
    assert _shares(attribute(moving, roster, EFFORT)) == {"New": "0.750000", "Old": "0.250000"}


def test_over_allocation_leaves_no_rest_and_takes_none_away() -> None:
    """An instant above 1 does not make up for an instant below 1: the rest is averaged by itself (R7)."""
    half = at("2024-01-02")
    roster = roster_of(
        Membership("A", "alice"),
        Membership("B", "alice", left_at=half),
        over_allocation=OverAllocation.ALLOW,
    )
    assert _shares(attribute(opened(ALICE, at("2024-01-01")), roster, CREATED)) == {"A": "1", "B": "1"}
    leaving = roster_of(
        Membership("A", "alice", left_at=half),
        Membership("B", "alice", left_at=half),
        over_allocation=OverAllocation.ALLOW,
    )
    credit = attribute(merged(ALICE, at("2024-01-01"), at("2024-01-03")), leaving, EFFORT)
    assert _shares(credit) == {"A": "0.500000", "B": "0.500000"}
    assert _rest(credit) == {RestReason.LEFT_BEFORE: "0.500000"}


GAP = (
    Membership("Core", "alice", joined_at=JOINED, left_at=at("2024-03-01")),
    Membership("Core", "alice", joined_at=at("2024-04-01"), left_at=LEFT),
)


@pytest.mark.parametrize(
    ("author", "instant", "memberships", "reason"),
    [
        (Author("bob"), JOINED, GAP, RestReason.UNKNOWN_LOGIN),
        (ALICE, JOINED - MICROSECOND, GAP, RestReason.JOINED_LATER),
        (ALICE, at("2024-03-15"), GAP, RestReason.LEFT_BEFORE),
        (ALICE, LEFT, GAP, RestReason.LEFT_BEFORE),
        (ALICE, JOINED, (Membership("Core", "alice", Decimal(0)),), RestReason.ZERO_WEIGHT),
        (None, JOINED, GAP, RestReason.GHOST),
        (Author("Ghost", 10137), JOINED, GAP, RestReason.GHOST),
    ],
)
def test_the_whole_is_left_over_for_a_reason(
    author: Author | None, instant: datetime, memberships: tuple[Membership, ...], reason: RestReason
) -> None:
    """Where no team earns, the one rest says why."""
    credit = attribute(opened(author, instant), roster_of(*memberships), CREATED)
    assert credit.shares == ()
    assert _rest(credit) == {reason: "1"}


def test_zero_weight_beside_a_weight_is_part_time() -> None:
    """A person who earns somewhere is part-time, whatever else they belong to without credit."""
    roster = roster_of(Membership("A", "alice", Decimal(0)), Membership("B", "alice", Decimal("0.25")))
    credit = attribute(opened(ALICE, JOINED), roster, CREATED)
    assert _shares(credit) == {"B": "0.25"}
    assert _rest(credit) == {RestReason.PART_TIME: "0.75"}


def test_effort_tells_its_reasons_apart() -> None:
    """Before joining, part-time, without credit and after leaving each leave over their own part (R7)."""
    days = [at(f"2024-01-0{day}") for day in range(1, 6)]
    roster = roster_of(
        Membership("Core", "alice", Decimal("0.5"), joined_at=days[1], left_at=days[2]),
        Membership("Core", "alice", Decimal(0), joined_at=days[2], left_at=days[3]),
    )
    credit = attribute(merged(ALICE, days[0], days[4]), roster, EFFORT)
    assert _shares(credit) == {"Core": "0.125000"}
    assert _rest(credit) == {
        RestReason.JOINED_LATER: "0.250000",
        RestReason.LEFT_BEFORE: "0.250000",
        RestReason.PART_TIME: "0.125000",
        RestReason.ZERO_WEIGHT: "0.250000",
    }


def test_the_odd_millionth_of_three_thirds_goes_to_the_first_name() -> None:
    """Equal remainders are served by team name, whatever the order in time (R6)."""
    credit = attribute(_three_days(), roster_of(*_a_day_each("C", "A", "B")), EFFORT)
    assert _shares(credit) == {"A": "0.333334", "B": "0.333333", "C": "0.333333"}


def test_equal_remainders_serve_the_rest_last() -> None:
    """Two teams and a rest of one third each: the first team has the odd millionth (R6)."""
    credit = attribute(_three_days(), roster_of(*_a_day_each("zeta", "eta")), EFFORT)
    assert _shares(credit) == {"eta": "0.333334", "zeta": "0.333333"}
    assert _rest(credit) == {RestReason.LEFT_BEFORE: "0.333333"}


def test_the_largest_remainder_wins_even_if_it_is_the_rest() -> None:
    """One third and two thirds: the rest has lost more, so it has the odd millionth (R6)."""
    credit = attribute(_three_days(), roster_of(*_a_day_each("A")), EFFORT)
    assert _shares(credit) == {"A": "0.333333"}
    assert _rest(credit) == {RestReason.LEFT_BEFORE: "0.666667"}


def test_a_share_that_rounds_to_zero_vanishes() -> None:
    """A microsecond in another team is less than half a millionth of an hour (R6)."""
    moved_at = at("2024-01-01") + MICROSECOND
    roster = roster_of(Membership("Old", "alice", left_at=moved_at), Membership("New", "alice", joined_at=moved_at))
    credit = attribute(merged(ALICE, at("2024-01-01"), at("2024-01-01T01:00")), roster, EFFORT)
    assert _shares(credit) == {"New": "1.000000"}
    assert credit.rest == ()


def _three_days() -> PullRequest:
    return merged(ALICE, at("2024-01-01"), at("2024-01-04"))


def _a_day_each(*teams: str) -> list[Membership]:
    return [
        Membership(team, "alice", joined_at=at(f"2024-01-0{day}"), left_at=at(f"2024-01-0{day + 1}"))
        for day, team in enumerate(teams, start=1)
    ]


def _shares(credit: Credit) -> dict[str, str]:
    return {share.team: str(share.weight) for share in credit.shares}


def _rest(credit: Credit) -> dict[RestReason, str]:
    return {rest.reason: str(rest.weight) for rest in credit.rest}
