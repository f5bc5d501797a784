"""The role of GitHub: pull requests of one repository, page by page, each page with where to go on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import PullRequest, Repository


@frozen
class FactPage:
    """What one request brought. `checkpoint` is to be stored with the facts or not at all."""

    facts: tuple[PullRequest, ...]
    checkpoint: Checkpoint
    is_last: bool
    """Whether the list is now known to be complete up to the checkpoint's watermark."""
    requests: int
    """HTTP requests that this page took, retries and conditional ones included."""
    requests_left: int | None = None
    """What remains of the hour's limit, if told."""
    limit_resets_at: datetime | None = None
    """When that hour ends, by GitHub's clock, if told."""
    free_requests: int = 0
    """Of `requests`, those that do not count towards the hour's limit: answered by "nothing changed since"."""
    replaced_characters: int = 0
    """NULs and lone surrogates that became U+FFFD."""
    is_list_empty: bool = False
    """Whether this is the answer of a list that holds nothing at all."""


@frozen
class ResolvedRepository:
    """A repository as it stands today, and what asking took."""

    repository: Repository
    requests: int


class GitHubSource(ABC):
    """Gives out pull requests. Safe to be used by several threads, each reading another repository."""

    @abstractmethod
    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the repository that answers to owner/name today, renames followed.

        It takes one request, or it takes two and the walk over an empty list that follows takes none.
        Nothing is waited for past the deadline.
        Raises RepositoryUnavailableError, UnauthorisedError, LimitedSourceError, OutOfTimeError,
        TransientSourceError, MalformedSourceError.
        """

    @abstractmethod
    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the pages that the checkpoint has not seen; each request is sent when its page is asked for.

        An empty checkpoint walks over everything, max(1, ceil(N/100)) requests for N pull requests. With nothing
        new it is one request and one last page. The last page is marked only if everything before it was read:
        a list that breaks off raises. A rate limit is waited for if it ends before the deadline, and an answer that
        has not come by then is given up (OutOfTimeError).
        Raises RepositoryMovedError before any page of the wrong list is given out, and what `resolve` raises.
        """

    def release(self) -> None:  # noqa: B027  # most have nothing to do here
        """Give back what was reserved of GitHub's limits, when nothing more will be asked for a while."""
