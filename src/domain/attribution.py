"""attribute(): pull request x roster x rule -> shares and rest that add up to exactly 1 (R6, R7, R8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


@frozen
class Stretch:
    """A part [starts_at, ends_at) of the time that decides, in which one segment of the author's time lies."""

    starts_at: datetime
    ends_at: datetime
    """The same as starts_at where a single instant decides."""
    part: Fraction
    """Of the whole deciding time, in (0, 1]."""
    segment: Segment


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
    person = person_behind(pull_request, roster)
    if person is None:
        return _GHOST if _is_by_ghost(pull_request) else _UNKNOWN_LOGIN
    starts_at, ends_at = deciding_time(pull_request, rule)
    if starts_at is ends_at:
        return _credit_at(person.segment_at(starts_at))
    return round_together(*exact_sums(stretches_of(person, starts_at, ends_at)))


def person_behind(pull_request: PullRequest, roster: Roster) -> Person | None:
    """Return who on the roster opened it; None for a ghost (R11) and for whoever is on no entry."""
    author = pull_request.author
    return None if author is None or author.is_ghost else roster.person_of(author)


def deciding_time(pull_request: PullRequest, rule: AttributionRule) -> tuple[datetime, datetime]:
    """Return [start, end) of the time whose memberships decide; one and the same instant twice where one decides (R7).

    Under `merged` an unmerged pull request is decided at created_at, and so it is under `effort` where nothing lies
    between created_at and merged_at.
    """
    created_at, merged_at = pull_request.created_at, pull_request.merged_at
    if merged_at is not None and rule is not AttributionRule.CREATED:
        if rule is AttributionRule.MERGED:
            return merged_at, merged_at
        if created_at < merged_at:
            return created_at, merged_at
    return created_at, created_at


def stretches_of(person: Person, starts_at: datetime, ends_at: datetime) -> tuple[Stretch, ...]:
    """Return [starts_at, ends_at) in order, cut where the person's memberships change; of one instant, that instant."""
    if starts_at == ends_at:
        return (Stretch(starts_at, ends_at, Fraction(1), person.segment_at(starts_at)),)
    whole = (ends_at - starts_at) // _MICROSECOND
    stretches = []
    for segment in person.segments_between(starts_at, ends_at):
        since = starts_at if segment.starts_at is None else max(starts_at, segment.starts_at)
        until = ends_at if segment.ends_at is None else min(ends_at, segment.ends_at)
        stretches.append(Stretch(since, until, Fraction((until - since) // _MICROSECOND, whole), segment))
    return tuple(stretches)


def exact_sums(stretches: Iterable[Stretch]) -> tuple[dict[str, Fraction], dict[RestReason, Fraction]]:
    """Return what teams earn and what is left over by reason, averaged exactly: each weight by its part of the time.

    The rest is averaged by itself: a time above 1 does not make up for a time below 1 (R7).
    """
    teams: defaultdict[str, Fraction] = defaultdict(Fraction)
    reasons: defaultdict[RestReason, Fraction] = defaultdict(Fraction)
    for stretch in stretches:
        segment = stretch.segment
        for held in segment.memberships:
            teams[held.team] += stretch.part * Fraction(held.weight)
        reasons[segment.rest_reason] += stretch.part * Fraction(segment.rest)
    return teams, reasons


def _is_by_ghost(pull_request: PullRequest) -> bool:
    return pull_request.author is None or pull_request.author.is_ghost


def _credit_at(segment: Segment) -> Credit:
    """One instant needs no average and no rounding, for the roster's weights are whole units already."""
    shares = tuple(Share(held.team, held.weight) for held in segment.memberships if held.weight)
    rest = segment.rest
    return Credit(shares, (Rest(segment.rest_reason, rest),) if rest else ())


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
