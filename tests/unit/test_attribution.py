"""Laws of attribute(): what holds for every pull request, every roster and every rule (R1, R2, R3, R6, R7, R8)."""

from datetime import datetime
from decimal import Decimal

from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attributor, Credit, attribute
from github_tracker.domain.membership import WEIGHT_UNIT, Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from tests.strategies import (
    in_other_offsets,
    instants,
    over_allocated_rosters,
    policies,
    pull_requests,
    rosters,
    rules,
    spellings,
)
from tests.unit.examples import with_merged_at


@settings(max_examples=80)
@given(rosters(), pull_requests(), rules())
def test_shares_and_rest_are_exactly_one(roster: Roster, pull_request: PullRequest, rule: AttributionRule) -> None:
    """Nothing of a pull request is lost or counted twice (R6)."""
    assert sum(_parts(attribute(pull_request, roster, rule))) == 1


@given(over_allocated_rosters(), pull_requests(), rules())
def test_shares_and_rest_are_at_least_one_where_more_is_allowed(
    roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """Over-allocation can only add to a pull request (R6)."""
    assert sum(_parts(attribute(pull_request, roster, rule))) >= 1


@given(rosters() | over_allocated_rosters(), pull_requests(), rules())
def test_every_part_is_above_zero_and_at_most_one_with_six_places(
    roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """A share or a rest of zero is none, and each is a multiple of the unit (R6)."""
    for weight in _parts(attribute(pull_request, roster, rule)):
        assert 0 < weight <= 1
        assert weight == weight.quantize(WEIGHT_UNIT)


@given(rosters() | over_allocated_rosters(), pull_requests(), rules())
def test_parts_come_once_each_and_in_order(roster: Roster, pull_request: PullRequest, rule: AttributionRule) -> None:
    """Shares are ordered by team name and rests by reason, none of them twice."""
    credit = attribute(pull_request, roster, rule)
    teams = [share.team for share in credit.shares]
    reasons = [rest.reason for rest in credit.rest]
    assert teams == sorted(set(teams))
    assert reasons == sorted(set(reasons))


@given(st.data(), rosters() | over_allocated_rosters(), pull_requests(), rules())
def test_order_of_the_roster_is_of_no_account(
    data: st.DataObject, roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """Teams and memberships may be listed in any order."""
    shuffled = Roster(
        tuple(data.draw(st.permutations(roster.teams))),
        tuple(data.draw(st.permutations(roster.memberships))),
        roster.over_allocation,
    )
    assert attribute(pull_request, shuffled, rule) == attribute(pull_request, roster, rule)


@given(st.data(), rosters(), pull_requests(), rules())
def test_letter_case_is_of_no_account(
    data: st.DataObject, roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """Author, usernames and aliases may be written in any letter case (R2)."""
    author = pull_request.author
    assume(author is not None)
    assert author is not None
    respelt = evolve(pull_request, author=evolve(author, login=data.draw(spellings(author.login))))
    other = _with_memberships(roster, [_respelt(data, membership) for membership in roster.memberships])
    assert attribute(respelt, other, rule) == attribute(pull_request, roster, rule)


@given(st.data(), rosters(), pull_requests(), rules())
def test_offset_from_utc_is_of_no_account(
    data: st.DataObject, roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """The same instants written down in other offsets give the same shares (R3)."""
    created_at = data.draw(in_other_offsets(pull_request.created_at))
    elsewhere = evolve(pull_request, created_at=created_at)
    if pull_request.merged_at is not None:
        elsewhere = evolve(elsewhere, merged_at=data.draw(in_other_offsets(pull_request.merged_at)))
    other = _with_memberships(roster, [_elsewhere(data, membership) for membership in roster.memberships])
    assert attribute(elsewhere, other, rule) == attribute(pull_request, roster, rule)


@settings(max_examples=80)
@given(st.data(), rosters() | over_allocated_rosters(), pull_requests(), rules())
def test_splitting_a_window_in_two_changes_nothing(
    data: st.DataObject, roster: Roster, pull_request: PullRequest, rule: AttributionRule
) -> None:
    """Two windows that abut are one (R1): neither a share nor a reason depends on how a stay is written down."""
    cut = data.draw(instants() | st.sampled_from((pull_request.created_at, pull_request.merged_at)))
    assume(cut is not None)
    split = []
    for entry in roster.memberships:
        if cut is not None and entry.holds_at(cut) and cut != entry.joined_at:
            split += [evolve(entry, left_at=cut), evolve(entry, joined_at=cut)]
        else:
            split.append(entry)
    assume(len(split) > len(roster.memberships))
    assert attribute(pull_request, _with_memberships(roster, split), rule) == attribute(pull_request, roster, rule)


@given(rosters(), policies(), pull_requests())
def test_attributing_again_gives_the_same(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """What was attributed and is attributed again, by an equal roster built anew, comes out equal."""
    once = Attributor(roster, policy).attribute(pull_request)
    anew = Roster(roster.teams, roster.memberships, roster.over_allocation)
    assert Attributor(anew, policy).attribute(once.pull_request) == once
    assert once.pull_request == pull_request
    assert once.rule is policy.rule
    assert (once.shares, once.rest) == (once.credit.shares, once.credit.rest)


@given(rosters(), pull_requests(), st.none() | instants())
def test_created_never_looks_at_merged_at(
    roster: Roster, pull_request: PullRequest, merged_at: datetime | None
) -> None:
    """By `created` a share does not change when the pull request merges, whenever that is (R7)."""
    other = with_merged_at(pull_request, merged_at)
    rule = AttributionRule.CREATED
    assert attribute(other, roster, rule) == attribute(pull_request, roster, rule)


@given(rosters(), pull_requests())
def test_merged_is_as_created_at_the_instant_of_merging(roster: Roster, pull_request: PullRequest) -> None:
    """By `merged` the memberships at merged_at decide, also where that is before created_at (R7)."""
    assume(pull_request.merged_at is not None)
    assert pull_request.merged_at is not None
    moved = evolve(pull_request, created_at=pull_request.merged_at)
    by_merging = attribute(pull_request, roster, AttributionRule.MERGED)
    assert by_merging == attribute(moved, roster, AttributionRule.CREATED)


@given(rosters(), pull_requests())
def test_merged_is_as_created_while_unmerged(roster: Roster, pull_request: PullRequest) -> None:
    """An unmerged pull request has the memberships at created_at under `merged` too (R7)."""
    unmerged = with_merged_at(pull_request, None)
    by_creating = attribute(unmerged, roster, AttributionRule.CREATED)
    assert attribute(unmerged, roster, AttributionRule.MERGED) == by_creating


@given(st.data(), rosters(), pull_requests())
def test_effort_is_as_created_without_a_stretch(data: st.DataObject, roster: Roster, pull_request: PullRequest) -> None:
    """Unmerged, merged at once or merged before it was created: `effort` has nothing to average over (R7)."""
    earlier = instants().filter(lambda instant: instant <= pull_request.created_at)
    ending = data.draw(st.none() | st.just(pull_request.created_at) | earlier)
    without = with_merged_at(pull_request, ending)
    by_creating = attribute(without, roster, AttributionRule.CREATED)
    assert attribute(without, roster, AttributionRule.EFFORT) == by_creating


@given(over_allocated_rosters(), pull_requests())
def test_effort_is_as_created_where_nothing_changes_meanwhile(roster: Roster, pull_request: PullRequest) -> None:
    """Without a window's edge between created_at and merged_at the average is the weight itself (R7)."""
    merged_at = pull_request.merged_at
    assume(merged_at is not None)
    assert merged_at is not None
    edges = {edge for entry in roster.memberships for edge in (entry.joined_at, entry.left_at) if edge is not None}
    assume(not any(pull_request.created_at < edge < merged_at for edge in edges))
    by_creating = attribute(pull_request, roster, AttributionRule.CREATED)
    assert attribute(pull_request, roster, AttributionRule.EFFORT) == by_creating


def _parts(credit: Credit) -> list[Decimal]:
    return [*(share.weight for share in credit.shares), *(rest.weight for rest in credit.rest)]


def _with_memberships(roster: Roster, memberships: list[Membership]) -> Roster:
    return Roster(roster.teams, tuple(memberships), roster.over_allocation)


def _respelt(data: st.DataObject, membership: Membership) -> Membership:
    login = data.draw(spellings(membership.login))
    return evolve(membership, login=login, aliases=tuple(data.draw(spellings(alias)) for alias in membership.aliases))


def _elsewhere(data: st.DataObject, membership: Membership) -> Membership:
    joined_at, left_at = membership.joined_at, membership.left_at
    return evolve(
        membership,
        joined_at=None if joined_at is None else data.draw(in_other_offsets(joined_at)),
        left_at=None if left_at is None else data.draw(in_other_offsets(left_at)),
    )
