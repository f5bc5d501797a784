"""One repository's collection: page after page, each attributed and stored before the next is asked for."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Lock
from typing import Final

from attrs import evolve, frozen

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.errors import ContradictedFactError, GitHubTrackerError
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.errors import (
    LimitedSourceError,
    OutOfTimeError,
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
        self._loading = Lock()
        self._in_force: RosterInForce | None = None

    def collect(
        self, state: CollectionState, report: RepositoryReport, deadline: datetime | None
    ) -> tuple[RepositoryReport, GitHubTrackerError | None]:
        """Collect what the state has not seen; return the report, and the fault that ended it if one did.

        A repository found under another name, or one whose checkpoint another run has moved, is gone on with from
        there, a few times at most.
        """
        progress = _Progress(report, state)
        try:
            return self._follow(progress, stop_before(deadline)), None
        except (PortError, ContradictedFactError) as exc:
            # Those of asking where to go on are among them: they are this repository's trouble, not the run's.
            return report_of(progress.report, exc), exc

    def _follow(self, progress: "_Progress", stop_at: datetime | None) -> RepositoryReport:
        for _ in range(_MOST_MOVES):
            try:
                return self._read_up_to_now(progress, stop_at)
            except RepositoryMovedError as exc:
                progress.add_requests(exc.requests)
                found = self._found_instead(exc.found, progress, stop_at)
                progress.follow(self._ports.collection.register(found, progress.report.name))
            except StateChangedError:
                progress.go_on_from(self._ports.collection.find(progress.report.name) or progress.state)
        return _deferred(progress.report, "overtaken", "another run is collecting it; the next run goes on")

    def _read_up_to_now(self, progress: "_Progress", stop_at: datetime | None) -> RepositoryReport:
        """Read to the end; a reading that another run began is followed by what changed since that run.

        Without this, the report would say complete of a repository whose changes of hours are still unread. What
        changes while it is read is the next run's: to wait till nothing does could go on for ever.
        """
        is_cut = progress.state.checkpoint.is_cut
        report = self._read_pages(progress, stop_at)
        if is_cut and report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED):
            return self._read_pages(progress, stop_at)
        return report

    def _found_instead(self, found: Repository, progress: "_Progress", stop_at: datetime | None) -> Repository:
        """Return what is to be read now: what the configured name leads to, not what took over a later name.

        A repository that was renamed is asked for by its new name. If another one bears that by now, it may be one
        that nobody configured.
        """
        known = progress.state.repository
        if found.id == known.id or known.full_name.lower() == progress.report.name.lower():
            return found
        resolved = self._ports.source.resolve(progress.report.name, stop_at)
        progress.add_requests(resolved.requests)
        return resolved.repository

    def _read_pages(self, progress: "_Progress", stop_at: datetime | None) -> RepositoryReport:
        state = progress.state
        if (deferred := self._deferred_by(progress, stop_at)) is not None:
            return deferred
        with ExitStack() as claim:
            is_claimed = False
            for page in self._ports.source.pages(state.repository, state.checkpoint, stop_at):
                # Before anything can go wrong with the page: what was sent was sent.
                progress.add_requests(page.requests)
                if not (is_claimed or page.is_last):
                    # Only now: most runs find one page, and need no claim. Before it is stored: moving the checkpoint
                    # would send the other run back to it.
                    is_claimed = claim.enter_context(self._ports.collection.claim(state.repository.id))
                    if not is_claimed:
                        return _deferred(progress.report, "claimed", "another run is collecting it")
                self._add(page, progress)
                if page.is_last:
                    return progress.finished()
                if (deferred := self._deferred_by(progress, stop_at)) is not None:
                    return deferred
        raise AssertionError("a source marks its last page or raises")

    def _add(self, page: FactPage, progress: "_Progress") -> None:
        is_new = bool(page.facts) or page.checkpoint != progress.state.checkpoint
        progress.add_page(page, self._store(page, progress) if is_new else PageStored(progress.state.version, 0, 0))
        report = progress.report
        self._ports.telemetry.observe(PageCollected(report.name, report.facts_seen, report.facts_changed))

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
                        attributions=tuple(attributor.attribute(in_force.disguise.fact(fact)) for fact in page.facts),
                        roster_version=in_force.version,
                        checkpoint=page.checkpoint,
                        state_version=progress.state.version,
                    )
                )
            except RosterChangedError:
                self._forget(in_force)
        raise RosterChangedError("the roster changes faster than a page can be stored")

    @property
    def roster_version(self) -> int:
        """Of the roster that was last read; 0 before."""
        return 0 if self._in_force is None else self._in_force.version

    def _current_roster(self) -> RosterInForce:
        """One thread loads it for all; the versions are compared when a page is stored, so it cannot be wrong."""
        with self._loading:
            if self._in_force is None:
                self._in_force = self._ports.rosters.in_force()
            return self._in_force

    def _forget(self, outdated: RosterInForce) -> None:
        with self._loading:
            # Another thread may have loaded the next one already.
            if self._in_force is outdated:
                self._in_force = None


def stop_before(deadline: datetime | None) -> datetime | None:
    """Return the instant at which nothing more may be begun, or be under way at GitHub."""
    return None if deadline is None else deadline - STOP_BEFORE_DEADLINE


def report_of(report: RepositoryReport, fault: GitHubTrackerError) -> RepositoryReport:
    """Return the report of a repository whose collection ended with this fault."""
    if isinstance(fault, SourceError):
        report = evolve(report, requests=report.requests + fault.requests)
    if isinstance(fault, LimitedSourceError):
        return _deferred(report, fault.code, str(fault), fault.retry_at)
    if isinstance(fault, OutOfTimeError):
        return _deferred(report, fault.code, str(fault))
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
            facts_seen=report.facts_seen + len(page.facts),
            facts_changed=report.facts_changed + stored.facts_changed,
            facts_repaired=report.facts_repaired + stored.facts_repaired,
            facts_dropped=report.facts_dropped + stored.facts_dropped,
            shares_changed=report.shares_changed + stored.shares_changed,
            replaced_characters=report.replaced_characters + page.replaced_characters,
            is_empty=report.is_empty or page.is_list_empty,
            requests_left=report.requests_left if page.requests_left is None else page.requests_left,
        )
        self.state = evolve(self.state, checkpoint=page.checkpoint, version=stored.state_version)

    def add_requests(self, requests: int) -> None:
        """Count requests, whatever comes of them."""
        self.report = evolve(self.report, requests=self.report.requests + requests)

    def follow(self, found: CollectionState) -> None:
        """Go on with the repository that was found instead, or under another name."""
        if found.repository.id == self.state.repository.id:
            # A walk that was asked for and had not begun stands in no store yet.
            found = evolve(found, checkpoint=self.state.checkpoint)
        self.go_on_from(found)

    def go_on_from(self, state: CollectionState) -> None:
        """Go on from a stored state."""
        self.report = evolve(self.report, repository_id=state.repository.id)
        self.state = state

    def finished(self) -> RepositoryReport:
        """Return the report of a repository that was read to its end."""
        outcome = Outcome.COMPLETE if self.report.facts_changed else Outcome.UNCHANGED
        return evolve(self.report, outcome=outcome, code=None, message=None)


def _deferred(report: RepositoryReport, code: str, message: str, retry_at: datetime | None = None) -> RepositoryReport:
    return evolve(report, outcome=Outcome.DEFERRED, code=code, message=message, retry_at=retry_at)
