"""Two ways to attribute the same pull requests, side by side: which figures differ, and where the credit goes.

Memory holds a cell for each team and week or month and the cycle times of merged pull requests, once where both ways
agree; of the pull requests themselves nothing is kept.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar

from attrs import Factory, define, frozen

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.moves import Move, MoveTally
from github_tracker.domain.person import RestReason
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.tally import Tally, TeamFigures
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek

C = TypeVar("C")
T = TypeVar("T")


@frozen
class WeekChange:
    """A team's week that differs; None where nothing of it merged for that team."""

    team: str
    week: date
    before: TeamWeek | None
    after: TeamWeek | None


@frozen
class MonthChange:
    """A team's month that differs; None where nothing of it merged for that team."""

    team: str
    month: date
    before: TeamMonth | None
    after: TeamMonth | None


@frozen
class RestChange:
    """What no team earned of a week for one reason, where it differs; None where there was no such rest."""

    week: date
    reason: RestReason
    before: UnattributedWeek | None
    after: UnattributedWeek | None


@frozen
class TeamChange:
    """A team's figures over the whole time, whether they differ or not."""

    team: str
    before: TeamFigures
    after: TeamFigures


@frozen
class Total:
    """What one way of attributing comes to, over all teams; merged pull requests, bots left out."""

    prs_merged: int
    """Each pull request once."""
    earned: Decimal
    """By all teams."""
    unattributed: tuple[tuple[RestReason, Decimal], ...]
    """By no team, by reason."""

    @property
    def unearned(self) -> Decimal:
        """What no team earned, for whatever reason."""
        return sum((weight for _, weight in self.unattributed), Decimal(0))

    @property
    def beyond_one(self) -> Decimal:
        """By how much the sums exceed the pull requests: 0 unless over-allocation is allowed (R6)."""
        return self.earned + self.unearned - self.prs_merged


@frozen
class Comparison:
    """What differs between two ways to attribute the same pull requests."""

    prs_compared: int
    """Merged or not, bots included."""
    prs_changed: int
    """Those of them whose shares or rest differ, or of which only one side says that a bot opened them."""
    prs_moved: int
    """Merged ones of which credit lies in another place."""
    before: Total
    after: Total
    teams: tuple[TeamChange, ...]
    """Every team that earns anything before or after, by name."""
    weeks: tuple[WeekChange, ...]
    """By team and week."""
    months: tuple[MonthChange, ...]
    """By team and month."""
    rests: tuple[RestChange, ...]
    """By week and reason."""
    moves: tuple[Move, ...]
    """The greatest first."""

    @property
    def changes_figures(self) -> bool:
        """Whether any figure that readers see differs."""
        return bool(self.weeks or self.months or self.rests)


def compare(facts: Iterable[PullRequest], before: Attributor, after: Attributor) -> Comparison:
    """Return what differs between the two; each pull request must come once."""
    pairs = ((before.attribute(fact), after.attribute(fact)) for fact in facts)
    return compare_attributions(pairs, before.policy.time_zone, after.policy.time_zone)


def compare_attributions(
    pairs: Iterable[tuple[Attribution, Attribution]], zone_before: str, zone_after: str
) -> Comparison:
    """Return what differs between attributions of the same pull requests, each seen in its own time zone (R10)."""
    pairing = _Pairing(Tally(zone_before), Tally(zone_before), Tally(zone_after))
    for before, after in pairs:
        pairing.add(before, after)
    return pairing.comparison()


@define
class _Pairing:
    """Counts pairs: in one tally where both sides agree, in two where they do not."""

    common: Tally
    before: Tally
    after: Tally
    moves: MoveTally = Factory(MoveTally)
    compared: int = 0
    changed: int = 0

    def add(self, before: Attribution, after: Attribution) -> None:
        """Count one pull request."""
        is_same = before.credit == after.credit and before.is_bot is after.is_bot
        self.compared += 1
        self.changed += not is_same
        if is_same and self.before.zone_name == self.after.zone_name:
            self.common.add(before)
        else:
            self.before.add(before)
            self.after.add(after)
            self.moves.add(before, after)

    def comparison(self) -> Comparison:
        """Return what differs; only cells in which something differs can differ themselves."""
        before, after = self.before, self.after
        weeks = sorted(before.week_cells() | after.week_cells())
        months = sorted(before.month_cells() | after.month_cells())
        rests = sorted(before.rest_cells() | after.rest_cells())
        for side in (before, after):
            side.add_tally(self.common)
        return Comparison(
            prs_compared=self.compared,
            prs_changed=self.changed,
            prs_moved=self.moves.prs_moved,
            before=_total(before),
            after=_total(after),
            teams=_team_changes(before, after),
            weeks=tuple(WeekChange(*cell, *pair) for cell, pair in _differing(weeks, before.week, after.week)),
            months=tuple(MonthChange(*cell, *pair) for cell, pair in _differing(months, before.month, after.month)),
            rests=tuple(RestChange(*cell, *pair) for cell, pair in _differing(rests, before.rest, after.rest)),
            moves=self.moves.moves(),
        )


def _differing(
    cells: Iterable[C], before: Callable[[C], T | None], after: Callable[[C], T | None]
) -> Iterator[tuple[C, tuple[T | None, T | None]]]:
    for cell in cells:
        pair = before(cell), after(cell)
        if pair[0] != pair[1]:
            yield cell, pair


def _total(side: Tally) -> Total:
    earned = sum((figures.weighted_prs_merged for figures in side.teams().values()), Decimal(0))
    return Total(side.prs_merged, earned, tuple(side.unattributed().items()))


def _team_changes(before: Tally, after: Tally) -> tuple[TeamChange, ...]:
    old, new = before.teams(), after.teams()
    nothing = TeamFigures()
    return tuple(
        TeamChange(team, old.get(team, nothing), new.get(team, nothing)) for team in sorted(old.keys() | new.keys())
    )
