"""How a pull request looked before its history was over: what a collector that comes in between would be shown."""

from datetime import datetime

from attrs import evolve

from github_tracker.domain.pull_request import PullRequest, PullRequestState


def seen_at(pull_request: PullRequest, instant: datetime) -> PullRequest | None:
    """Return the pull request as it stood at that instant; None if it had not been opened yet.

    Its history has three steps: opened at created_at, merged or closed at closed_at, touched last at updated_at.
    """
    if instant < pull_request.created_at:
        return None
    if instant >= pull_request.updated_at:
        return pull_request
    if pull_request.closed_at is not None and instant >= pull_request.closed_at:
        return evolve(pull_request, updated_at=pull_request.closed_at)
    return evolve(
        pull_request,
        state=PullRequestState.OPEN,
        updated_at=pull_request.created_at,
        merged_at=None,
        closed_at=None,
        merge_commit=None,
    )
