"""explain(): why a pull request's shares are what they are, put together from the code that computes them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from attrs import frozen

from github_tracker.domain.attribution import (
    Attribution,
    Attributor,
    Stretch,
    deciding_time,
    exact_sums,
    person_behind,
    stretches_of,
)
from github_tracker.domain.instants import month_of, time_zone, week_of
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import Person, RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, login_key
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import merged_by_people


class TimeBasis(StrEnum):
    """Why this time decides (R7)."""

    CREATED = "created"
    """The rule is `created`."""
    MERGED = "merged"
    """The rule is `merged`, and it has merged."""
    EFFORT = "effort"
    """The rule is `effort`: the whole time from created_at to merged_at."""
    NOT_MERGED = "not_merged"
    """The rule asks for merged_at and there is none: created_at decides."""
    NO_TIME_BETWEEN = "no_time_between"
    """The rule is `effort`, but merged_at is not after created_at: created_at decides."""


class FoundBy(StrEnum):
    """By what an author was found on the roster (R2)."""

    GITHUB_ID = "github_id"
    LOGIN = "login"
    """An entry's username."""
    ALIAS = "alias"
    """Another login of the same person."""


class Standing(StrEnum):
    """Whether a membership held in the time that decides (R1)."""

    HELD = "held"
    HELD_PARTLY = "held_partly"
    NOT_YET = "not_yet"
    """It began afterwards."""
    ENDED = "ended"
    """It had ended."""


class Exclusion(StrEnum):
    """Why a pull request is left out of velocity and lead time (R10, R11)."""

    NOT_MERGED = "not_merged"
    BOT = "bot"


@frozen
class DecidingTime:
    """The time whose memberships decide, and why it is this one."""

    starts_at: datetime
    ends_at: datetime
    """Does not count itself; the same as starts_at where that single instant decides."""
    basis: TimeBasis

    @property
    def is_instant(self) -> bool:
        """Whether a single instant decides."""
        return self.starts_at == self.ends_at


@frozen
class Finding:
    """Whether the author was found on the roster, and by what."""

    found_by: FoundBy | None
    """None: not found."""
    entry: Membership | None
    """One that shows it: it holds that github_id or login. None where the author was not found."""
    namesake: Membership | None = None
    """Of somebody else with another github_id, whose login the author, who was not found, bears now (R2)."""


@frozen
class ConsideredMembership:
    """One membership of the author's, with what it contributed."""

    membership: Membership
    standing: Standing
    held: Fraction
    """The part of the deciding time in which it held, from 0 to 1."""

    @property
    def earned(self) -> Fraction:
        """Its weight times the part of the time in which it held, exactly."""
        return self.held * Fraction(self.membership.weight)


@frozen
class TeamSum:
    """What one team earns, before and after rounding (R6)."""

    team: str
    exact: Fraction
    rounded: Decimal
    """0 where it vanished."""


@frozen
class RestSum:
    """What is left over for one reason, before and after rounding (R6)."""

    reason: RestReason
    exact: Fraction
    rounded: Decimal
    """0 where it vanished."""


@frozen
class Counting:
    """Whether a pull request counts in the default figures, and where (R9, R10, R11)."""

    exclusion: Exclusion | None
    """None: it counts."""
    week: date | None
    """The Monday of the week that it counts in, in the reporting time zone."""
    month: date | None
    """The first day of the month that it counts in, in the reporting time zone."""

    @property
    def is_counted(self) -> bool:
        """Whether it counts in velocity; in lead time it has an hour of its own only with a cycle time."""
        return self.exclusion is None


@frozen
class Explanation:
    """Everything that led to the shares and the rest of one pull request."""

    attribution: Attribution
    """What attribute() says."""
    policy: AttributionPolicy
    time: DecidingTime
    finding: Finding
    memberships: tuple[ConsideredMembership, ...]
    """All of the author's, ordered by team name, then joined_at; none where the author was not found."""
    stretches: tuple[Stretch, ...]
    """The deciding time, cut where the memberships change; none where the author was not found."""
    teams: tuple[TeamSum, ...]
    """Ordered by team name."""
    rests: tuple[RestSum, ...]
    """Ordered by reason."""
    counting: Counting

    @property
    def total(self) -> Decimal:
        """Shares plus rest as they are stored: 1, or more where over-allocation is allowed (R6)."""
        earned = sum((entry.rounded for entry in self.teams), Decimal(0))
        return sum((entry.rounded for entry in self.rests), earned)

    @property
    def exact_total(self) -> Fraction:
        """The same before rounding."""
        earned = sum((entry.exact for entry in self.teams), Fraction(0))
        return sum((entry.exact for entry in self.rests), earned)


def explain(pull_request: PullRequest, roster: Roster, policy: AttributionPolicy) -> Explanation:
    """Return why the pull request is attributed as it is.

    >>> from datetime import UTC
    >>> from github_tracker.domain.membership import Team
    >>> from github_tracker.domain.pull_request import PullRequestState
    >>> roster = Roster((Team("Platform"),), (Membership("Platform", "alice", aliases=("al",)),))
    >>> noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    >>> opened = PullRequest(1, 7, Author("Al"), PullRequestState.OPEN, noon, noon, noon)
    >>> explanation = explain(opened, roster, AttributionPolicy())
    >>> explanation.finding.found_by.value, explanation.memberships[0].standing.value, explanation.total
    ('alias', 'held', Decimal('1'))
    """
    attribution = Attributor(roster, policy).attribute(pull_request)
    starts_at, ends_at = deciding_time(pull_request, policy.rule)
    person = person_behind(pull_request, roster)
    stretches = () if person is None else stretches_of(person, starts_at, ends_at)
    teams, rests = _sums(attribution, stretches)
    return Explanation(
        attribution=attribution,
        policy=policy,
        time=DecidingTime(starts_at, ends_at, _basis(pull_request, policy.rule)),
        finding=_finding(pull_request.author, person, roster),
        memberships=() if person is None else tuple(_considered(entry, stretches) for entry in person.memberships),
        stretches=stretches,
        teams=teams,
        rests=rests,
        counting=_counting(attribution, policy.time_zone),
    )


def _basis(pull_request: PullRequest, rule: AttributionRule) -> TimeBasis:
    starts_at, ends_at = deciding_time(pull_request, rule)
    if rule is AttributionRule.CREATED:
        return TimeBasis.CREATED
    if pull_request.merged_at is None:
        return TimeBasis.NOT_MERGED
    if rule is AttributionRule.MERGED:
        return TimeBasis.MERGED
    return TimeBasis.EFFORT if starts_at < ends_at else TimeBasis.NO_TIME_BETWEEN


def _finding(author: Author | None, person: Person | None, roster: Roster) -> Finding:
    if author is None or author.is_ghost:
        return Finding(None, None)
    login = author.login_key
    if person is None:
        return Finding(None, None, next((entry for entry in roster.memberships if login in entry.login_keys), None))
    if author.id is not None and author.id == person.github_id:
        return Finding(FoundBy.GITHUB_ID, next(entry for entry in person.memberships if entry.github_id == author.id))
    by_username = next((entry for entry in person.memberships if login_key(entry.login) == login), None)
    if by_username is not None:
        return Finding(FoundBy.LOGIN, by_username)
    return Finding(FoundBy.ALIAS, next(entry for entry in person.memberships if login in entry.login_keys))


def _considered(entry: Membership, stretches: tuple[Stretch, ...]) -> ConsideredMembership:
    held = sum((stretch.part for stretch in stretches if entry in stretch.segment.memberships), Fraction(0))
    if held:
        return ConsideredMembership(entry, Standing.HELD if held == 1 else Standing.HELD_PARTLY, held)
    has_ended = entry.left_at is not None and entry.left_at <= stretches[0].starts_at
    return ConsideredMembership(entry, Standing.ENDED if has_ended else Standing.NOT_YET, held)


def _sums(attribution: Attribution, stretches: tuple[Stretch, ...]) -> tuple[tuple[TeamSum, ...], tuple[RestSum, ...]]:
    """Return all that add up to more than nothing; without stretches the credit is a whole rest, for one reason."""
    teams, rests = exact_sums(stretches)
    shares = {share.team: share.weight for share in attribution.shares}
    left = {rest.reason: rest.weight for rest in attribution.rest}
    if not stretches:
        rests = {reason: Fraction(weight) for reason, weight in left.items()}
    zero = Decimal(0)
    return (
        tuple(TeamSum(team, teams[team], shares.get(team, zero)) for team in sorted(teams) if teams[team]),
        tuple(RestSum(reason, rests[reason], left.get(reason, zero)) for reason in sorted(rests) if rests[reason]),
    )


def _counting(attribution: Attribution, zone_name: str) -> Counting:
    """Ask the reference of velocity and lead time itself whether it counts."""
    zone = time_zone(zone_name)
    for merged_at, _ in merged_by_people([attribution]):
        return Counting(None, week_of(merged_at, zone), month_of(merged_at, zone))
    is_merged = attribution.pull_request.merged_at is not None
    return Counting(Exclusion.BOT if is_merged else Exclusion.NOT_MERGED, None, None)
