"""One repository's collection: page after page, each attributed and stored before the next is asked for."""

from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final

from attrs import evolve, frozen

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.errors import ContradictedFactError, GitHubTrackerError
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import (
    LimitedSourceError,
    PortError,
    RepositoryMovedError,
    RosterChangedError,
    SourceError,
    StateChangedError,
)
from github_tracker.ports.github_source import FactPage, GitHubSource
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository
from github_tracker.ports.telemetry import PageCollected, Telemetry

STOP_BEFORE_DEADLINE: Final = timedelta(seconds=10)
"""No page is begun later than this before the deadline."""

_MOST_MOVES: Final = 3
_MOST_ROSTER_CHANGES: Final = 10


@frozen
class CollectionPorts:
    """What collecting needs of the outside world."""

    source: GitHubSource
    rosters: RosterRepository
    metrics: MetricsRepository
    collection: CollectionRepository
    clock: Clock
    telemetry: Telemetry


class RepositoryCollector:
    """Collects one repository at a time; used by several threads, each with another repository."""

    def __init__(self, ports: CollectionPorts, stop: Flag) -> None:
        self._ports = ports
        self._stop = stop
        self._in_force: RosterInForce | None = None

    def collect(
        self, state: CollectionState, report: RepositoryReport, deadline: datetime | None
    ) -> tuple[RepositoryReport, GitHubTrackerError | None]:
        """Collect what the state has not seen; return the report, and the fault that ended it if one did.

        A repository found under another name, or one whose checkpoint another run has moved, is gone on with from
        there, a few times at most.
        """
        for _ in range(_MOST_MOVES):
            progress = _Progress(report, state)
            try:
                return self._read_pages(progress, deadline), None
            except RepositoryMovedError as exc:
                progress.add_requests(exc.requests)
                state = self._ports.collection.register(exc.found, report.name)
                report = evolve(progress.report, repository_id=state.repository.id)
                if state.repository.id == progress.state.repository.id:
                    # A walk that was asked for and had not begun stands in no store yet.
                    state = evolve(state, checkpoint=progress.state.checkpoint)
            except StateChangedError:
                report = progress.report
                state = self._ports.collection.find(state.repository.full_name) or state
            except (PortError, ContradictedFactError) as exc:
                return report_of(progress.report, exc), exc
        return _deferred(report, "overtaken", "another run is collecting it; the next run goes on"), None

    def _read_pages(self, progress: "_Progress", deadline: datetime | None) -> RepositoryReport:
        state = progress.state
        stop_at = None if deadline is None else deadline - STOP_BEFORE_DEADLINE
        if (deferred := self._deferred_by(progress, stop_at)) is not None:
            return deferred
        for page in self._ports.source.pages(state.repository, state.checkpoint, stop_at):
            progress.add_page(page, self._store(page, progress))
            self._ports.telemetry.observe(
                PageCollected(progress.report.name, progress.report.facts_seen, progress.report.facts_changed)
            )
            if page.is_last:
                return progress.finished()
            if (deferred := self._deferred_by(progress, stop_at)) is not None:
                return deferred
        raise AssertionError("a source marks its last page or raises")

    def _deferred_by(self, progress: "_Progress", stop_at: datetime | None) -> RepositoryReport | None:
        """Return the report of a repository whose next page must not be begun; None if it may."""
        if self._stop.is_set():
            return _deferred(progress.report, "stopped", "the run had to stop; the next run goes on from here")
        if stop_at is not None and self._ports.clock.now() >= stop_at:
            return _deferred(progress.report, "deadline", "no time left; the next run goes on from here")
        return None

    def _store(self, page: FactPage, progress: "_Progress") -> PageStored:
        """Store the page with shares of the roster in force, computed again if it changes meanwhile."""
        for _ in range(_MOST_ROSTER_CHANGES):
            in_force = self._current_roster()
            attributor = Attributor(in_force.roster, in_force.policy)
            try:
                return self._ports.metrics.store_page(
                    AttributedPage(
                        repository_id=progress.state.repository.id,
                        attributions=tuple(map(attributor.attribute, page.facts)),
                        roster_version=in_force.version,
                        checkpoint=page.checkpoint,
                        state_version=progress.state.version,
                    )
                )
            except RosterChangedError:
                self._in_force = None
        raise RosterChangedError("the roster changes faster than a page can be stored")

    def _current_roster(self) -> RosterInForce:
        """Two threads may both load it; the versions are compared when a page is stored, so neither can be wrong."""
        in_force = self._in_force
        if in_force is None:
            in_force = self._in_force = self._ports.rosters.in_force()
        return in_force


def report_of(report: RepositoryReport, fault: GitHubTrackerError) -> RepositoryReport:
    """Return the report of a repository whose collection ended with this fault."""
    if isinstance(fault, SourceError):
        report = evolve(report, requests=report.requests + fault.requests)
    if isinstance(fault, LimitedSourceError):
        return _deferred(report, fault.code, str(fault), fault.retry_at)
    code = fault.code if isinstance(fault, PortError) else "malformed"
    return evolve(report, outcome=Outcome.FAILED, code=code, message=str(fault))


class _Progress:
    """What has been done so far for one repository."""

    def __init__(self, report: RepositoryReport, state: CollectionState) -> None:
        self.report = report
        self.state = state

    def add_page(self, page: FactPage, stored: PageStored) -> None:
        """Count a stored page, and continue from the state it left."""
        report = self.report
        self.report = evolve(
            report,
            pages=report.pages + 1,
            requests=report.requests + page.requests,
            facts_seen=report.facts_seen + len(page.facts),
            facts_changed=report.facts_changed + stored.facts_changed,
            facts_repaired=report.facts_repaired + stored.facts_repaired,
            shares_changed=report.shares_changed + stored.shares_changed,
            replaced_characters=report.replaced_characters + page.replaced_characters,
            is_empty=report.is_empty or page.is_list_empty,
            requests_left=report.requests_left if page.requests_left is None else page.requests_left,
        )
        self.state = evolve(self.state, checkpoint=page.checkpoint, version=stored.state_version)

    def add_requests(self, requests: int) -> None:
        """Count requests that brought no page."""
        self.report = evolve(self.report, requests=self.report.requests + requests)

    def finished(self) -> RepositoryReport:
        """Return the report of a repository that was read to its end."""
        outcome = Outcome.COMPLETE if self.report.facts_changed else Outcome.UNCHANGED
        return evolve(self.report, outcome=outcome, code=None, message=None)


def _deferred(report: RepositoryReport, code: str, message: str, retry_at: datetime | None = None) -> RepositoryReport:
    return evolve(report, outcome=Outcome.DEFERRED, code=code, message=message, retry_at=retry_at)
