"""The role of the store for whoever compares: everything that is stored about every pull request, as one stream."""

from abc import ABC, abstractmethod
from collections.abc import Generator

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.roster_change import AffectedAuthors


class AttributionReader(ABC):
    """Gives out facts with the shares and rests that are stored for them, of all repositories."""

    @abstractmethod
    def attributions(self, authors: AffectedAuthors | None = None) -> Generator[Attribution]:
        """Yield the stored attributions of these authors' pull requests, of everybody's for None.

        They come by repository id and number, bots and ghosts among them, as they stood at one instant: what is
        written while they are read is not seen. They are never all in memory at once, nor is a share without its fact.
        Close it if it is not read to its end: it holds a connection.
        """

    @abstractmethod
    def repositories(self) -> tuple[Repository, ...]:
        """Return every known repository under its name of today, by id."""
