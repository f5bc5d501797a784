"""Hand-made values for the unit tests' examples."""

from datetime import UTC, datetime, timedelta

from attrs import evolve

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState
from github_tracker.domain.roster import OverAllocation, Roster

MICROSECOND = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """Return the instant of an ISO text; without an offset it is in UTC."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def opened(author: Author | None, created_at: datetime, number: int = 1) -> PullRequest:
    """Return an open pull request."""
    return PullRequest(1, number, author, PullRequestState.OPEN, created_at, created_at, created_at)


def merged(author: Author | None, created_at: datetime, merged_at: datetime, number: int = 1) -> PullRequest:
    """Return a merged pull request."""
    return with_merged_at(opened(author, created_at, number), merged_at)


def with_merged_at(pull_request: PullRequest, merged_at: datetime | None) -> PullRequest:
    """Return the pull request as if it had merged then, or been closed without merging."""
    state = PullRequestState.CLOSED if merged_at is None else PullRequestState.MERGED
    return evolve(pull_request, state=state, merged_at=merged_at)


def roster_of(*memberships: Membership, over_allocation: OverAllocation = OverAllocation.REFUSE) -> Roster:
    """Return a roster of these memberships with the teams they name."""
    names = sorted({membership.team for membership in memberships})
    return Roster(tuple(map(Team, names)), memberships, over_allocation)


def policy_of(*bot_patterns: str) -> AttributionPolicy:
    """Return the default policy with these patterns of bots."""
    return AttributionPolicy(bot_patterns=bot_patterns)
