"""Explain: why one stored pull request is credited as it is, and whether what is stored says the same."""

from contextlib import closing
from difflib import get_close_matches

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.explanation import Explanation, explain
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.metrics_repository import MetricsRepository
from github_tracker.ports.roster_repository import RosterReader, StandingRoster

_MOST_NAMES = 5
_ATTEMPTS = 5


class UnknownRepositoryError(GitHubTrackerError):
    """Nothing was ever collected of a repository of this name. `known` are some that were, the likeliest first."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        collected = f"; collected are {_some(known)}" if known else ""
        super().__init__(
            f"repository: none is known as {name!r}{collected}. To collect it, add it to REPOSITORIES and run "
            "`github-tracker collect`"
        )
        self.name = name
        self.known = known


class UnknownPullRequestError(GitHubTrackerError):
    """The repository is known, and the number is not. `nearest` are stored numbers, at most one on either side."""

    def __init__(self, repository: str, number: int, nearest: tuple[int, ...]) -> None:
        numbers = " and ".join(f"#{other}" for other in nearest)
        stored = f"the nearest stored {'is' if len(nearest) == 1 else 'are'} {numbers}" if nearest else "none is"
        super().__init__(
            f"pull request: #{number} of {repository} is not stored; {stored}. Issues take numbers too; a new pull "
            "request is there after the next `github-tracker collect`"
        )
        self.repository = repository
        self.number = number
        self.nearest = nearest


@frozen
class ExplainedPullRequest:
    """The explanation of one pull request by the roster in force, beside what is stored."""

    repository: Repository
    roster_version: int
    explanation: Explanation
    stored: Attribution

    @property
    def is_as_stored(self) -> bool:
        """Whether the stored rule, shares, rest and bot flag are those computed now; anything else is a defect."""
        return self.stored == self.explanation.attribution


class ExplainPullRequest:
    """Answers why a team earned a pull request, or did not."""

    def __init__(self, rosters: RosterReader, collection: CollectionRepository, metrics: MetricsRepository) -> None:
        self._rosters = rosters
        self._collection = collection
        self._metrics = metrics

    def __call__(self, name: str, number: int) -> ExplainedPullRequest:
        """Explain the pull request of the repository known by this name, without case, also by a former one.

        Raises UnknownRepositoryError and UnknownPullRequestError, and RosterChangedError if the roster is replaced
        again and again meanwhile.
        """
        state = self._collection.find(name)
        if state is None:
            raise UnknownRepositoryError(name, self._likely_names(name))
        in_force, stored = self._read(state.repository, number)
        return ExplainedPullRequest(
            repository=state.repository,
            roster_version=in_force.version,
            explanation=explain(stored.pull_request, in_force.roster, in_force.policy),
            stored=stored,
        )

    def _read(self, repository: Repository, number: int) -> tuple[StandingRoster, Attribution]:
        """Read the roster on either side of the shares: if it is the same version, they were computed with it."""
        in_force = self._rosters.in_force()
        for _ in range(_ATTEMPTS):
            stored = self._metrics.attribution(repository.id, number)
            if stored is None:
                raise UnknownPullRequestError(repository.full_name, number, self._nearest(repository, number))
            before, in_force = in_force, self._rosters.in_force()
            if before.version == in_force.version:
                return in_force, stored
        raise RosterChangedError(f"the roster was replaced {_ATTEMPTS} times while it was read; try again")

    def _nearest(self, repository: Repository, number: int) -> tuple[int, ...]:
        below = above = None
        with closing(self._metrics.pull_requests(repository.id)) as facts:
            for fact in facts:
                if fact.number > number:
                    above = fact.number
                    break
                below = fact.number
        return tuple(other for other in (below, above) if other is not None)

    def _likely_names(self, name: str) -> tuple[str, ...]:
        """Return names that the last run collected, those that look like the wanted one first."""
        latest = self._collection.latest_run()
        names = {entry.name.lower(): entry.name for entry in latest.repositories} if latest is not None else {}
        close = get_close_matches(name.lower(), names, n=_MOST_NAMES)
        return tuple(names[key] for key in dict.fromkeys((*close, *names)))


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
