"""What a simulated collection came to, beside what was really there."""

import hashlib
import json
from decimal import Decimal

from attrs import AttrsInstance, asdict, frozen

from github_tracker.application.report import LeadTimeReport, VelocityReport
from github_tracker.application.simulation.organisation import SimulatedOrganisation
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.report_repository import ShareLine


@frozen
class Conservation:
    """Whether the figures add up: what teams earned and what none did, beside what was stored as merged (R6, R11)."""

    earned: Decimal
    lost: Decimal
    merged: int
    """Merged pull requests that the store holds, bots left out."""
    allows_more: bool = False
    """Whether the roster allows over-allocation, by which more may be earned than was merged."""

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing made up."""
        total = self.earned + self.lost
        return total == self.merged or (self.allows_more and total > self.merged)


@frozen
class SimulationResult:
    """Everything that a program may want to compare."""

    seed: int
    truth: SimulatedOrganisation
    """What was generated, as it stood at the end: the roster, the repositories and every pull request."""
    runs: tuple[RunReport, ...]
    """The collector's, in order."""
    velocity: VelocityReport
    """With what no team earned beside it."""
    lead_time: LeadTimeReport
    shares: tuple[ShareLine, ...]
    attributions: tuple[Attribution, ...]
    """What the store holds: facts with their shares and rests, by repository id and number."""
    conservation: Conservation

    @property
    def missing(self) -> tuple[tuple[int, int], ...]:
        """Return the keys of pull requests that the store lacks or holds otherwise than they really are."""
        stored = {entry.pull_request.key: entry.pull_request for entry in self.attributions}
        return tuple(one.key for one in self.truth.pull_requests if stored.get(one.key) != one)

    @property
    def digest(self) -> str:
        """SHA-256 over the truth, the runs and what the store holds: the same for the same scenario and seed."""
        digest = hashlib.sha256()
        lines: tuple[AttrsInstance, ...] = (*self.truth.pull_requests, *self.attributions, *self.shares)
        for line in lines:
            digest.update(json.dumps(asdict(line), default=str, sort_keys=True).encode())
        for run in self.runs:
            # Chosen, so that a further figure in reports does not make every digest another one.
            entries = [(one.name, one.outcome, one.code, one.requests, one.facts_changed) for one in run.repositories]
            digest.update(json.dumps((run.started_at, run.finished_at, entries), default=str).encode())
        return digest.hexdigest()
