"""What a run should not look like although no repository failed: the signs of a wrong list or a wrong roster."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import frozen

from github_tracker.domain.velocity import TeamWeek, UnattributedWeek

RECENT: Final = timedelta(weeks=4)
"""The weeks that are judged, the present one included."""

BASELINE: Final = timedelta(weeks=12)
"""The weeks before those, which they are compared with."""

LEAST_MERGED: Final = 20
"""Merged pull requests in either time; of fewer, a ratio says nothing."""

JUMP: Final = Decimal("0.2")
"""By how much the unattributed ratio must have risen to be remarkable: a fifth of all pull requests."""


class AnomalyKind(StrEnum):
    """What is remarkable."""

    NO_PULL_REQUESTS = "no_pull_requests"
    """Every repository that was read is empty."""
    UNATTRIBUTED_JUMPED = "unattributed_jumped"
    """Much more than before is earned by no team."""
    NOT_COMPARED = "not_compared"
    """The store could not give the figures to compare."""


@frozen
class Anomaly:
    """One remarkable thing about a run; the run's outcome stays what it is."""

    kind: AnomalyKind
    message: str
    """One line for people."""


@frozen
class Attributed:
    """How much of what merged in some weeks was earned by no team."""

    merged: Decimal
    """Merged pull requests, bots left out: what teams earned and what no team did (R6)."""
    unattributed: Decimal

    @property
    def ratio(self) -> Decimal:
        """The unattributed part of all, 0 to 1; 0 where nothing merged."""
        return self.unattributed / self.merged if self.merged else Decimal(0)


def compared_weeks(this_week: date) -> tuple[date, date, date]:
    """Return the Mondays at which the baseline begins, the recent weeks begin, and the recent weeks end."""
    until = this_week + timedelta(weeks=1)
    return until - RECENT - BASELINE, until - RECENT, until


def attributed_between(
    weeks: Iterable[TeamWeek], unattributed: Iterable[UnattributedWeek], since: date, until: date
) -> Attributed:
    """Add up the weeks whose Monday lies in [since, until)."""
    earned = sum((week.weighted_prs_merged for week in weeks if since <= week.week < until), Decimal(0))
    rest = sum((week.weighted_prs_merged for week in unattributed if since <= week.week < until), Decimal(0))
    return Attributed(earned + rest, rest)


def unattributed_jump(before: Attributed, recent: Attributed) -> Anomaly | None:
    """Return the anomaly if much more is unattributed than before, and both times hold enough to say so."""
    if min(before.merged, recent.merged) < LEAST_MERGED or recent.ratio - before.ratio < JUMP:
        return None
    return Anomaly(
        AnomalyKind.UNATTRIBUTED_JUMPED,
        f"{recent.ratio:.0%} of {recent.merged:.0f} pull requests merged in the last 4 weeks are earned by "
        f"no team, after {before.ratio:.0%} in the 12 weeks before; is somebody missing on the roster?",
    )


def no_pull_requests(repositories: int) -> Anomaly:
    """Return the anomaly of a run that got through so many repositories and found none with a pull request."""
    return Anomaly(
        AnomalyKind.NO_PULL_REQUESTS,
        f"not one pull request in any of {repositories} repositories read; are these the right ones, and may the "
        "token see their pull requests?"
        if repositories > 1
        else "not one pull request in the repository read; is it the right one, and may the token see its pull "
        "requests?",
    )


def not_compared(reason: str) -> Anomaly:
    """Return the anomaly of a run whose figures could not be compared, so that silence is not taken for soundness."""
    return Anomaly(AnomalyKind.NOT_COMPARED, f"whether more than before is earned by no team is not known: {reason}")
