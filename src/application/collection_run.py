"""One run at work: from a configured name to a collected repository, each as far as it goes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Lock
from typing import Final

from attrs import evolve

from github_tracker.application.collect_repository import (
    CollectionPorts,
    RepositoryCollector,
    report_of,
    stop_before,
)
from github_tracker.application.identification import Identification, Identified, Target
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.collection_repository import CollectionState, NotedOutcome
from github_tracker.ports.errors import (
    PortError,
    SchemaError,
    SecretUnavailableError,
    StorageError,
    StorageUnavailableError,
    UnauthorisedError,
)
from github_tracker.ports.telemetry import RepositoryFinished

REWALK_EVERY: Final = timedelta(days=7)
"""How often a repository is walked over from the start, to find what was hidden or changed behind our back."""

_OUTCOMES_AT_A_TIME: Final = 20
"""Most repositories end as the last time, which need not be asked one by one; and little is lost with a run that is
killed."""


class CollectionRun:
    """What the threads of one run share; of a run that many workers share, what one of them does."""

    def __init__(
        self,
        ports: CollectionPorts,
        identification: Identification,
        deadline: datetime | None = None,
        is_full: bool = False,
    ) -> None:
        self._deadline = deadline
        self._is_full = is_full
        self._ports = ports
        self._identification = identification
        self._known: Mapping[str, CollectionState] | None = None
        self._unknowable: StorageError | None = None
        self._outcomes: list[NotedOutcome] = []
        self._lock = Lock()
        self._stop = Flag()
        self._is_store_gone = False
        self._collector = RepositoryCollector(ports, self._stop)

    @property
    def is_stopped(self) -> bool:
        """Whether something happened after which no repository can fare better."""
        return self._stop.is_set()

    @property
    def roster_version(self) -> int:
        """Of the roster that pages were last attributed by; 0 if none was stored."""
        return self._collector.roster_version

    def stop(self) -> None:
        """End every repository with the page that it is at, and begin no other."""
        self._stop.set()

    def look_up(self, names: Sequence[str]) -> None:
        """Find what is stored of all names with one question; if that fails, no name leads anywhere."""
        try:
            self._known = self._identification.known(names)
        except StorageError as exc:
            self._unknowable = exc

    def identify(self, name: str) -> Identified:
        """Find which repository a name leads to, and register it; what goes wrong stays with that name."""
        identified = Identified(RepositoryReport(name, Outcome.FAILED))
        if self.is_stopped:
            return Identified(_not_begun(identified.report))
        try:
            if self._unknowable is not None:
                raise self._unknowable
            known = self._identification.known((name,)) if self._known is None else self._known
            identified = self._identification.identify(identified.report, known.get(name), stop_before(self._deadline))
            return self._identification.registered(identified)
        except PortError as exc:
            self._stop_if_hopeless(exc)
            return Identified(report_of(identified.report, exc))

    def target(self, group: list[Identified]) -> Target:
        """Register what was found; what goes wrong stays with those names."""
        report = evolve(group[0].report, requests=sum(entry.report.requests for entry in group))
        if self.is_stopped:
            return Target(report if report.code else _not_begun(report), None)
        try:
            return self._identification.target(group)
        except PortError as exc:
            self._stop_if_hopeless(exc)
            return Target(report_of(report, exc), None)

    def collect(self, target: Target) -> RepositoryReport:
        """Collect one repository and return its report; nothing that happens to it reaches another."""
        report = target.report
        if target.state is not None and self.is_stopped:
            report = _not_begun(report)
        elif target.state is not None:
            report, fault = self._collector.collect(self._prepared(target.state), report, self._deadline)
            self._stop_if_hopeless(fault)
            # By the id that was found at last: the name may have come to lead to another repository meanwhile.
            self._note(report.repository_id or target.state.repository.id, report)
        self._ports.telemetry.observe(RepositoryFinished(report))
        return report

    def _prepared(self, state: CollectionState) -> CollectionState:
        """Return the state to go on from: at the start of history if a walk is asked for or due."""
        is_due = state.checkpoint.is_walk_due(self._ports.clock.now(), REWALK_EVERY)
        return evolve(state, checkpoint=state.checkpoint.for_walk()) if self._is_full or is_due else state

    def note_outcomes(self) -> None:
        """Write down how the repositories ended whose end is not written down yet; a failure of that is no failure."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        if not outcomes or self._is_store_gone:
            # Each attempt would wait for the database to come back.
            return
        try:
            self._ports.collection.record_outcomes(outcomes)
        except StorageError as exc:
            self._stop_if_hopeless(exc)

    def _note(self, repository_id: int, report: RepositoryReport) -> None:
        with self._lock:
            self._outcomes.append(NotedOutcome(repository_id, report, self._ports.clock.now()))
            are_many = len(self._outcomes) >= _OUTCOMES_AT_A_TIME
        if are_many:
            self.note_outcomes()

    def _stop_if_hopeless(self, fault: Exception | None) -> None:
        if isinstance(fault, StorageUnavailableError):
            self._is_store_gone = True
        if isinstance(fault, UnauthorisedError | SecretUnavailableError | SchemaError | StorageUnavailableError):
            self.stop()


def _not_begun(report: RepositoryReport) -> RepositoryReport:
    return evolve(report, code="stopped", message="not begun, since the run had to stop")
