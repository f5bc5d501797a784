"""Comparing two ways to attribute: laws over all rosters and rules, and examples that can be followed by hand."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from random import Random

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.comparison import Comparison, TeamChange, compare
from github_tracker.domain.lead_time import monthly_lead_time
from github_tracker.domain.membership import Membership
from github_tracker.domain.moves import Move, Place, PlaceKind
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.velocity import merged_by_people, unattributed_velocity, weekly_velocity
from tests.strategies import over_allocated_rosters, policies, pull_request_lists, rosters
from tests.unit.examples import at, merged, opened, policy_of, roster_of

attributors = st.builds(Attributor, rosters() | over_allocated_rosters(), policies())
exact_attributors = st.builds(Attributor, rosters(), policies())
MONDAY = at("2024-01-01")


def attributed(facts: list[PullRequest], attributor: Attributor) -> list[Attribution]:
    """Return what the attributor says of each."""
    return list(map(attributor.attribute, facts))


def mirrored(comparison: Comparison) -> Comparison:
    """Return the comparison as seen from the other side."""
    moves = [evolve(move, origin=move.destination, destination=move.origin) for move in comparison.moves]
    return evolve(
        comparison,
        before=comparison.after,
        after=comparison.before,
        teams=tuple(TeamChange(change.team, change.after, change.before) for change in comparison.teams),
        weeks=tuple(evolve(change, before=change.after, after=change.before) for change in comparison.weeks),
        months=tuple(evolve(change, before=change.after, after=change.before) for change in comparison.months),
        rests=tuple(evolve(change, before=change.after, after=change.before) for change in comparison.rests),
        moves=tuple(sorted(moves, key=lambda move: (-move.weight, move.origin, move.destination))),
    )


@given(attributors, pull_request_lists())
def test_comparing_with_itself_changes_nothing(attributor: Attributor, facts: list[PullRequest]) -> None:
    """Nothing differs, nothing moves, and both sides are the same."""
    found = compare(facts, attributor, Attributor(attributor.roster, attributor.policy))
    assert (found.prs_compared, found.prs_changed, found.prs_moved) == (len(facts), 0, 0)
    assert (found.weeks, found.months, found.rests, found.moves) == ((), (), (), ())
    assert found.before == found.after
    assert all(change.before == change.after for change in found.teams)
    assert not found.changes_figures


@settings(max_examples=60)
@given(attributors, attributors, pull_request_lists())
def test_both_directions_mirror_each_other(one: Attributor, other: Attributor, facts: list[PullRequest]) -> None:
    """What goes there comes back: every change, every move, every total."""
    assert compare(facts, other, one) == mirrored(compare(facts, one, other))


@settings(max_examples=60)
@given(attributors, attributors, pull_request_lists(), st.randoms(use_true_random=False))
def test_order_is_of_no_account(one: Attributor, other: Attributor, facts: list[PullRequest], random: Random) -> None:
    """Pull requests may come in any order."""
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert compare(shuffled, one, other) == compare(facts, one, other)


@settings(max_examples=60)
@given(attributors, attributors, pull_request_lists())
def test_changes_are_those_of_the_reference(one: Attributor, other: Attributor, facts: list[PullRequest]) -> None:
    """Exactly the cells in which the reference functions differ, with what each of them says."""
    found = compare(facts, one, other)
    before, after = attributed(facts, one), attributed(facts, other)
    zones = one.policy.time_zone, other.policy.time_zone
    for change in found.weeks:
        sides = {(side.team, side.week) for side in (change.before, change.after) if side is not None}
        assert sides == {(change.team, change.week)}
    assert [(change.before, change.after) for change in found.weeks] == _differing(
        {(week.team, week.week): week for week in weekly_velocity(before, zones[0])},
        {(week.team, week.week): week for week in weekly_velocity(after, zones[1])},
    )
    assert [(change.before, change.after) for change in found.months] == _differing(
        {(month.team, month.month): month for month in monthly_lead_time(before, zones[0])},
        {(month.team, month.month): month for month in monthly_lead_time(after, zones[1])},
    )
    assert [(change.before, change.after) for change in found.rests] == _differing(
        {(week.week, week.reason): week for week in unattributed_velocity(before, zones[0])},
        {(week.week, week.reason): week for week in unattributed_velocity(after, zones[1])},
    )


@settings(max_examples=60)
@given(exact_attributors, exact_attributors, pull_request_lists())
def test_both_sides_add_up_to_the_merged_pull_requests(
    one: Attributor, other: Attributor, facts: list[PullRequest]
) -> None:
    """Teams and unattributed rest, on either side (R6)."""
    found = compare(facts, one, other)
    for side, attributor in ((found.before, one), (found.after, other)):
        assert side.prs_merged == len(list(merged_by_people(attributed(facts, attributor))))
        assert side.earned + side.unearned == side.prs_merged
        assert side.beyond_one == 0


@settings(max_examples=60)
@given(attributors, attributors, pull_request_lists())
def test_moves_lead_from_one_side_to_the_other(one: Attributor, other: Attributor, facts: list[PullRequest]) -> None:
    """What a place has before, less what goes, plus what comes, is what it has after; nothing comes from nowhere."""
    found = compare(facts, one, other)
    before, after = _places(attributed(facts, one)), _places(attributed(facts, other))
    for move in found.moves:
        assert move.weight > 0
        assert 0 < move.prs <= found.prs_moved
        before[move.origin] = before.get(move.origin, Decimal(0)) - move.weight
        before[move.destination] = before.get(move.destination, Decimal(0)) + move.weight
    assert {place: weight for place, weight in before.items() if weight} == after


def _places(many: list[Attribution]) -> dict[Place, Decimal]:
    """Where the credit of merged pull requests lies, by counting."""
    found: defaultdict[Place, Decimal] = defaultdict(Decimal)
    for attribution in many:
        if attribution.pull_request.merged_at is None:
            continue
        parts = {Place(PlaceKind.TEAM, share.team): share.weight for share in attribution.shares}
        parts |= {Place(PlaceKind.UNATTRIBUTED, rest.reason.value): rest.weight for rest in attribution.rest}
        parts[Place(PlaceKind.BEYOND_ONE)] = 1 - sum(parts.values(), Decimal(0))
        for place, weight in ({Place(PlaceKind.BOT): Decimal(1)} if attribution.is_bot else parts).items():
            found[place] += weight
    return {place: weight for place, weight in found.items() if weight}


def _differing(before: dict[object, object], after: dict[object, object]) -> list[tuple[object, object]]:
    cells = sorted(before.keys() | after.keys())  # type: ignore[type-var]  # tuples that can be ordered
    pairs = ((before.get(cell), after.get(cell)) for cell in cells)
    return [pair for pair in pairs if pair[0] != pair[1]]


def team(name: str) -> Place:
    """Return the place of a team."""
    return Place(PlaceKind.TEAM, name)


def rest(reason: RestReason) -> Place:
    """Return the place of what no team earned."""
    return Place(PlaceKind.UNATTRIBUTED, reason.value)


def moves_between(before: Roster, after: Roster, *facts: PullRequest) -> tuple[Move, ...]:
    """Return the moves from one roster to another."""
    return compare(facts, Attributor(before, AttributionPolicy()), Attributor(after, AttributionPolicy())).moves


ALICE = merged(Author("alice"), MONDAY, at("2024-01-03"))


def test_transfer_moves_pull_requests_from_team_to_team() -> None:
    """Three of them, one by another author that stays; and the open one is in no figure."""
    before = roster_of(Membership("A", "alice"), Membership("B", "bob"))
    after = roster_of(Membership("B", "alice"), Membership("B", "bob"))
    facts = [
        ALICE,
        evolve(ALICE, number=2),
        merged(Author("bob"), MONDAY, MONDAY, number=3),
        opened(Author("alice"), MONDAY, number=4),
    ]
    found = compare(facts, Attributor(before, AttributionPolicy()), Attributor(after, AttributionPolicy()))
    assert found.moves == (Move(team("A"), team("B"), 2, Decimal(2)),)
    assert (found.prs_compared, found.prs_changed, found.prs_moved) == (4, 3, 2)
    a, b = found.teams
    assert (a.before.prs_merged, a.after.prs_merged, b.before.prs_merged, b.after.prs_merged) == (2, 0, 1, 3)
    assert (a.before.median_lead_time_hours, a.after.median_lead_time_hours) == (Fraction(48), None)
    (week_of_a, week_of_b), (month_of_a, month_of_b) = found.weeks, found.months
    assert (week_of_a.after, month_of_a.after) == (None, None)
    assert week_of_b.before is not None
    assert week_of_b.after is not None
    assert month_of_b.after is not None
    assert (week_of_b.before.weighted_prs_merged, week_of_b.after.weighted_prs_merged) == (Decimal(1), Decimal(3))
    assert (month_of_b.after.prs_merged, month_of_b.after.median_lead_time_hours) == (3, Fraction(48))


def test_lower_weight_moves_a_part_to_what_no_team_earns() -> None:
    """One pull request, a quarter of it."""
    before = roster_of(Membership("A", "alice"))
    after = roster_of(Membership("A", "alice", Decimal("0.75")))
    assert moves_between(before, after, ALICE) == (Move(team("A"), rest(RestReason.PART_TIME), 1, Decimal("0.25")),)


def test_several_moves_of_one_pull_request_are_matched_in_order_of_place() -> None:
    """Two halves become two other halves: the first goes to the first."""
    half = Decimal("0.5")
    before = roster_of(Membership("A", "alice", half), Membership("B", "alice", half))
    after = roster_of(Membership("C", "alice", half), Membership("D", "alice", half))
    assert moves_between(before, after, ALICE) == (
        Move(team("A"), team("C"), 1, half),
        Move(team("B"), team("D"), 1, half),
    )


def test_greatest_move_comes_first() -> None:
    """By weight, not by name."""
    before = roster_of(Membership("A", "alice"), Membership("B", "bob"))
    after = roster_of(Membership("B", "alice", Decimal("0.5")), Membership("C", "bob"))
    bobs = merged(Author("bob"), MONDAY, MONDAY, number=2)
    weights = [move.weight for move in moves_between(before, after, ALICE, bobs)]
    assert weights == [Decimal(1), Decimal("0.5"), Decimal("0.5")]


def test_author_who_becomes_a_bot_leaves_the_figures() -> None:
    """Without an entry on the roster the pattern holds, and the pull request counts no more (R11)."""
    with_entry, without = roster_of(Membership("A", "ci-deploy")), roster_of(Membership("A", "alice"))
    fact = merged(Author("ci-deploy"), MONDAY, MONDAY)
    policy = policy_of("ci-*")
    found = compare([fact], Attributor(with_entry, policy), Attributor(without, policy))
    assert found.moves == (Move(team("A"), Place(PlaceKind.BOT), 1, Decimal(1)),)
    assert (found.before.prs_merged, found.after.prs_merged) == (1, 0)


def test_over_allocation_is_told_as_credit_beyond_one() -> None:
    """A second full membership adds a pull request that comes from nowhere (R6)."""
    one = Membership("A", "alice")
    both = roster_of(one, Membership("B", "alice"), over_allocation=OverAllocation.ALLOW)
    found = compare([ALICE], Attributor(roster_of(one), AttributionPolicy()), Attributor(both, AttributionPolicy()))
    assert found.moves == (Move(Place(PlaceKind.BEYOND_ONE), team("B"), 1, Decimal(1)),)
    assert (found.after.earned, found.after.beyond_one, found.before.beyond_one) == (Decimal(2), Decimal(1), Decimal(0))


def test_another_rule_moves_what_merged_after_a_transfer() -> None:
    """Opened in one team, merged in another one (R7)."""
    roster = roster_of(
        Membership("A", "alice", left_at=at("2024-01-02")), Membership("B", "alice", joined_at=at("2024-01-02"))
    )
    rules = [Attributor(roster, AttributionPolicy(rule)) for rule in (AttributionRule.CREATED, AttributionRule.EFFORT)]
    found = compare([ALICE, merged(Author("alice"), MONDAY, at("2024-01-01T09:00"), 2)], *rules)
    assert found.moves == (Move(team("A"), team("B"), 1, Decimal("0.5")),)
    assert found.prs_changed == 1


def test_another_time_zone_moves_weeks_and_no_credit() -> None:
    """The last hour of a Sunday in UTC is Monday in Berlin (R10)."""
    roster = roster_of(Membership("A", "alice"))
    fact = merged(Author("alice"), MONDAY, at("2024-01-07T23:30"))
    sides = [Attributor(roster, AttributionPolicy(time_zone=zone)) for zone in ("UTC", "Europe/Berlin")]
    found = compare([fact], *sides)
    weeks = [
        (change.before and change.before.week.day, change.after and change.after.week.day) for change in found.weeks
    ]
    assert weeks == [(1, None), (None, 8)]
    assert (found.months, found.moves, found.prs_changed) == ((), (), 0)
