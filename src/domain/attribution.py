"""attribute(): pull request x roster x rule -> shares and rest that add up to exactly 1 (R6, R7, R8)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from github_tracker.domain.membership import WEIGHT_PLACES
from github_tracker.domain.person import Person, RestReason, Segment
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster

_UNITS = 10**WEIGHT_PLACES
_MICROSECOND = timedelta(microseconds=1)


@frozen
class Share:
    """What one team earns of one pull request."""

    team: str
    weight: Decimal
    """In (0, 1], with at most 6 places."""


@frozen
class Rest:
    """What no team earned of one pull request, and why."""

    reason: RestReason
    weight: Decimal
    """In (0, 1], with at most 6 places."""


@frozen
class Credit:
    """Shares and rest of one pull request; together exactly 1, or more where over-allocation is allowed (R6)."""

    shares: tuple[Share, ...]
    """Ordered by team name."""
    rest: tuple[Rest, ...]
    """Ordered by reason."""


@frozen
class Attribution:
    """A pull request with who earns it under which rule, and whether a bot opened it."""

    pull_request: PullRequest
    rule: AttributionRule
    credit: Credit
    is_bot: bool

    @property
    def shares(self) -> tuple[Share, ...]:
        """The teams' shares, ordered by team name."""
        return self.credit.shares

    @property
    def rest(self) -> tuple[Rest, ...]:
        """The unattributed rest, ordered by reason."""
        return self.credit.rest


@frozen(eq=False)
class Attributor:
    """Attributes by one roster and one policy; pure, so the same pull request always gets the same answer."""

    roster: Roster
    policy: AttributionPolicy

    def attribute(self, pull_request: PullRequest) -> Attribution:
        """Return who earns the pull request; letter case, order and time-zone offsets are of no account."""
        credit = attribute(pull_request, self.roster, self.policy.rule)
        is_bot = self.policy.is_bot(pull_request.author, self.roster)
        return Attribution(pull_request, self.policy.rule, credit, is_bot)


def attribute(pull_request: PullRequest, roster: Roster, rule: AttributionRule) -> Credit:
    """Split one pull request between its author's teams and the unattributed rest.

    Only the author earns (R8). Shares and rest are rounded together to 6 places by largest remainder, ties by team
    name and the rest last; a part that becomes zero vanishes (R6). Nothing after this rounds.

    >>> from datetime import UTC
    >>> from github_tracker.domain.membership import Membership, Team
    >>> from github_tracker.domain.pull_request import Author, PullRequestState
    >>> roster = Roster((Team("Platform"),), (Membership("Platform", "alice", Decimal("0.6")),))
    >>> noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    >>> opened = PullRequest(1, 7, Author("Alice"), PullRequestState.OPEN, noon, noon, noon)
    >>> credit = attribute(opened, roster, AttributionRule.CREATED)
    >>> [(share.team, str(share.weight)) for share in credit.shares]
    [('Platform', '0.6')]
    >>> [(rest.reason.value, str(rest.weight)) for rest in credit.rest]
    [('part_time', '0.4')]
    """
    author = pull_request.author
    if author is None or author.is_ghost:
        return _GHOST
    person = roster.person_of(author)
    if person is None:
        return _UNKNOWN_LOGIN
    if rule is AttributionRule.EFFORT and (stretch := _stretch_of(pull_request)) is not None:
        return _credit_by_effort(person, *stretch)
    return _credit_at(person.segment_at(deciding_instant(pull_request, rule)))


def deciding_instant(pull_request: PullRequest, rule: AttributionRule) -> datetime:
    """Return the instant whose memberships decide; for `effort`, the one that decides where there is no stretch."""
    if rule is AttributionRule.MERGED and pull_request.merged_at is not None:
        return pull_request.merged_at
    return pull_request.created_at


def _stretch_of(pull_request: PullRequest) -> tuple[datetime, datetime] | None:
    """Return [created_at, merged_at), or None where there is no such stretch."""
    created_at, merged_at = pull_request.created_at, pull_request.merged_at
    return None if merged_at is None or merged_at <= created_at else (created_at, merged_at)


def _credit_at(segment: Segment) -> Credit:
    shares = tuple(Share(held.team, held.weight) for held in segment.memberships if held.weight)
    rest = segment.rest
    return Credit(shares, (Rest(segment.rest_reason, rest),) if rest else ())


def _credit_by_effort(person: Person, created_at: datetime, merged_at: datetime) -> Credit:
    """Average over [created_at, merged_at), exactly: weights times microseconds, divided once."""
    teams: defaultdict[str, Fraction] = defaultdict(Fraction)
    reasons: defaultdict[RestReason, Fraction] = defaultdict(Fraction)
    whole = (merged_at - created_at) // _MICROSECOND
    for segment in person.segments_between(created_at, merged_at):
        starts_at = created_at if segment.starts_at is None else max(created_at, segment.starts_at)
        ends_at = merged_at if segment.ends_at is None else min(merged_at, segment.ends_at)
        part = Fraction((ends_at - starts_at) // _MICROSECOND, whole)
        for held in segment.memberships:
            teams[held.team] += part * Fraction(held.weight)
        reasons[segment.rest_reason] += part * Fraction(segment.rest)
    return round_together(teams, reasons)


def round_together(teams: Mapping[str, Fraction], reasons: Mapping[RestReason, Fraction]) -> Credit:
    """Round shares and rest to 6 places so that their sum is kept, by largest remainder (R6).

    Ties go to the team whose name comes first, the rest last. A sum that is no multiple of a unit, which only
    over-allocation can give, is itself rounded to the nearest one, half up.
    """
    names = sorted(teams)
    codes = sorted(reasons)
    exact = [teams[name] * _UNITS for name in names] + [reasons[code] * _UNITS for code in codes]
    units = [amount.numerator // amount.denominator for amount in exact]
    missing = int(sum(exact, Fraction(1, 2)) // 1) - sum(units)
    by_remainder = sorted(range(len(exact)), key=lambda place: (units[place] - exact[place], place))
    for place in by_remainder[:missing]:
        units[place] += 1
    weights = [_weight(amount) for amount in units]
    shares = tuple(Share(name, weight) for name, weight in zip(names, weights, strict=False) if weight)
    rest = tuple(Rest(code, weight) for code, weight in zip(codes, weights[len(names) :], strict=True) if weight)
    return Credit(shares, rest)


def _weight(units: int) -> Decimal:
    return Decimal(units).scaleb(-WEIGHT_PLACES)


_GHOST = Credit((), (Rest(RestReason.GHOST, Decimal(1)),))
_UNKNOWN_LOGIN = Credit((), (Rest(RestReason.UNKNOWN_LOGIN, Decimal(1)),))
