"""How a comparison looks to people: both sides beside each other, and in detail only what differs."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from attrs import frozen
from rich.console import Console

from github_tracker.application.what_if import TeamAllocation
from github_tracker.domain.comparison import Comparison, MonthChange, TeamChange, Total, WeekChange
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.moves import Place, PlaceKind
from github_tracker.domain.person import RestReason
from github_tracker.domain.tally import TeamFigures
from github_tracker.domain.velocity import TeamWeek
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of, exact

_MOST_ROWS = 20
_NOTHING = Decimal(0)
_NO_TEAM = "(no team)"
_SUM = "(together)"
_PLACES = {PlaceKind.BOT: "(left out: a bot)", PlaceKind.BEYOND_ONE: "(beyond 1 in all)"}
_REASONS = {
    RestReason.UNKNOWN_LOGIN.value: "author not on the roster",
    RestReason.JOINED_LATER.value: "before joining",
    RestReason.LEFT_BEFORE.value: "after leaving",
    RestReason.ZERO_WEIGHT.value: "weight 0",
    RestReason.PART_TIME.value: "part-time rest",
    RestReason.GHOST.value: "deleted account",
}

_T = TypeVar("_T")


@frozen
class Sides:
    """What the two sides are called."""

    before: str
    after: str


def say(out: Console, *lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        out.print(line, markup=False, highlight=False)


def print_teams(comparison: Comparison, sides: Sides, out: Console, allocation: Sequence[TeamAllocation] = ()) -> None:
    """Print each team's velocity on both sides, with what no team earned and the sum, then its cycle times."""
    people = {entry.team: entry for entry in allocation}
    figures = {change.team: change for change in comparison.teams}
    changes = [figures.get(team, _without_any(team)) for team in sorted(people.keys() | figures.keys())]
    rows = [(*_velocity_row(change), *_people(people.get(change.team))) for change in changes]
    rows += _sum_rows(comparison, allocation)
    columns = [Column("team"), *_pair("weighted", sides), _figure("change"), *_pair("PRs", sides, 2)]
    if allocation:
        columns += _pair("people", sides, 1)
    _print(out, "Velocity: merged pull requests, by membership weight", columns, [row[: len(columns)] for row in rows])
    say(out, "PRs: each counts in every team that earns a part of it, so the teams' may add up to more.")
    columns = [Column("team"), *_pair("median", sides), *_pair("95th pct", sides)]
    _print(out, "Lead time: hours from created to merged", columns, [_lead_time_row(change) for change in changes])


def print_moves(comparison: Comparison, out: Console) -> None:
    """Print from where to where credit moves, the greatest move first."""
    if not comparison.moves:
        say(out, "", "No credit moves.")
        return
    shown = comparison.moves[:_MOST_ROWS]
    rows = [(_place(move.origin), _place(move.destination), str(move.prs), _hundredths(move.weight)) for move in shown]
    moved = count_of(comparison.prs_moved, "merged pull request")
    say(out, "", f"Moves: {moved} in whole or in part; weight 1 is a whole one")
    columns = [Column("from"), Column("to"), _figure("PRs"), _figure("weight")]
    print_columns(out, columns, rows, [float(move.weight) for move in shown])
    if len(comparison.moves) > len(shown):
        say(out, f"... and {count_of(len(comparison.moves) - len(shown), 'smaller move')}; --json has all of them.")


def print_cells(comparison: Comparison, sides: Sides, out: Console) -> None:
    """Print the weeks and months that change; of many, those that change most."""
    _print_weeks(comparison.weeks, sides, out)
    _print_months(comparison.months, sides, out)


def sum_lines(comparison: Comparison, sides: Sides) -> tuple[str, ...]:
    """Return for both sides that teams and the rest add up to the merged pull requests (R6)."""
    return (
        f"The sums add up, {sides.before}: {_sum_of(comparison.before)};",
        f"{sides.after}: {_sum_of(comparison.after)} (bots left out).",
    )


def _sum_of(total: Total) -> str:
    beyond = f", {exact(total.beyond_one)} of it beyond 1 by over-allocation" if total.beyond_one else ""
    return (
        f"teams earn {exact(total.earned)}, no team {exact(total.unearned)}{beyond}, "
        f"of {count_of(total.prs_merged, 'merged pull request')}"
    )


def _print_weeks(changes: Sequence[WeekChange], sides: Sides, out: Console) -> None:
    if not changes:
        return
    shown = _greatest(changes, _weight_change)
    rows = [
        (
            change.team,
            change.week.isoformat(),
            *map(_hundredths, (_weight_of(change.before), _weight_of(change.after))),
            _signed(_weight_of(change.after) - _weight_of(change.before)),
            *map(_count, (change.before, change.after)),
        )
        for change in shown
    ]
    columns = [Column("team"), Column("week"), *_pair("weighted", sides), _figure("change"), *_pair("PRs", sides, 1)]
    _print(out, f"Velocity changes in {_counted(changes, shown, 'team-week')}", columns, rows)


def _print_months(changes: Sequence[MonthChange], sides: Sides, out: Console) -> None:
    plain = [change for change in changes if _plain(change.before) != _plain(change.after)]
    if plain:
        shown = _greatest(plain, _median_change)
        rows = [_month_row(change) for change in shown]
        hours = [*_pair("median", sides), *_pair("95th pct", sides)]
        columns = [Column("team"), Column("month"), *hours, *_pair("PRs", sides, 1)]
        _print(out, f"Lead time, or its count, changes in {_counted(plain, shown, 'team-month')}", columns, rows)
    if len(plain) < len(changes):
        weighted = count_of(len(changes) - len(plain), "other team-month")
        say(out, f"In {weighted}, only the figures by weight change; --json has them.")


def _plain(month: TeamMonth | None) -> tuple[object, ...] | None:
    if month is None:
        return None
    return month.median_lead_time_hours, month.p95_lead_time_hours, month.prs_merged, month.prs_timed


def _weight_change(change: WeekChange) -> Fraction:
    return Fraction(_weight_of(change.after) - _weight_of(change.before))


def _median_change(change: MonthChange) -> Fraction:
    medians = [side.median_lead_time_hours or Fraction(0) for side in (change.before, change.after) if side is not None]
    return medians[-1] - medians[0] if len(medians) > 1 else medians[0]


def _month_row(change: MonthChange) -> tuple[str, ...]:
    sides = change.before, change.after
    return (
        change.team,
        f"{change.month:%Y-%m}",
        *(_hours(None if side is None else side.median_lead_time_hours) for side in sides),
        *(_hours(None if side is None else side.p95_lead_time_hours) for side in sides),
        *map(_count, sides),
    )


def _greatest(changes: Sequence[_T], size: Callable[[_T], Fraction]) -> list[_T]:
    """Return those that change most, in their own order."""
    places = sorted(range(len(changes)), key=lambda place: (-abs(size(changes[place])), place))
    return [changes[place] for place in sorted(places[:_MOST_ROWS])]


def _counted(changes: Sequence[object], shown: Sequence[object], what: str) -> str:
    count = count_of(len(changes), what)
    return count if len(shown) == len(changes) else f"{count}, most in these {len(shown)} (--json has all of them)"


def _print(out: Console, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    say(out, "", title)
    left_out = print_columns(out, columns, rows)
    if left_out:
        say(out, f"Left out, for the terminal is narrow: {', '.join(left_out)}.")


def _pair(label: str, sides: Sides, least_needed: int = 0) -> list[Column]:
    return [Column(f"{label}\n{side}", True, least_needed) for side in (sides.before, sides.after)]


def _figure(label: str) -> Column:
    return Column(label, is_figure=True)


def _without_any(team: str) -> TeamChange:
    return TeamChange(team, TeamFigures(), TeamFigures())


def _velocity_row(change: TeamChange) -> tuple[str, ...]:
    before, after = change.before, change.after
    return (
        change.team,
        _hundredths(before.weighted_prs_merged),
        _hundredths(after.weighted_prs_merged),
        _signed(after.weighted_prs_merged - before.weighted_prs_merged),
        str(before.prs_merged),
        str(after.prs_merged),
    )


def _lead_time_row(change: TeamChange) -> tuple[str, ...]:
    medians = (side.median_lead_time_hours for side in (change.before, change.after))
    p95s = (side.p95_lead_time_hours for side in (change.before, change.after))
    return change.team, *map(_hours, medians), *map(_hours, p95s)


def _people(entry: TeamAllocation | None) -> tuple[str, str]:
    return ("0", "0") if entry is None else (exact(entry.before), exact(entry.after))


def _sum_rows(comparison: Comparison, allocation: Sequence[TeamAllocation]) -> list[tuple[str, ...]]:
    """A pull request of two teams counts in both, so the plain counts of teams add up to more than there are."""
    before, after = comparison.before, comparison.after
    whole = [side.earned + side.unearned for side in (before, after)]
    people = (
        sum((entry.before for entry in allocation), _NOTHING),
        sum((entry.after for entry in allocation), _NOTHING),
    )
    counts = str(before.prs_merged), str(after.prs_merged)
    return [
        (_NO_TEAM, *map(_hundredths, (before.unearned, after.unearned)), _signed(after.unearned - before.unearned))
        + ("-",) * 4,
        (_SUM, *map(_hundredths, whole), _signed(whole[1] - whole[0]), *counts, *map(exact, people)),
    ]


def _place(place: Place) -> str:
    match place.kind:
        case PlaceKind.TEAM:
            return place.name
        case PlaceKind.UNATTRIBUTED:
            return f"{_NO_TEAM} {_REASONS[place.name]}"
        case _:
            return _PLACES[place.kind]


def _weight_of(side: TeamWeek | TeamMonth | None) -> Decimal:
    return _NOTHING if side is None else side.weighted_prs_merged


def _count(side: TeamWeek | TeamMonth | None) -> str:
    return "0" if side is None else str(side.prs_merged)


def _hundredths(weight: Decimal) -> str:
    return f"{weight:.2f}"


def _signed(weight: Decimal) -> str:
    return f"{weight:+.2f}" if weight else "="


def _hours(hours: Fraction | None) -> str:
    return "-" if hours is None else f"{float(hours):.1f}"
