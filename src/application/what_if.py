"""What if: the figures as they are and as another roster or rule would make them; nothing is written."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from github_tracker.application.sync_roster import NoRosterError
from github_tracker.domain.allocation import allocation_at
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.comparison import Comparison, compare
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.instants import LEAST_INSTANT, beginning_of, day_of, time_zone
from github_tracker.domain.membership_change import MembershipChange, membership_changes
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_change import RosterDifference, difference
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.caller import CALLER
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import CallerLeftError
from github_tracker.ports.roster_repository import RosterReader

_LOOK_EVERY: Final = 500
"""Pull requests between two looks at the clock, and at whether somebody still waits."""

_MOMENT: Final = timedelta(microseconds=1)


@frozen
class Proposal:
    """What is to be tried; None is what is in force."""

    roster: Roster | None = None
    rule: AttributionRule | None = None
    since: date | None = None
    """The first day of merging that counts, in the reporting time zone; None: from the beginning."""
    until: date | None = None
    """The first day of merging that no longer counts; None: to the end."""

    def covers(self, day: date) -> bool:
        """Whether the day lies in [since, until)."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@frozen
class TeamAllocation:
    """The sum of the weights of a team's members, in full-time people, at one instant."""

    team: str
    before: Decimal
    after: Decimal


@frozen
class WhatIfReport:
    """What is in force and what is proposed, side by side over the same merged pull requests."""

    roster_version: int
    """The one in force."""
    policy_before: AttributionPolicy
    policy_after: AttributionPolicy
    roster: RosterDifference
    memberships: tuple[MembershipChange, ...]
    allocated_at: datetime
    """The instant that the allocation is of: the last one of the time asked for, at most now."""
    allocation: tuple[TeamAllocation, ...]
    """Of every team that either roster lists, by name."""
    comparison: Comparison


class TooLargeToTryError(GitHubTrackerError):
    """There is more to compare than the time that was given allows; nothing came of it."""

    def __init__(self, patience: timedelta) -> None:
        super().__init__(
            f"comparing takes longer than {patience.total_seconds():.0f} s; ask for fewer days, or use "
            "`github-tracker what-if`"
        )


class WhatIf:
    """Tries a roster or a rule; with `patience`, for no longer than that."""

    def __init__(
        self, rosters: RosterReader, reader: AttributionReader, clock: Clock, patience: timedelta | None = None
    ) -> None:
        self._rosters = rosters
        self._reader = reader
        self._clock = clock
        self._patience = patience

    def __call__(self, proposal: Proposal) -> WhatIfReport:
        """Return both sides; only pull requests that merged in the time asked for are compared.

        Raises NoRosterError where nothing is in force that could be compared with, TooLargeToTryError, and
        CallerLeftError once nobody waits any more.
        """
        in_force = self._rosters.in_force()
        if not in_force.roster.teams:
            raise NoRosterError
        before = Attributor(in_force.roster, in_force.policy)
        policy = evolve(in_force.policy, rule=proposal.rule or in_force.policy.rule)
        after = Attributor(proposal.roster or in_force.roster, policy)
        with closing(self._reader.attributions()) as stored:
            comparison = compare(_merged_within(proposal, self._in_time(stored), policy.time_zone), before, after)
        changes = difference(before.roster, after.roster)
        ends_at = self._last_instant(proposal, policy.time_zone)
        return WhatIfReport(
            roster_version=in_force.version,
            policy_before=before.policy,
            policy_after=after.policy,
            roster=changes,
            memberships=membership_changes(changes),
            allocated_at=ends_at,
            allocation=_allocation(before.roster, after.roster, ends_at),
            comparison=comparison,
        )

    def _in_time(self, stored: Iterable[Attribution]) -> Iterator[Attribution]:
        """Everything that is read takes time, also what is not compared in the end."""
        begun_at, patience, caller = self._clock.now(), self._patience, CALLER.get()
        for number, attribution in enumerate(stored):
            if number % _LOOK_EVERY == 0:
                if caller is not None and caller.has_left:
                    raise CallerLeftError
                if patience is not None and self._clock.now() - begun_at > patience:
                    raise TooLargeToTryError(patience)
            yield attribution

    def _last_instant(self, proposal: Proposal, zone_name: str) -> datetime:
        now = self._clock.now()
        if proposal.until is None:
            return now
        ends_at = max(beginning_of(proposal.until, time_zone(zone_name)), LEAST_INSTANT + _MOMENT)
        return min(now, ends_at - _MOMENT)


def _merged_within(proposal: Proposal, stored: Iterable[Attribution], zone_name: str) -> Iterator[PullRequest]:
    zone = time_zone(zone_name)
    for attribution in stored:
        merged_at = attribution.pull_request.merged_at
        if merged_at is not None and proposal.covers(day_of(merged_at, zone)):
            yield attribution.pull_request


def _allocation(before: Roster, after: Roster, instant: datetime) -> tuple[TeamAllocation, ...]:
    old, new = allocation_at(before, instant), allocation_at(after, instant)
    nothing = Decimal(0)
    return tuple(
        TeamAllocation(team, old.get(team, nothing), new.get(team, nothing)) for team in sorted(old.keys() | new.keys())
    )
