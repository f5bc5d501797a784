"""An organisation in which everybody is named: who works how much, when, for which teams and in which repositories."""

from datetime import date
from zoneinfo import ZoneInfo

from attrs import field, frozen

from github_tracker.application.simulation.daily_hours import FixedHours
from github_tracker.application.simulation.history import Pace
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import time_zone
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.roster import Roster

STEADY_PACE = Pace((20.0, 20.0), left_open=0.0, unmerged=0.1)
"""Of whoever has no pace of their own: a working day or two, and one in ten is closed without merging."""


@frozen
class Absence:
    """Days on which somebody does not work, both included."""

    first_day: date
    last_day: date

    def __attrs_post_init__(self) -> None:
        if self.first_day > self.last_day:
            raise InvalidValueError("last_day", str(self.last_day), f"no day before first_day {self.first_day}")


@frozen
class PlannedPerson:
    """One person who opens pull requests."""

    author: Author
    pull_requests_a_week: float
    """On average, in a week without days off."""
    memberships: tuple[Membership, ...] = ()
    """Those of the roster; none makes somebody from outside."""
    first_day: date | None = None
    last_day: date | None = None
    """Working days, both included, whatever the roster says; with neither, whoever has memberships works while one
    holds, and whoever has none always does."""
    absences: tuple[Absence, ...] = ()
    zone: ZoneInfo = field(factory=lambda: time_zone("UTC"))
    hours: FixedHours = field(factory=FixedHours)
    pace: Pace = STEADY_PACE


@frozen
class PlannedBot:
    """One automatic account; it works on all days at any hour."""

    author: Author
    pull_requests_a_week: float
    repositories: tuple[str, ...] = ()
    """Where it is switched on, by full name; none: everywhere."""
    pace: Pace = STEADY_PACE


@frozen
class OrganisationPlan:
    """Everything that a simulated organisation is made of."""

    first_day: date
    last_day: date
    """The last day on which something happens."""
    roster: Roster
    repositories: tuple[Repository, ...]
    """At least one."""
    people: tuple[PlannedPerson, ...]
    bots: tuple[PlannedBot, ...] = ()
    owned: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Teams with the full names of the repositories they work in; a team that is not named works in all of them."""
    holidays: frozenset[date] = frozenset()
    """Days off for everybody."""
