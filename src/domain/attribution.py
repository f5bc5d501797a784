"""attribute(): pull request x roster x rule -> shares and rest that add up to exactly 1 (R6, R7, R8)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from github_tracker.domain.credit import Credit, Rest, RestReason, Share, round_together
from github_tracker.domain.membership import WEIGHT_PLACES
from github_tracker.domain.person import Person, Segment
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster

__all__ = [
    "Attribution",
    "Attributor",
    "Credit",
    "Rest",
    "Share",
    "Stretch",
    "attribute",
    "deciding_time",
    "exact_sums",
    "person_behind",
    "round_together",
    "stretches_of",
]

_MICROSECOND = timedelta(microseconds=1)
_GHOST = Credit((), (Rest(RestReason.GHOST, Decimal(1)),))
_UNKNOWN_LOGIN = Credit((), (Rest(RestReason.UNKNOWN_LOGIN, Decimal(1)),))


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
    segment: Segment
    length: int
    """In microseconds; 1 where a single instant decides."""
    whole_length: int
    """The same of the whole deciding time."""

    @property
    def part(self) -> Fraction:
        """Of the whole deciding time, in (0, 1]."""
        return Fraction(self.length, self.whole_length)


@frozen(eq=False)
class Attributor:
    """Attributes by one roster and one policy; pure, so the same pull request always gets the same answer."""

    roster: Roster
    policy: AttributionPolicy

    def attribute(self, pull_request: PullRequest) -> Attribution:
        """Return who earns the pull request; letter case, order and time-zone offsets are of no account."""
        policy = self.policy
        person = person_behind(pull_request, self.roster)
        if person is not None:
            # Whoever is on the roster is no bot (R11).
            return Attribution(pull_request, policy.rule, _credit_of(person, pull_request, policy.rule), is_bot=False)
        author = pull_request.author
        if author is None or author.is_ghost:
            return Attribution(pull_request, policy.rule, _GHOST, is_bot=False)
        return Attribution(pull_request, policy.rule, _UNKNOWN_LOGIN, policy.shows_a_bot(author))


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
    if person is not None:
        return _credit_of(person, pull_request, rule)
    return _GHOST if pull_request.author is None or pull_request.author.is_ghost else _UNKNOWN_LOGIN


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
        return (Stretch(starts_at, ends_at, person.segment_at(starts_at), 1, 1),)
    whole = (ends_at - starts_at) // _MICROSECOND
    stretches = []
    for segment in person.segments_between(starts_at, ends_at):
        since = starts_at if segment.starts_at is None else max(starts_at, segment.starts_at)
        until = ends_at if segment.ends_at is None else min(ends_at, segment.ends_at)
        stretches.append(Stretch(since, until, segment, (until - since) // _MICROSECOND, whole))
    return tuple(stretches)


def exact_sums(stretches: Iterable[Stretch]) -> tuple[dict[str, Fraction], dict[RestReason, Fraction]]:
    """Return what teams earn and what is left over by reason, averaged exactly: each weight by its part of the time.

    The rest is averaged by itself: a time above 1 does not make up for a time below 1 (R7).
    """
    # In whole units times microseconds, for adding up fractions takes many times as long.
    teams: defaultdict[str, int] = defaultdict(int)
    reasons: defaultdict[RestReason, int] = defaultdict(int)
    whole = 1
    for stretch in stretches:
        whole = stretch.whole_length
        for share in stretch.segment.credit.shares:
            teams[share.team] += stretch.length * _units(share.weight)
        for rest in stretch.segment.credit.rest:
            reasons[rest.reason] += stretch.length * _units(rest.weight)
    whole *= 10**WEIGHT_PLACES
    return (
        {team: Fraction(amount, whole) for team, amount in teams.items()},
        {reason: Fraction(amount, whole) for reason, amount in reasons.items()},
    )


def _credit_of(person: Person, pull_request: PullRequest, rule: AttributionRule) -> Credit:
    starts_at, ends_at = deciding_time(pull_request, rule)
    segment = person.segment_at(starts_at)
    if segment.lasts_until(ends_at):
        # Also where a time is averaged: nothing changes in it.
        return segment.credit
    return round_together(*exact_sums(stretches_of(person, starts_at, ends_at)))


def _units(weight: Decimal) -> int:
    return int(weight.scaleb(WEIGHT_PLACES))
