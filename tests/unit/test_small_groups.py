"""Which figures are withheld for being about too few people, and what is withheld so that they stay so."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.application.report import Discretion, ReportFigures
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.lead_time import monthly_lead_time
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from github_tracker.domain.small_groups import Cell, CellAuthor, Withheld, monthly_authors, weekly_authors, withheld
from github_tracker.domain.velocity import weekly_velocity
from github_tracker.ports.report_repository import ReportScope
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.store import EVERYTHING, put_facts, put_roster
from tests.unit.examples import at, merged, roster_of

MONDAY, NEXT = date(2024, 1, 1), date(2024, 1, 8)
PEOPLE = roster_of(*(Membership("Platform", login) for login in "abcdefgh"))


def authors_of(team: str, logins: Iterable[str], day: date = MONDAY, is_timed: bool = True) -> list[CellAuthor]:
    """Return one author for each login."""
    return [CellAuthor(Cell(team, day), login, None, is_timed) for login in logins]


def withheld_teams(sizes: dict[str, int], min_group_size: int) -> set[str]:
    """Return whose figures are withheld in a week in which teams of these sizes merged something."""
    authors = [author for team, size in sizes.items() for author in authors_of(team, "abcdefgh"[:size])]
    return {cell.team for cell in withheld(authors, PEOPLE, min_group_size).cells}


@pytest.mark.parametrize(
    ("sizes", "teams"),
    [
        ({"A": 3, "B": 4}, set()),
        ({"A": 2, "B": 2, "C": 3}, {"A", "B"}),
        ({"A": 1, "B": 5, "C": 4, "D": 6}, {"A", "C"}),
        ({"A": 2, "C": 4, "B": 4}, {"A", "B"}),
        ({"A": 2}, {"A"}),
        ({"A": 1, "B": 2}, {"A", "B"}),
    ],
)
def test_small_group_never_stands_alone(sizes: dict[str, int], teams: set[str]) -> None:
    """Fewer than three are withheld; of one alone, the smallest other team keeps it company, by name if two are."""
    assert withheld_teams(sizes, 3) == teams


@pytest.mark.parametrize("min_group_size", [0, 1])
def test_nothing_is_withheld_by_default(min_group_size: int) -> None:
    """Every figure is about somebody."""
    assert withheld_teams({"A": 1, "B": 2}, min_group_size) == set()
    assert not Discretion(min_group_size).is_wanted


def test_weeks_are_judged_by_themselves() -> None:
    """A team may be large enough in one week and not in another; a rest goes where a team is by itself."""
    authors = [*authors_of("A", "abc"), *authors_of("B", "abc"), *authors_of("A", "ab", NEXT)]
    assert withheld(authors, PEOPLE, 3) == Withheld(frozenset({Cell("A", NEXT)}), frozenset({NEXT}))


def test_people_count_and_not_their_logins() -> None:
    """Aliases and letter case make nobody two; strangers, whom a roster that just changed left, are one together."""
    roster = roster_of(Membership("A", "alice", aliases=("al",), github_id=5), Membership("A", "bob"))
    names = [("alice", None), ("ALICE", 5), ("al", None), ("renamed", 5), ("x", None), ("y", 7)]
    authors = [CellAuthor(Cell("A", MONDAY), login, github_id, True) for login, github_id in names]
    assert withheld(authors, roster, 3).cells == {Cell("A", MONDAY)}
    assert withheld([*authors, *authors_of("A", ["Bob"])], roster, 3).cells == set()


def test_those_without_a_cycle_time_do_not_hide_the_one_who_has() -> None:
    """Averages are over timed pull requests, so their authors count; where none has a time, all do."""
    untimed = authors_of("A", "abc", is_timed=False)
    assert withheld(untimed, PEOPLE, 3) == Withheld()
    assert withheld([*untimed, *authors_of("A", "d")], PEOPLE, 3).cells == {Cell("A", MONDAY)}


@given(strategies.attributions(), st.sampled_from(strategies.ZONES))
def test_authors_stand_behind_exactly_the_cells_with_figures(attributions: list[Attribution], zone: str) -> None:
    """Of weeks and of months, so no figure is overlooked when people are counted."""
    weeks = [Cell(week.team, week.week) for week in weekly_velocity(attributions, zone)]
    assert list(dict.fromkeys(author.cell for author in weekly_authors(attributions, zone))) == weeks
    months = [Cell(month.team, month.month) for month in monthly_lead_time(attributions, zone)]
    assert list(dict.fromkeys(author.cell for author in monthly_authors(attributions, zone))) == months


@given(strategies.rosters(), strategies.attributions(), st.integers(2, 4))
def test_no_small_group_is_left_and_none_is_the_only_unknown(
    roster: Roster, attributions: list[Attribution], min_group_size: int
) -> None:
    """What is shown is about enough people; what is not, is two teams of a day at least, or the rest goes as well."""
    authors = weekly_authors(attributions, "UTC")
    kept = withheld(authors, roster, min_group_size)
    people = defaultdict(set)
    for author in authors:
        people[author.cell].add(roster.person_of(Author(author.login, author.github_id)))
    assert all(len(group) >= min_group_size for cell, group in people.items() if cell not in kept.cells)
    for day in {cell.begins_on for cell in kept.cells}:
        assert day in kept.rests or sum(cell.begins_on == day for cell in kept.cells) > 1


ROSTER = roster_of(
    *(Membership("Platform", login) for login in ("alice", "bob")),
    *(Membership("apps", login, Decimal("0.5")) for login in ("carol", "dan", "erin")),
    *(Membership("web", login) for login in ("fay", "gil", "hal", "ian")),
)
FACTS = tuple(
    merged(Author(login), at(f"2024-01-0{day}"), at(f"2024-01-0{day}T06:00"), number)
    for number, (login, day) in enumerate(
        [*((login, 1) for login in ("alice", "bob", "carol", "dan", "erin", "fay", "gil", "hal", "ian")), ("carol", 8)],
        start=1,
    )
)


def figures_of(min_group_size: int) -> ReportFigures:
    """Return the use case over three teams in the first week, and one person in the second."""
    store = memory_store()
    put_roster(store, ROSTER)
    put_facts(store, *FACTS)
    return ReportFigures(store.reports, store.rosters, Discretion(min_group_size))


def test_velocity_leaves_small_groups_out_and_says_which() -> None:
    """Two people, and the three who would give them away; in the week of one person the rest goes too."""
    report = figures_of(3).velocity(EVERYTHING)
    assert [(week.team, week.week, week.prs_merged) for week in report.weeks] == [("web", MONDAY, 4)]
    assert report.withheld_weeks == (Cell("Platform", MONDAY), Cell("apps", MONDAY), Cell("apps", NEXT))
    assert [week.week for week in report.unattributed] == [MONDAY]
    assert report.withheld_rests == ((NEXT, RestReason.PART_TIME),)


@pytest.mark.parametrize("team", ["Platform", "apps", "web"])
def test_asking_for_one_team_shows_no_more(team: str) -> None:
    """A team that is withheld for another one's sake is so in its own report as well."""
    whole, alone = (figures_of(3).velocity(scope) for scope in (EVERYTHING, ReportScope(team)))
    assert alone.weeks == tuple(week for week in whole.weeks if week.team == team)
    assert alone.withheld_weeks == tuple(cell for cell in whole.withheld_weeks if cell.team == team)
    assert alone.unattributed == whole.unattributed


def test_lead_time_leaves_small_groups_out() -> None:
    """By the people of the whole month."""
    report = figures_of(4).lead_time(EVERYTHING)
    assert [month.team for month in report.months] == ["web"]
    assert report.withheld_months == (Cell("Platform", MONDAY), Cell("apps", MONDAY))
    assert len(figures_of(2).lead_time(EVERYTHING).months) == 3


def test_without_a_group_size_everything_is_told() -> None:
    """As ever."""
    report = figures_of(0).velocity(EVERYTHING)
    assert (len(report.weeks), report.withheld_weeks, report.withheld_rests) == (4, (), ())
