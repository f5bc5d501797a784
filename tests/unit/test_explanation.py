"""explain(): laws that tie it to attribute() and to the figures, and hand-made examples (R1, R2, R6, R7, R10, R11)."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings

from github_tracker.domain.attribution import Attributor, Rest, Share, attribute, round_together
from github_tracker.domain.explanation import Exclusion, Explanation, FoundBy, Standing, TimeBasis, explain
from github_tracker.domain.lead_time import monthly_lead_time
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.velocity import unattributed_velocity, weekly_velocity
from tests.strategies import over_allocated_rosters, policies, pull_requests, rosters
from tests.unit.examples import at, merged, opened, policy_of, roster_of, with_merged_at

ALICE = Author("alice")
DAY_1, DAY_2, DAY_4 = at("2024-01-01"), at("2024-01-02"), at("2024-01-04")
MOVING = roster_of(
    Membership("Old", "alice", Decimal("0.8"), left_at=DAY_2),
    Membership("New", "alice", joined_at=DAY_2),
    Membership("Next", "alice", Decimal(0), joined_at=at("2024-05-01")),
)
CREATED, MERGED, EFFORT = (AttributionPolicy(rule) for rule in AttributionRule)


@settings(max_examples=150)
@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_explained_parts_are_those_of_attribute(
    roster: Roster, policy: AttributionPolicy, pull_request: PullRequest
) -> None:
    """Shares and rests equal attribute()'s to the last digit, and so do the exact sums once they are rounded."""
    explanation, credit = explain(pull_request, roster, policy), attribute(pull_request, roster, policy.rule)
    assert tuple(Share(entry.team, entry.rounded) for entry in explanation.teams if entry.rounded) == credit.shares
    assert tuple(Rest(entry.reason, entry.rounded) for entry in explanation.rests if entry.rounded) == credit.rest
    teams = {entry.team: entry.exact for entry in explanation.teams}
    assert round_together(teams, {entry.reason: entry.exact for entry in explanation.rests}) == credit
    assert explanation.attribution == Attributor(roster, policy).attribute(pull_request)


@given(rosters(), policies(), pull_requests())
def test_explained_parts_add_up_to_one(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """Before rounding and after it (R6)."""
    explanation = explain(pull_request, roster, policy)
    assert (explanation.exact_total, explanation.total) == (Fraction(1), Decimal(1))


@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_memberships_make_the_sums_of_their_teams(
    roster: Roster, policy: AttributionPolicy, pull_request: PullRequest
) -> None:
    """A team's sum is that of its memberships, each weight by the part of the time in which it held."""
    explanation = explain(pull_request, roster, policy)
    sums: dict[str, Fraction] = {}
    for entry in explanation.memberships:
        sums[entry.membership.team] = sums.get(entry.membership.team, Fraction(0)) + entry.earned
    assert {team: earned for team, earned in sums.items() if earned} == {
        entry.team: entry.exact for entry in explanation.teams
    }


@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_standing_is_what_the_window_says(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """Held at the beginning and all the way, not yet begun, or ended: by the window's own ends (R1)."""
    explanation = explain(pull_request, roster, policy)
    start, end = explanation.time.starts_at, explanation.time.ends_at
    for entry in explanation.memberships:
        window = entry.membership
        is_late = window.joined_at is not None and (
            window.joined_at >= end if start < end else window.joined_at > start
        )
        is_over = window.left_at is not None and window.left_at <= start
        assert (entry.standing is Standing.NOT_YET) == is_late
        assert (entry.standing is Standing.ENDED) == is_over
        assert (entry.held == 1) == (entry.standing is Standing.HELD)
        assert (entry.standing is Standing.HELD) == (
            window.holds_at(start) and (start == end or window.left_at is None or window.left_at >= end)
        )


@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_stretches_cover_the_deciding_time(
    roster: Roster, policy: AttributionPolicy, pull_request: PullRequest
) -> None:
    """From its start to its end without gap or overlap; their parts are the whole. None without a person."""
    explanation = explain(pull_request, roster, policy)
    stretches = explanation.stretches
    assert bool(stretches) == bool(explanation.memberships) == (explanation.finding.found_by is not None)
    if stretches:
        time = explanation.time
        assert (stretches[0].starts_at, stretches[-1].ends_at) == (time.starts_at, time.ends_at)
        assert all(one.ends_at == other.starts_at for one, other in pairwise(stretches))
        assert sum(stretch.part for stretch in stretches) == 1


@given(rosters(), policies(), pull_requests())
def test_counting_is_that_of_the_figures(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """The week and the month are those in which velocity and lead time show it; none where they leave it out."""
    explanation = explain(pull_request, roster, policy)
    figures, zone, counting = [explanation.attribution], policy.time_zone, explanation.counting
    weeks = {week.week for week in weekly_velocity(figures, zone)}
    weeks |= {week.week for week in unattributed_velocity(figures, zone)}
    months = {month.month for month in monthly_lead_time(figures, zone)}
    assert weeks == ({counting.week} if counting.is_counted else set())
    assert months <= {counting.month}
    assert (counting.week is None) == (counting.month is None) == (counting.exclusion is not None)


@pytest.mark.parametrize(
    ("policy", "basis", "start", "end", "shares"),
    [
        (CREATED, TimeBasis.CREATED, DAY_1, DAY_1, {"Old": "0.8"}),
        (MERGED, TimeBasis.MERGED, DAY_4, DAY_4, {"New": "1"}),
        (EFFORT, TimeBasis.EFFORT, DAY_1, DAY_4, {"New": "0.666667", "Old": "0.266667"}),
    ],
)
def test_each_rule_names_its_deciding_time(
    policy: AttributionPolicy, basis: TimeBasis, start: datetime, end: datetime, shares: dict[str, str]
) -> None:
    """An instant under `created` and `merged`, all of the time between them under `effort` (R7)."""
    explanation = explain(merged(ALICE, DAY_1, DAY_4), MOVING, policy)
    time = explanation.time
    assert (time.basis, time.starts_at, time.ends_at, time.is_instant) == (basis, start, end, start == end)
    assert {entry.team: str(entry.rounded) for entry in explanation.teams} == shares


@pytest.mark.parametrize("policy", [MERGED, EFFORT])
def test_unmerged_is_decided_at_opening(policy: AttributionPolicy) -> None:
    """Open or closed, and whatever the rule (R7)."""
    for pull_request in (opened(ALICE, DAY_1), with_merged_at(opened(ALICE, DAY_1), None)):
        time = explain(pull_request, MOVING, policy).time
        assert (time.basis, time.starts_at, time.is_instant) == (TimeBasis.NOT_MERGED, DAY_1, True)


@pytest.mark.parametrize("merged_at", [DAY_2, DAY_1])
def test_effort_without_time_between_is_decided_at_opening(merged_at: datetime) -> None:
    """Merged at once, or before it was opened by GitHub's times (R7, R9)."""
    time = explain(merged(ALICE, DAY_2, merged_at), MOVING, EFFORT).time
    assert (time.basis, time.starts_at, time.is_instant) == (TimeBasis.NO_TIME_BETWEEN, DAY_2, True)


def test_every_membership_of_the_person_is_considered() -> None:
    """Those that did not hold too, with the part of the time in which each did."""
    explanation = explain(merged(ALICE, DAY_1, DAY_4), MOVING, EFFORT)
    assert [(entry.membership.team, entry.standing, entry.held, entry.earned) for entry in explanation.memberships] == [
        ("New", Standing.HELD_PARTLY, Fraction(2, 3), Fraction(2, 3)),
        ("Next", Standing.NOT_YET, 0, 0),
        ("Old", Standing.HELD_PARTLY, Fraction(1, 3), Fraction(4, 15)),
    ]
    assert [(entry.reason, entry.exact, str(entry.rounded)) for entry in explanation.rests] == [
        ("part_time", Fraction(1, 15), "0.066666")
    ]


@pytest.mark.parametrize("policy", [CREATED, EFFORT])
def test_membership_that_ends_where_the_time_begins_has_ended(policy: AttributionPolicy) -> None:
    """left_at does not count (R1); one that begins where the time ends comes later."""
    roster = roster_of(Membership("Old", "alice", left_at=DAY_1), Membership("New", "alice", joined_at=DAY_4))
    standings = [entry.standing for entry in explain(merged(ALICE, DAY_1, DAY_4), roster, policy).memberships]
    assert standings == [Standing.NOT_YET, Standing.ENDED]


_TWO_ZONES = ("UTC", "Pacific/Auckland")

KNOWN = roster_of(
    Membership("A", "alice", aliases=("al",), github_id=101),
    Membership("B", "bob", aliases=("bobby",)),
)


@pytest.mark.parametrize(
    ("author", "found_by", "username", "namesake"),
    [
        (Author("alice", 101), FoundBy.GITHUB_ID, "alice", None),
        (Author("renamed", 101), FoundBy.GITHUB_ID, "alice", None),
        (Author("ALICE"), FoundBy.LOGIN, "alice", None),
        (Author("Al"), FoundBy.ALIAS, "alice", None),
        (Author("bob", 999), FoundBy.LOGIN, "bob", None),
        (Author("bobby", 999), FoundBy.ALIAS, "bob", None),
        (Author("alice", 999), None, None, "alice"),
        (Author("al", 999), None, None, "alice"),
        (Author("stranger", 7), None, None, None),
        (Author("ghost", 10137), None, None, None),
        (None, None, None, None),
    ],
)
def test_finding_says_by_what_the_person_was_found(
    author: Author | None, found_by: FoundBy | None, username: str | None, namesake: str | None
) -> None:
    """By numeric id first, by username, by alias; a freed login that somebody else took is told as that (R2)."""
    finding = explain(opened(author, DAY_1), KNOWN, CREATED).finding
    assert finding.found_by is found_by
    assert (finding.entry and finding.entry.login) == username
    assert (finding.namesake and finding.namesake.login) == namesake


def test_bots_and_unmerged_ones_are_left_out() -> None:
    """An unmerged one for that reason, whoever opened it; a bot's pull request for the bot (R10, R11)."""
    policy, bot = policy_of("ci-*"), Author("ci-1")
    assert _exclusion(explain(opened(ALICE, DAY_1), MOVING, policy)) is Exclusion.NOT_MERGED
    assert _exclusion(explain(opened(bot, DAY_1), MOVING, policy)) is Exclusion.NOT_MERGED
    assert _exclusion(explain(merged(bot, DAY_1, DAY_4), MOVING, policy)) is Exclusion.BOT
    assert _exclusion(explain(merged(ALICE, DAY_1, DAY_4), MOVING, policy)) is None


def test_week_and_month_are_those_of_the_reporting_time_zone() -> None:
    """Sunday evening in UTC is Monday in Auckland, and there it is April already (R10)."""
    late = merged(ALICE, DAY_1, at("2024-03-31T22:30"))
    counted = {zone: explain(late, MOVING, AttributionPolicy(time_zone=zone)).counting for zone in _TWO_ZONES}
    assert {zone: (str(counting.week), str(counting.month)) for zone, counting in counted.items()} == {
        "UTC": ("2024-03-25", "2024-03-01"),
        "Pacific/Auckland": ("2024-04-01", "2024-04-01"),
    }


def test_over_allocation_is_more_than_one() -> None:
    """Where the roster allows it, the sum says so (R6)."""
    both = (Membership("A", "alice"), Membership("B", "alice", Decimal("0.5")))
    explanation = explain(opened(ALICE, DAY_1), roster_of(*both, over_allocation=OverAllocation.ALLOW), CREATED)
    assert (explanation.total, explanation.exact_total) == (Decimal("1.5"), Fraction(3, 2))


def test_what_rounding_makes_nothing_is_still_explained() -> None:
    """A microsecond in a month of an hour earns less than half a unit: it stands there, rounded to 0 (R6)."""
    moved_at = at("2024-01-01T00:00:00.000001")
    roster = roster_of(Membership("Old", "alice", left_at=moved_at), Membership("New", "alice", joined_at=moved_at))
    explanation = explain(merged(ALICE, DAY_1, at("2024-01-01T01:00")), roster, EFFORT)
    parts = {entry.team: (entry.exact, entry.rounded) for entry in explanation.teams}
    assert parts["Old"] == (Fraction(1, 3_600_000_000), Decimal(0))
    assert parts["New"][1] == 1
    assert (explanation.exact_total, explanation.total) == (Fraction(1), Decimal(1))


def _exclusion(explanation: Explanation) -> Exclusion | None:
    return explanation.counting.exclusion
