"""Velocity and lead time of a stream of any length: sums of each week, and no more of a pull request than its time.

The figures are those of velocity.py and lead_time.py, which say what they are; here is only how to get them, several
at a time, without holding what they are about. Tallies add up: one of some pull requests plus one of the others is one
of all of them.
"""

from array import array
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from attrs import Factory, define, field, frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone, week_of
from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth, hours_of, team_month, unattributed_month
from github_tracker.domain.membership import WEIGHT_PLACES
from github_tracker.domain.percentile import MEDIAN, P95, percentile
from github_tracker.domain.person import RestReason
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek, merged_by_people

TeamCell = tuple[str, date]
"""A team with a Monday, or with the first day of a month."""

RestCell = tuple[date, RestReason]


@frozen
class TeamFigures:
    """One team's merged pull requests of a whole stretch of time, bots left out (R10, R11)."""

    prs_merged: int = 0
    """Each pull request once, whatever its weight."""
    weighted_prs_merged: Decimal = Decimal(0)
    prs_timed: int = 0
    """Those that have a cycle time, which the percentiles are taken over (R9)."""
    median_lead_time_hours: Fraction | None = None
    p95_lead_time_hours: Fraction | None = None


@define
class _WeekSums:
    """What a team's week comes to; weights in millionths, which are exact (R4)."""

    merged: int = 0
    timed: int = 0
    seconds: int = 0
    units: int = 0
    timed_units: int = 0
    unit_seconds: int = 0

    def add(self, units: int, seconds: int | None) -> None:
        """Count one share."""
        self.merged += 1
        self.units += units
        if seconds is not None:
            self.timed += 1
            self.seconds += seconds
            self.timed_units += units
            self.unit_seconds += units * seconds

    def add_sums(self, other: "_WeekSums") -> None:
        """Count all that another one has counted."""
        self.merged += other.merged
        self.timed += other.timed
        self.seconds += other.seconds
        self.units += other.units
        self.timed_units += other.timed_units
        self.unit_seconds += other.unit_seconds

    def week(self, team: str, monday: date) -> TeamWeek:
        """Return the figures."""
        return TeamWeek(
            team=team,
            week=monday,
            prs_merged=self.merged,
            prs_timed=self.timed,
            cycle_time_seconds=self.seconds,
            weighted_prs_merged=_weight(self.units),
            weighted_prs_timed=_weight(self.timed_units),
            weighted_cycle_time_seconds=_weight(self.unit_seconds),
        )


@define
class _Times:
    """The cycle times of a team's month, 12 bytes each: percentiles cannot be made from sums."""

    seconds: "array[int]" = Factory(lambda: array("q"))
    units: "array[int]" = Factory(lambda: array("i"))
    """Weights of these times, in millionths."""
    untimed_units: "array[int]" = Factory(lambda: array("i"))
    """Weights of pull requests without a cycle time."""

    def add(self, units: int, seconds: int | None) -> None:
        """Count one share."""
        if seconds is None:
            self.untimed_units.append(units)
        else:
            self.seconds.append(seconds)
            self.units.append(units)

    def add_times(self, other: "_Times") -> None:
        """Count all that another one has counted."""
        self.seconds.extend(other.seconds)
        self.units.extend(other.units)
        self.untimed_units.extend(other.untimed_units)

    def entries(self) -> Iterator[tuple[int | None, Decimal]]:
        """Yield each share's cycle time with its weight."""
        for seconds, units in zip(self.seconds, self.units, strict=True):
            yield seconds, _weight(units)
        for units in self.untimed_units:
            yield None, _weight(units)

    def figures(self) -> TeamFigures:
        """Return what they come to, as of one stretch of time."""
        return TeamFigures(
            prs_merged=len(self.seconds) + len(self.untimed_units),
            weighted_prs_merged=_weight(sum(self.units) + sum(self.untimed_units)),
            prs_timed=len(self.seconds),
            median_lead_time_hours=hours_of(percentile(self.seconds, MEDIAN)),
            p95_lead_time_hours=hours_of(percentile(self.seconds, P95)),
        )


@define
class _RestSums:
    """What no team earned of a week for one reason."""

    merged: int = 0
    units: int = 0

    def add(self, units: int) -> None:
        """Count one rest."""
        self.merged += 1
        self.units += units

    def add_sums(self, other: "_RestSums") -> None:
        """Count all that another one has counted."""
        self.merged += other.merged
        self.units += other.units


@define(eq=False)
class Tally:
    """Counts attributions one by one; merged pull requests only, and none of bots (R11)."""

    zone_name: str
    """In which weeks and months begin (R10)."""
    prs_merged: int = field(default=0, init=False)
    """Each pull request once, whoever earned it."""
    _weeks: dict[TeamCell, _WeekSums] = field(factory=dict, init=False)
    _months: dict[TeamCell, _Times] = field(factory=dict, init=False)
    _rests: dict[RestCell, _RestSums] = field(factory=dict, init=False)
    _rest_months: dict[date, _Times] = field(factory=dict, init=False)

    def add(self, attribution: Attribution) -> None:
        """Count one pull request."""
        for merged_at, counted in merged_by_people((attribution,)):
            self._count_in_week(merged_at, counted)
            self._count_in_month(merged_at, counted)

    def add_to_weeks(self, attribution: Attribution) -> None:
        """Count one pull request in its week alone, which keeps nothing of it but sums."""
        for merged_at, counted in merged_by_people((attribution,)):
            self._count_in_week(merged_at, counted)

    def add_tally(self, other: "Tally") -> None:
        """Count all that another one of the same zone has counted."""
        self.prs_merged += other.prs_merged
        for cell, sums in other._weeks.items():
            self._weeks.setdefault(cell, _WeekSums()).add_sums(sums)
        for cell, times in other._months.items():
            self._months.setdefault(cell, _Times()).add_times(times)
        for rest_cell, rests in other._rests.items():
            self._rests.setdefault(rest_cell, _RestSums()).add_sums(rests)
        for month, times in other._rest_months.items():
            self._rest_months.setdefault(month, _Times()).add_times(times)

    def week_cells(self) -> frozenset[TeamCell]:
        """Return the teams' weeks in which something merged."""
        return frozenset(self._weeks)

    def month_cells(self) -> frozenset[TeamCell]:
        """Return the teams' months in which something merged."""
        return frozenset(self._months)

    def rest_cells(self) -> frozenset[RestCell]:
        """Return the weeks and reasons for which something was left."""
        return frozenset(self._rests)

    def week(self, cell: TeamCell) -> TeamWeek | None:
        """Return a team's week; None if nothing of it merged."""
        sums = self._weeks.get(cell)
        return None if sums is None else sums.week(*cell)

    def month(self, cell: TeamCell) -> TeamMonth | None:
        """Return a team's month; None if nothing of it merged."""
        times = self._months.get(cell)
        return None if times is None else team_month(*cell, list(times.entries()))

    def rest(self, cell: RestCell) -> UnattributedWeek | None:
        """Return what was left in a week for one reason; None if nothing was."""
        sums = self._rests.get(cell)
        return None if sums is None else UnattributedWeek(*cell, sums.merged, _weight(sums.units))

    def rest_month(self, month: date) -> UnattributedMonth | None:
        """Return the month of what no team earned; None if nothing was left."""
        times = self._rest_months.get(month)
        return None if times is None else unattributed_month(month, list(times.entries()))

    def weeks(self) -> tuple[TeamWeek, ...]:
        """Return what `weekly_velocity` would."""
        return tuple(self._weeks[cell].week(*cell) for cell in sorted(self._weeks))

    def months(self) -> tuple[TeamMonth, ...]:
        """Return what `monthly_lead_time` would."""
        return tuple(team_month(*cell, list(self._months[cell].entries())) for cell in sorted(self._months))

    def rests(self) -> tuple[UnattributedWeek, ...]:
        """Return what `unattributed_velocity` would."""
        sums = sorted(self._rests.items())
        return tuple(UnattributedWeek(*cell, rest.merged, _weight(rest.units)) for cell, rest in sums)

    def rest_months(self) -> tuple[UnattributedMonth, ...]:
        """Return what `unattributed_lead_time` would."""
        return tuple(
            unattributed_month(month, list(self._rest_months[month].entries())) for month in sorted(self._rest_months)
        )

    def teams(self) -> dict[str, TeamFigures]:
        """Return each team's figures over all months, by name."""
        whole: dict[str, _Times] = {}
        for (team, _), times in self._months.items():
            whole.setdefault(team, _Times()).add_times(times)
        return {team: whole[team].figures() for team in sorted(whole)}

    def unattributed(self) -> dict[RestReason, Decimal]:
        """Return what no team earned in all weeks, by reason."""
        whole: dict[RestReason, int] = {}
        for (_, reason), rest in sorted(self._rests.items()):
            whole[reason] = whole.get(reason, 0) + rest.units
        return {reason: _weight(whole[reason]) for reason in sorted(whole)}

    def _count_in_week(self, merged_at: datetime, attribution: Attribution) -> None:
        week = week_of(merged_at, time_zone(self.zone_name))
        seconds = attribution.pull_request.cycle_time_seconds
        self.prs_merged += 1
        for share in attribution.shares:
            self._weeks.setdefault((share.team, week), _WeekSums()).add(_units(share.weight), seconds)
        for rest in attribution.rest:
            self._rests.setdefault((week, rest.reason), _RestSums()).add(_units(rest.weight))

    def _count_in_month(self, merged_at: datetime, attribution: Attribution) -> None:
        month = month_of(merged_at, time_zone(self.zone_name))
        seconds = attribution.pull_request.cycle_time_seconds
        for share in attribution.shares:
            self._months.setdefault((share.team, month), _Times()).add(_units(share.weight), seconds)
        left = sum(_units(rest.weight) for rest in attribution.rest)
        if left:
            self._rest_months.setdefault(month, _Times()).add(left, seconds)


def _units(weight: Decimal) -> int:
    return int(weight.scaleb(WEIGHT_PLACES))


def _weight(units: int) -> Decimal:
    return Decimal(units).scaleb(-WEIGHT_PLACES)
