"""Verify: whether everything that is stored still follows from the facts and the roster in force."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from typing import Final

from attrs import field, frozen

from github_tracker.application.record_check import record_findings
from github_tracker.application.view_check import ViewCheck
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.verification import Finding, FindingKind, findings_of, forgotten_findings
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.report_repository import ReportRepository
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository
from github_tracker.ports.store_inspector import StoreInspector

MOST_LISTED: Final = 100
"""Findings of one kind that are kept in words; the others are only counted."""


@frozen
class Verification:
    """What was looked at, and what is off."""

    roster_version: int
    facts: int
    shares: int
    rests: int
    weeks: tuple[date, ...]
    """The weeks whose velocity was computed anew: all."""
    months: tuple[date, ...]
    """The sample of months whose percentiles were computed anew; the counts behind them were in every month."""
    unsettled: int
    """Figures of the sample that changed while they were compared, because something was being collected."""
    findings: tuple[Finding, ...]
    """At most MOST_LISTED of a kind."""
    counts: dict[FindingKind, int] = field(factory=dict)
    """All findings by kind; a kind without any is left out."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is off."""
        return not self.counts


class VerifyStore:
    """Computes everything anew, a pull request at a time, and compares; writes nothing."""

    def __init__(
        self,
        attributions: AttributionReader,
        inspector: StoreInspector,
        reports: ReportRepository,
        rosters: RosterRepository,
    ) -> None:
        self._attributions = attributions
        self._inspector = inspector
        self._reports = reports
        self._rosters = rosters

    def __call__(self) -> Verification:
        """Return what is off. Memory does not grow with the facts, but for those of the sample's months.

        Raises RosterChangedError if the roster changes meanwhile: then run it again.
        """
        collected = _Findings()
        in_force = self._in_force(collected)
        with closing(self._inspector.findings()) as found:
            collected.add(found)
        views = ViewCheck(self._reports, in_force.policy.time_zone)
        seen = _Seen()
        attributor = Attributor(in_force.roster, in_force.policy)
        with closing(self._attributions.attributions()) as stored:
            for attribution in stored:
                seen.count(attribution)
                views.take(attribution)
                fact = attribution.pull_request
                collected.add(findings_of(attribution, attributor.attribute(fact), in_force.roster.over_allocation))
                collected.add(forgotten_findings(fact, in_force.disguise))
        if self._in_force(_Findings()).version != in_force.version:
            raise RosterChangedError("the roster changed while it was verified; run it again")
        differing, unsettled = views.compare()
        collected.add(differing)
        return Verification(
            roster_version=in_force.version,
            facts=seen.facts,
            shares=seen.shares,
            rests=seen.rests,
            weeks=views.weeks,
            months=views.months,
            unsettled=unsettled,
            findings=tuple(collected.listed),
            counts=dict(collected.counts),
        )

    def _in_force(self, collected: "_Findings") -> RosterInForce:
        """Return what is in force; where no roster may say that, the version that was recorded last."""
        try:
            in_force = self._rosters.in_force()
            history = self._rosters.history()
        except InvalidRosterError as exc:
            history = self._rosters.history()
            if not history:
                raise
            latest = history[-1]
            in_force = RosterInForce(latest.version, latest.roster, latest.policy)
            collected.add(Finding(FindingKind.ROSTER_DIFFERS, None, None, fault) for fault in exc.faults)
        collected.add(record_findings(in_force, history))
        return in_force


class _Seen:
    """How much was looked at."""

    def __init__(self) -> None:
        self.facts = self.shares = self.rests = 0

    def count(self, attribution: Attribution) -> None:
        self.facts += 1
        self.shares += len(attribution.shares)
        self.rests += len(attribution.rest)


class _Findings:
    """Counts all, and keeps the first of each kind."""

    def __init__(self) -> None:
        self.counts: Counter[FindingKind] = Counter()
        self.listed: list[Finding] = []

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.counts[finding.kind] += 1
            if self.counts[finding.kind] <= MOST_LISTED:
                self.listed.append(finding)
