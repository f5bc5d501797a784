"""Which figures are about so few people that they would tell of one of them: those are withheld.

The threshold rule of tabular data, and secondary suppression against differencing (Hundepool et al., Statistical
Disclosure Control, Wiley 2012, chapter 4). How many pull requests merged in a week is no secret, and shares and rest
add up to it (R6): where one team of a week is withheld alone, all others give it away. So a second one is withheld with
it, the one with the fewest people; in a week of one team only, what no team earned.

What this does not guard against: a person whose share outweighs the others' in a group that is large enough, weeks
held against months, and whoever may read the shares.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone, week_of
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import merged_by_people

NOBODY_WITHHELD = 1
"""The group size that withholds nothing: every figure is about somebody."""


@frozen(order=True)
class Cell:
    """One team's figures of one week or month."""

    team: str
    begins_on: date
    """The Monday or the first of the month, in the reporting time zone."""


@frozen
class CellAuthor:
    """An author whose merged pull requests went into a cell."""

    cell: Cell
    login: str
    """As GitHub spelled it."""
    github_id: int | None
    is_timed: bool
    """Whether one of them has a cycle time (R9)."""


@frozen
class Withheld:
    """What is not shown."""

    cells: frozenset[Cell] = frozenset()
    rests: frozenset[date] = frozenset()
    """Weeks or months of which neither is shown what no team earned."""


def weekly_authors(attributions: Iterable[Attribution], zone_name: str) -> tuple[CellAuthor, ...]:
    """Return the authors behind every cell of `weekly_velocity`, by team, week, login and id, unknown ids first."""
    zone = time_zone(zone_name)
    return _in_order(
        (Cell(share.team, week_of(merged_at, zone)), attribution)
        for merged_at, attribution in merged_by_people(attributions)
        for share in attribution.shares
    )


def monthly_authors(attributions: Iterable[Attribution], zone_name: str) -> tuple[CellAuthor, ...]:
    """Return the authors behind every cell of `monthly_lead_time`, in the order of `weekly_authors`."""
    zone = time_zone(zone_name)
    return _in_order(
        (Cell(share.team, month_of(merged_at, zone)), attribution)
        for merged_at, attribution in merged_by_people(attributions)
        for share in attribution.shares
    )


def withheld(authors: Iterable[CellAuthor], roster: Roster, min_group_size: int) -> Withheld:
    """Return the cells of fewer people, and what else would give them away; needs the authors of all teams' cells.

    Averages are over the pull requests that have a cycle time, so it is their authors who count, where there are any.
    """
    if min_group_size <= NOBODY_WITHHELD:
        return Withheld()
    teams_of: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for cell, group in _by_cell(authors):
        timed = [author for author in group if author.is_timed]
        teams_of[cell.begins_on][cell.team] = _people(timed or group, roster)
    cells: set[Cell] = set()
    rests: set[date] = set()
    for begins_on, people in teams_of.items():
        small = {team for team, count in people.items() if count < min_group_size}
        others = sorted(people.keys() - small, key=lambda team: (people[team], team))
        if len(small) == 1 and not others:
            rests.add(begins_on)
        second = others[:1] if len(small) == 1 else []
        cells.update(Cell(team, begins_on) for team in (*small, *second))
    return Withheld(frozenset(cells), frozenset(rests))


def _by_cell(authors: Iterable[CellAuthor]) -> Iterator[tuple[Cell, list[CellAuthor]]]:
    groups: defaultdict[Cell, list[CellAuthor]] = defaultdict(list)
    for author in authors:
        groups[author.cell].append(author)
    yield from groups.items()


def _people(authors: Iterable[CellAuthor], roster: Roster) -> int:
    """Count people, not logins (R2); all whom the roster does not know, since it has just changed, are one."""
    return len({roster.person_of(Author(author.login, author.github_id)) for author in authors})


def _in_order(entries: Iterable[tuple[Cell, Attribution]]) -> tuple[CellAuthor, ...]:
    is_timed: defaultdict[tuple[Cell, str, int | None], bool] = defaultdict(bool)
    for cell, attribution in entries:
        author = attribution.pull_request.author
        if author is not None:
            is_timed[cell, author.login, author.id] |= attribution.pull_request.cycle_time is not None
    ordered = sorted(is_timed, key=lambda key: (key[0], key[1], key[2] or 0))
    return tuple(CellAuthor(*key, is_timed[key]) for key in ordered)
