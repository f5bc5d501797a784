"""The role of the store for facts and shares: one page of them at a time, with the checkpoint, or nothing."""

from abc import ABC, abstractmethod
from collections.abc import Generator

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import PullRequest


@frozen
class AttributedPage:
    """Everything of one page that is to be stored together."""

    repository_id: int
    attributions: tuple[Attribution, ...]
    """A pull request that stands in it several times counts once, by R12."""
    roster_version: int
    """With which the shares were computed."""
    checkpoint: Checkpoint
    state_version: int
    """Of the repository's state that the page continues."""


@frozen
class PageStored:
    """What storing a page changed."""

    state_version: int
    """To continue with."""
    facts_changed: int
    shares_changed: int
    """Shares and rests written or removed."""
    facts_repaired: int = 0
    """Changed facts that lay behind the stored watermark and its overlap, where no increment would look again."""
    facts_dropped: int = 0
    """Pull requests of the page that ended before the retention floor, whether anything was stored of them or not."""


class MetricsRepository(ABC):
    """Keeps the facts of all authors and the shares that follow from them."""

    @abstractmethod
    def store_page(self, page: AttributedPage) -> PageStored:
        """Store facts, shares and checkpoint in one transaction.

        Storing twice leaves one row and writes nothing the second time; older observations do not overwrite newer
        ones (R12); shares that no longer hold are removed. The watermark never decreases. What ended before the
        retention floor is not stored; where it supersedes a stored one, that is removed, and counts as changed.
        Raises RosterChangedError or StateChangedError if either version is no longer the stored one, and
        ContradictedFactError for another created_at; then nothing is stored.
        """

    @abstractmethod
    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Yield the stored facts of one repository by number, without holding them all in memory.

        Close it if it is not read to its end: it holds a connection.
        """

    @abstractmethod
    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Return the stored attribution of one pull request, or None if it is not known."""
