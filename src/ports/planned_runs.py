"""The role of the store for runs that many workers share: what is expected of whom, and what came of it."""

from abc import ABC, abstractmethod
from uuid import UUID

from attrs import frozen

from github_tracker.domain.planned_run import OpenRun, Planning, RunPart
from github_tracker.domain.run_report import RepositoryReport
from github_tracker.domain.work import WorkItem


@frozen
class Task:
    """What a run still expects for one repository."""

    latest: RepositoryReport | None = None
    """What was last reported of it in this run; None if nothing was."""


class PlannedRuns(ABC):
    """Keeps planned runs while they last, and their ids for good."""

    @abstractmethod
    def begin(self, planning: Planning) -> bool:
        """Keep a planning and open its run; False, and nothing is kept, if there ever was a run of this id."""

    @abstractmethod
    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return the runs that are not closed, the one that was planned first first."""

    @abstractmethod
    def task(self, item: WorkItem) -> Task | None:
        """Return what is expected; None if the run is closed or unknown, or all is over for this repository in it."""

    @abstractmethod
    def add_part(self, run: UUID, part: RunPart) -> bool:
        """Keep a part and return whether now everything of the run is over.

        Adding the same part twice keeps one. Nothing is kept of a closed run or a repository that it did not plan.
        """

    @abstractmethod
    def close(self, run: UUID) -> bool:
        """Close the run and forget its parts; False if it was not open, so that of several only one is told True."""
