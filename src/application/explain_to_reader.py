"""Explain a pull request to a reader who may be restricted to some teams: what the others have in it stays out."""

from attrs import frozen

from github_tracker.application.explain import (
    ExplainedPullRequest,
    ExplainPullRequest,
    UnknownPullRequestError,
    UnknownRepositoryError,
)
from github_tracker.domain.attribution import Share
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.explanation import ConsideredMembership, Counting, DecidingTime, Standing, TeamSum
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.team_directory import TeamDirectory, VisibleTeams


class NotStoredError(GitHubTrackerError):
    """No such pull request is stored, or no team in the reader's reach has a part in it; which is not told."""

    def __init__(self) -> None:
        super().__init__("no such pull request is stored")


@frozen
class PartialExplanation:
    """What a reader of some teams may know of how a pull request is credited.

    Neither the rest nor any sum: together with a team's own share they tell what the others earned.
    """

    repository: Repository
    roster_version: int
    policy: AttributionPolicy
    pull_request: PullRequest
    is_bot: bool
    time: DecidingTime
    counting: Counting
    memberships: tuple[ConsideredMembership, ...]
    """The author's, in those teams."""
    teams: tuple[TeamSum, ...]
    """What those teams earn."""
    stored: tuple[Share, ...]
    """What is stored that they earn."""


class ExplainToReader:
    """Answers why a team earned a pull request."""

    def __init__(
        self,
        explain: ExplainPullRequest,
        collection: CollectionRepository,
        metrics: MetricsRepository,
        directory: TeamDirectory,
    ) -> None:
        self._explain = explain
        self._directory = directory
        self._collection = collection
        self._metrics = metrics

    def __call__(self, name: str, number: int, visible: VisibleTeams) -> ExplainedPullRequest | PartialExplanation:
        """Explain the pull request, to a reader of some teams only their part in it. Raises NotStoredError.

        A team has a part in it if a membership of the author's held in the time that decides.
        """
        self._refuse_unknown(name, number)
        before = self._names(visible)
        try:
            explained = self._explain(name, number)
        except (UnknownPullRequestError, UnknownRepositoryError) as exc:
            raise NotStoredError from exc
        # Whoever was renamed meanwhile is left out: which of the two teams the explanation names cannot be told.
        return explained if visible is None else _part_of(explained, before & self._names(visible))

    def _names(self, visible: VisibleTeams) -> frozenset[str]:
        return frozenset() if visible is None else frozenset(team.name for team in self._directory.teams(visible))

    def _refuse_unknown(self, name: str, number: int) -> None:
        """Whoever asks for what is not there gets no hints, which are dear to find: neighbours, likely names."""
        state = self._collection.find(name)
        if state is None or self._metrics.attribution(state.repository.id, number) is None:
            raise NotStoredError


def _part_of(explained: ExplainedPullRequest, visible: frozenset[str]) -> PartialExplanation:
    explanation = explained.explanation
    memberships = tuple(entry for entry in explanation.memberships if entry.membership.team in visible)
    if not any(entry.standing in (Standing.HELD, Standing.HELD_PARTLY) for entry in memberships):
        raise NotStoredError
    return PartialExplanation(
        repository=explained.repository,
        roster_version=explained.roster_version,
        policy=explanation.policy,
        pull_request=explanation.attribution.pull_request,
        is_bot=explanation.attribution.is_bot,
        time=explanation.time,
        counting=explanation.counting,
        memberships=memberships,
        teams=tuple(entry for entry in explanation.teams if entry.team in visible),
        stored=tuple(share for share in explained.stored.shares if share.team in visible),
    )
