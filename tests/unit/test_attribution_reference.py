"""attribute() against a second, slower way to the same shares, written from the rules' text (R1, R2, R6, R7)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.attribution import Credit, Rest, Share, attribute, round_together
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from tests.strategies import TEAM_NAMES, over_allocated_rosters, pull_request_lists, rosters, rules
from tests.unit.examples import MICROSECOND

Parts = dict[str, Fraction]


@settings(max_examples=150)
@given(rosters() | over_allocated_rosters(), pull_request_lists(), rules())
def test_shares_and_rest_are_those_of_the_rules_text(
    roster: Roster, pull_requests: list[PullRequest], rule: AttributionRule
) -> None:
    """Both ways agree on every team, reason and last digit; the average is exact to the microsecond (R7)."""
    for pull_request in pull_requests:
        assert attribute(pull_request, roster, rule) == expected_credit(pull_request, roster, rule)


@given(rosters() | over_allocated_rosters(), pull_request_lists(), rules())
def test_no_team_earns_outside_its_windows(
    roster: Roster, pull_requests: list[PullRequest], rule: AttributionRule
) -> None:
    """A share needs a membership that holds at one of the instants that count (R1)."""
    for pull_request in pull_requests:
        entries = [] if pull_request.author is None else entries_of(pull_request.author, roster)
        counted = counted_instants(pull_request, entries, rule)
        belonging = {entry.team for entry in entries for start, _ in counted if entry.weight and entry.holds_at(start)}
        assert {share.team for share in attribute(pull_request, roster, rule).shares} <= belonging


@given(
    st.dictionaries(st.sampled_from(TEAM_NAMES), st.fractions(0, 1, max_denominator=9)),
    st.dictionaries(st.sampled_from(RestReason), st.fractions(0, 1, max_denominator=9)),
)
def test_rounding_is_by_largest_remainder(teams: Parts, reasons: dict[RestReason, Fraction]) -> None:
    """Any sums are rounded together as R6 says, those above 1 too."""
    assert round_together(teams, reasons) == rounded(teams, reasons)


def expected_credit(pull_request: PullRequest, roster: Roster, rule: AttributionRule) -> Credit:
    """Return shares and rest by sweeping over every elementary interval between two cuts."""
    author = pull_request.author
    if author is None or author.login.lower() == "ghost":
        return Credit((), (Rest(RestReason.GHOST, Decimal(1)),))
    entries = entries_of(author, roster)
    if not entries:
        return Credit((), (Rest(RestReason.UNKNOWN_LOGIN, Decimal(1)),))
    counted = counted_instants(pull_request, entries, rule)
    whole = sum(length for _, length in counted)
    teams: Parts = {}
    reasons: dict[RestReason, Fraction] = {}
    for start, length in counted:
        held = [entry for entry in entries if entry.holds_at(start)]
        for entry in held:
            teams[entry.team] = teams.get(entry.team, Fraction(0)) + Fraction(entry.weight) * Fraction(length, whole)
        over = max(Fraction(0), 1 - sum(Fraction(entry.weight) for entry in held))
        reason = reason_at(start, entries)
        reasons[reason] = reasons.get(reason, Fraction(0)) + over * Fraction(length, whole)
    return rounded(teams, reasons)


def counted_instants(
    pull_request: PullRequest, entries: Sequence[Membership], rule: AttributionRule
) -> list[tuple[datetime, int]]:
    """Return the instants that decide, each with how much it counts; between two of them nothing changes (R7)."""
    created_at, merged_at = pull_request.created_at, pull_request.merged_at
    if merged_at is None or rule is AttributionRule.CREATED:
        return [(created_at, 1)]
    if rule is AttributionRule.MERGED:
        return [(merged_at, 1)]
    if merged_at <= created_at:
        return [(created_at, 1)]
    edges = {edge for entry in entries for edge in (entry.joined_at, entry.left_at) if edge is not None}
    cuts = sorted({created_at, merged_at, *(edge for edge in edges if created_at < edge < merged_at)})
    return [(start, (end - start) // MICROSECOND) for start, end in pairwise(cuts)]


def entries_of(author: Author, roster: Roster) -> list[Membership]:
    """Return the author's memberships: by numeric id first, else by login, with all that aliases join (R2)."""
    if author.id is not None:
        by_id = [entry for entry in roster.memberships if entry.github_id == author.id]
        if by_id:
            return joined_with(by_id[0].login_keys, roster.memberships)
    entries = joined_with({author.login.lower()}, roster.memberships)
    ids = {entry.github_id for entry in entries} - {None}
    is_somebody_else = author.id is not None and bool(ids) and author.id not in ids
    return [] if is_somebody_else else entries


def joined_with(logins: Iterable[str], memberships: Sequence[Membership]) -> list[Membership]:
    """Return the memberships that share a login with these, or with one that does, and so on."""
    reached = set(logins)
    while True:
        found = [entry for entry in memberships if entry.login_keys & reached]
        wider = reached.union(*(entry.login_keys for entry in found))
        if wider == reached:
            return found
        reached = wider


def reason_at(instant: datetime, entries: Sequence[Membership]) -> RestReason:
    """Return why a part of an author who stands on the roster is left over at that instant."""
    held = [entry.weight for entry in entries if entry.holds_at(instant)]
    if held:
        return RestReason.PART_TIME if max(held) > 0 else RestReason.ZERO_WEIGHT
    has_left = any(entry.left_at is not None and entry.left_at <= instant for entry in entries)
    return RestReason.LEFT_BEFORE if has_left else RestReason.JOINED_LATER


def rounded(teams: Parts, reasons: dict[RestReason, Fraction]) -> Credit:
    """Round to millionths so that the sum is kept: one unit at a time to who lost most, teams by name, then rests."""
    names, codes = sorted(teams), sorted(reasons)
    wanted = [teams[name] * 1_000_000 for name in names] + [reasons[code] * 1_000_000 for code in codes]
    given_out = [int(amount) for amount in wanted]
    target = int(sum(wanted) + Fraction(1, 2))
    while sum(given_out) < target:
        lost = [amount - units for amount, units in zip(wanted, given_out, strict=True)]
        given_out[lost.index(max(lost))] += 1
    weights = [Decimal(units) / 1_000_000 for units in given_out]
    shares = [Share(name, weight) for name, weight in zip(names, weights[: len(names)], strict=True) if weight]
    rest = [Rest(code, weight) for code, weight in zip(codes, weights[len(names) :], strict=True) if weight]
    return Credit(tuple(shares), tuple(rest))
