"""The entries of a scenario file: what can stand in it, in the file's own words."""

from datetime import time
from decimal import Decimal
from typing import Any

from attrs import asdict, evolve, frozen

from github_tracker.adapters.memory import FaultKind
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.roster import OverAllocation
from github_tracker.entrypoints.roster_fields import WHOLE, GitHubId, Instant, Login, TeamName, Weight
from github_tracker.entrypoints.roster_schema import TeamHead
from github_tracker.entrypoints.simulation.scenario_fields import (
    DAILY,
    FIRST_SEED,
    HALF_A_SECOND,
    LARGEST_PAGE,
    ONCE,
    ONE_MINUTE,
    BotPattern,
    Count,
    CycleHours,
    Day,
    Interval,
    LocalTime,
    Minutes,
    PageSize,
    Portion,
    RepositoryName,
    Seconds,
    Seed,
    Spread,
    WeeklyRate,
    Zone,
)


@frozen(kw_only=True)
class HabitsEntry:
    """What a file says of how somebody works; what a person leaves out is as the file's own habits say."""

    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    cycle_time_hours: CycleHours | None = None
    """The median, working through; what would end outside working hours then waits for the next ones."""
    cycle_time_hours_at_end: CycleHours | None = None
    """The median at the end of the period, if it changes; in between it changes evenly."""
    cycle_time_spread: Spread | None = None
    unmerged: Portion | None = None
    """Which part is closed without merging."""
    left_open: Portion | None = None
    """Which part is abandoned and stays open."""


NO_HABITS = HabitsEntry()


@frozen(kw_only=True)
class Habits:
    """How somebody works, with nothing left out; the defaults are what holds where a file says nothing."""

    starts_at: time = time(9)
    ends_at: time = time(17, 30)
    cycle_time_hours: Decimal = Decimal(20)
    cycle_time_hours_at_end: Decimal = Decimal(20)
    cycle_time_spread: Decimal = Decimal("1.15")
    unmerged: Decimal = Decimal("0.1")
    left_open: Decimal = Decimal(0)

    def changed_by(self, entry: HabitsEntry) -> "Habits":
        """Return these habits with what the entry says put over them."""
        given: dict[str, Any] = {name: value for name, value in asdict(entry).items() if value is not None}
        if "cycle_time_hours" in given:
            # A median of one's own does not drift towards somebody else's.
            given.setdefault("cycle_time_hours_at_end", given["cycle_time_hours"])
        return evolve(self, **given)


USUAL_HABITS = Habits()
"""Where the file says nothing."""


@frozen(kw_only=True)
class TeamEntry(TeamHead):
    """One team and where it works."""

    repositories: tuple[RepositoryName, ...] = ()
    """None: in all of them."""


@frozen(kw_only=True)
class MembershipEntry:
    """One window of one person in one team."""

    team: TeamName
    allocation_weight: Weight = WHOLE
    joined_at: Instant | None = None
    left_at: Instant | None = None


@frozen(kw_only=True)
class AbsenceEntry:
    """Days without work, both included."""

    first_day: Day
    last_day: Day


@frozen(kw_only=True)
class PersonEntry:
    """One person."""

    username: Login
    github_id: GitHubId | None = None
    pull_requests_a_week: WeeklyRate
    memberships: tuple[MembershipEntry, ...] = ()
    first_day: Day | None = None
    last_day: Day | None = None
    absences: tuple[AbsenceEntry, ...] = ()
    time_zone: Zone | None = None
    habits: HabitsEntry = NO_HABITS


@frozen(kw_only=True)
class BotEntry:
    """One automatic account."""

    username: Login
    github_id: GitHubId | None = None
    pull_requests_a_week: WeeklyRate
    repositories: tuple[RepositoryName, ...] = ()
    habits: HabitsEntry = NO_HABITS


@frozen(kw_only=True)
class CollectorEntry:
    """When the collector runs, and how fast GitHub answers it."""

    every_hours: Interval = DAILY
    deadline_minutes: Minutes | None = None
    """How long a run may take; None: as long as it wants."""
    seconds_a_request: Seconds = HALF_A_SECOND
    page_size: PageSize = LARGEST_PAGE


USUAL_COLLECTOR = CollectorEntry()


@frozen(kw_only=True)
class FaultEntry:
    """One fault of GitHub."""

    repository: RepositoryName
    kind: FaultKind
    run: Count | None = None
    page: Count | None = None
    request: Count | None = None
    times: Count = ONCE
    seconds: Seconds = ONE_MINUTE
    """How long a rate limit or a late answer lasts."""


@frozen(kw_only=True)
class ScenarioDocument:
    """The whole file."""

    seed: Seed = FIRST_SEED
    first_day: Day
    last_day: Day
    time_zone: Zone | None = None
    """Where weeks and months begin, and where people live who do not say."""
    rule: AttributionRule = AttributionRule.CREATED
    over_allocation: OverAllocation = OverAllocation.REFUSE
    bot_patterns: tuple[BotPattern, ...] = ()
    holidays: tuple[Day, ...] = ()
    habits: HabitsEntry = NO_HABITS
    repositories: tuple[RepositoryName, ...]
    teams: tuple[TeamEntry, ...]
    people: tuple[PersonEntry, ...]
    bots: tuple[BotEntry, ...] = ()
    collector: CollectorEntry = USUAL_COLLECTOR
    faults: tuple[FaultEntry, ...] = ()
