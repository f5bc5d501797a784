"""What one run did, repository by repository; never silently partial."""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from github_tracker.domain.anomaly import Anomaly
from github_tracker.domain.instants import to_utc, to_utc_or_none


class Outcome(StrEnum):
    """How one repository's collection ended."""

    COMPLETE = "complete"
    """Every page up to the last was read and stored."""
    UNCHANGED = "unchanged"
    """As complete, and nothing had changed."""
    DEFERRED = "deferred"
    """Stopped between pages with its checkpoint kept; the next run goes on there."""
    FAILED = "failed"
    """Stopped by a fault; what was stored before stays, and the next run goes on there."""


class RunOutcome(StrEnum):
    """How a whole run ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Something is left to do: a repository is deferred, or one failed while others got through."""
    FAILED = "failed"
    """No repository got through, or the run had to stop."""


@frozen
class RepositoryReport:
    """What the run did for one configured repository."""

    name: str
    """As configured."""
    outcome: Outcome
    repository_id: int | None = None
    """None if GitHub never told."""
    code: str | None = None
    """Which kind of fault or reason, for programs: such as unavailable, limited, transient."""
    message: str | None = None
    """One line for people."""
    retry_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """From when on it makes sense to come back."""
    pages: int = 0
    requests: int = 0
    """HTTP requests sent for it, retries included."""
    facts_seen: int = 0
    facts_changed: int = 0
    facts_repaired: int = 0
    """Those of them that lay behind the watermark: only walking over everything again could find them."""
    facts_dropped: int = 0
    """Those seen that ended before the retention floor, and so are not kept."""
    shares_changed: int = 0
    """Shares and rests written or removed."""
    replaced_characters: int = 0
    """NULs and lone surrogates that became U+FFFD."""
    requests_left: int | None = None
    """What GitHub last said remains of the hour's limit."""
    is_empty: bool = False
    """Whether GitHub's list of it holds no pull request at all."""


@frozen
class RunReport:
    """One collection over all configured repositories."""

    started_at: datetime = field(converter=to_utc)
    finished_at: datetime = field(converter=to_utc)
    outcome: RunOutcome
    roster_version: int
    repositories: tuple[RepositoryReport, ...]
    """Ordered by name."""
    anomalies: tuple[Anomaly, ...] = ()
    """What is remarkable although no repository's outcome tells."""

    @property
    def requests(self) -> int:
        """HTTP requests of the whole run."""
        return sum(report.requests for report in self.repositories)

    @property
    def facts_seen(self) -> int:
        """Pull requests read, those read twice counted twice."""
        return sum(report.facts_seen for report in self.repositories)

    @property
    def facts_changed(self) -> int:
        """Pull requests that were new or had changed."""
        return sum(report.facts_changed for report in self.repositories)

    @property
    def facts_repaired(self) -> int:
        """Pull requests that a walk over everything found changed where increments could not see it."""
        return sum(report.facts_repaired for report in self.repositories)

    @property
    def facts_dropped(self) -> int:
        """Pull requests read that are not kept, since they ended before the retention floor."""
        return sum(report.facts_dropped for report in self.repositories)

    @property
    def shares_changed(self) -> int:
        """Shares and rests written or removed while collecting."""
        return sum(report.shares_changed for report in self.repositories)

    def with_outcome(self, *outcomes: Outcome) -> tuple[RepositoryReport, ...]:
        """Return the repositories that ended in one of these ways."""
        return tuple(report for report in self.repositories if report.outcome in outcomes)


def run_outcome(reports: tuple[RepositoryReport, ...]) -> RunOutcome:
    """Return how a run with these repositories ended; one without any is complete."""
    got_through = sum(report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED) for report in reports)
    if got_through == len(reports):
        return RunOutcome.COMPLETE
    has_failure = any(report.outcome is Outcome.FAILED for report in reports)
    return RunOutcome.FAILED if has_failure and not got_through else RunOutcome.PARTIAL
