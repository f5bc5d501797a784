"""The role of the store for the collection's own state: which repositories, how far, and what each run did."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from attrs import field, frozen

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunReport

DISPLACED: Final = "#"
"""Stands between the name that a repository lost to another one and its id; GitHub's names never hold it."""


@frozen
class CollectionState:
    """How far one repository's collection has come."""

    repository: Repository
    checkpoint: Checkpoint = field(factory=Checkpoint)
    version: int = 0
    """Counts up with every page that changed something; what compare-and-swap compares."""
    last_outcome: Outcome | None = None
    """How the collection last ended; None before the first time."""
    last_code: str | None = None
    """Why it was deferred or failed, for programs."""
    last_message: str | None = None
    """The same in one line for people."""
    missing_since: datetime | None = None
    """Since when GitHub answers that the repository is not there for us; nothing stored is removed."""

    @property
    def is_displaced(self) -> bool:
        """Whether another repository took its name, so that only GitHub can tell what it is called now."""
        return DISPLACED in self.repository.full_name


@frozen
class NotedOutcome:
    """How and when a repository's collection ended."""

    repository_id: int
    report: RepositoryReport
    at: datetime


class CollectionRepository(ABC):
    """Keeps repositories, their checkpoints and the reports of runs."""

    @abstractmethod
    def find(self, name: str) -> CollectionState | None:
        """Return the state of the repository known by this owner/name, without case, also by a former one."""

    def find_all(self, names: Iterable[str]) -> dict[str, CollectionState]:
        """Return the states of those that are known, by the name asked for; a store may look for all at once."""
        found = ((name, self.find(name)) for name in names)
        return {name: state for name, state in found if state is not None}

    @abstractmethod
    def states(self) -> tuple[CollectionState, ...]:
        """Return the states of all known repositories, by name without case."""

    @abstractmethod
    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make a repository known under GitHub's and the configured name, and return its state.

        Registering twice leaves one repository. A new full_name renames it, in the shares as well. A name that
        another repository held is taken from that one, which stays known by its id and is displaced.
        """

    @abstractmethod
    def claim(self, repository_id: int) -> AbstractContextManager[bool]:
        """Claim the repository for one run while the context lasts; False if another run holds it.

        It only saves work, so it never raises: what cannot be found out counts as held. Two runs that both hold it
        are kept apart by compare-and-swap when they store their pages.
        """

    @abstractmethod
    def record_outcome(self, repository_id: int, report: RepositoryReport, at: datetime) -> None:
        """Note how and when the repository's collection ended; what is noted already is not written again."""

    def record_outcomes(self, outcomes: Iterable[NotedOutcome]) -> None:
        """Note how several repositories' collections ended, as `record_outcome` does; a store may do it at once."""
        for noted in outcomes:
            self.record_outcome(noted.repository_id, noted.report, noted.at)

    @abstractmethod
    def record_run(self, report: RunReport) -> None:
        """Keep the report of one run."""

    @abstractmethod
    def latest_run(self) -> RunReport | None:
        """Return the report of the run that finished last, or None before the first."""
