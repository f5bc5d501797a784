"""A run that many workers share: what was planned, what each of them reported, and the one report of it all."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from attrs import evolve, field, frozen

from github_tracker.domain.instants import to_utc
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunReport, run_outcome


@frozen
class Planning:
    """The beginning of a run that workers are to do."""

    run: UUID
    planned_at: datetime = field(converter=to_utc)
    repositories: tuple[str, ...]
    """owner/name each, as configured, no two alike without case."""


@frozen
class RunPart:
    """What one worker did for one repository of the run; a long walk takes several."""

    report: RepositoryReport
    finished_at: datetime = field(converter=to_utc)
    is_over: bool
    """Whether the run expects nothing more of this repository."""


@frozen
class OpenRun:
    """A planned run that is not closed yet, with all that was reported of it so far."""

    planning: Planning
    parts: tuple[RunPart, ...] = ()
    """In the order in which they finished."""

    @property
    def pending(self) -> tuple[str, ...]:
        """The repositories of which something is still expected, in the order of planning."""
        over = {part.report.name for part in self.parts if part.is_over}
        return tuple(name for name in self.planning.repositories if name not in over)

    @property
    def unreported(self) -> tuple[str, ...]:
        """The repositories that no worker came to, in the order of planning."""
        reported = {part.report.name for part in self.parts}
        return tuple(name for name in self.planning.repositories if name not in reported)

    def report(self) -> RunReport:
        """Return the run as one report, the same each time; what no worker came to is deferred, never left out.

        Anomalies and the roster's version are for whoever keeps it.
        """
        by_name: defaultdict[str, list[RepositoryReport]] = defaultdict(list)
        # Another worker may have found the repository held, and note so when the one that held it is done.
        for part in sorted(self.parts, key=lambda part: part.is_over):
            by_name[part.report.name].append(part.report)
        reports = [joined(entries) for entries in by_name.values()] + [_not_reached(name) for name in self.unreported]
        ordered = tuple(sorted(reports, key=lambda report: report.name.lower()))
        return RunReport(
            started_at=self.planning.planned_at,
            finished_at=max([self.planning.planned_at, *(part.finished_at for part in self.parts)]),
            outcome=run_outcome(ordered),
            roster_version=0,
            repositories=ordered,
        )


def joined(reports: Iterable[RepositoryReport]) -> RepositoryReport:
    """Return the reports of one repository, the first first, as one: its last outcome, and the sums of what was done.

    A walk that changed something and whose last part found nothing new is complete, not unchanged.
    """
    first, *others = reports
    whole = first
    for later in others:
        whole = evolve(
            later,
            repository_id=whole.repository_id if later.repository_id is None else later.repository_id,
            pages=whole.pages + later.pages,
            requests=whole.requests + later.requests,
            facts_seen=whole.facts_seen + later.facts_seen,
            facts_changed=whole.facts_changed + later.facts_changed,
            facts_repaired=whole.facts_repaired + later.facts_repaired,
            facts_dropped=whole.facts_dropped + later.facts_dropped,
            shares_changed=whole.shares_changed + later.shares_changed,
            replaced_characters=whole.replaced_characters + later.replaced_characters,
            requests_left=whole.requests_left if later.requests_left is None else later.requests_left,
            is_empty=whole.is_empty or later.is_empty,
        )
    if whole.outcome is Outcome.UNCHANGED and whole.facts_changed:
        return evolve(whole, outcome=Outcome.COMPLETE)
    return whole


def _not_reached(name: str) -> RepositoryReport:
    message = "no worker came to it before the next run was planned; that one goes on"
    return RepositoryReport(name, Outcome.DEFERRED, code="not_reached", message=message)
