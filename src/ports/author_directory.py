"""The role of the store for roster hygiene: who opened how many pull requests, and when."""

from abc import ABC, abstractmethod
from collections.abc import Generator

from github_tracker.domain.hygiene import AuthorActivity


class AuthorDirectory(ABC):
    """Knows the authors of the stored facts; for the operator who keeps the roster, and nobody else (R14)."""

    @abstractmethod
    def activities(self) -> Generator[AuthorActivity]:
        """Yield one for each login as spelled, numeric id and account type, in this order, what is unknown first.

        Logins stand in the order of their code points. Pull requests whose author GitHub no longer names are left
        out. Counting is the store's work: no pull request is read here. Close it if it is not read to its end: it
        holds a connection.
        """
