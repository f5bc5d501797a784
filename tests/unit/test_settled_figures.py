"""Figures for others are of one roster, though it may be replaced while they are read."""

from collections.abc import Callable

import pytest
from attrs import evolve

from github_tracker.application.report import Discretion
from github_tracker.application.settled_figures import NoSuchTeamError, listed_team, settled, withheld_in
from github_tracker.domain.membership import Membership
from github_tracker.ports.data_version import DataVersion
from github_tracker.ports.errors import RosterChangedError, UnknownTeamError
from tests.contracts.memory import memory_store
from tests.contracts.store import EVERYTHING, Store, put_roster
from tests.unit.examples import roster_of


def store_of(*teams: str) -> Store:
    """Return a store with these teams."""
    store = memory_store()
    put_roster(store, roster_of(*(Membership(team, f"of-{team}") for team in teams)))
    return store


def replaced(store: Store, times: int) -> Callable[[DataVersion], int]:
    """Return something that reads, and replaces the roster meanwhile so many times."""
    left = list(range(times))

    def read(version: DataVersion) -> int:
        if left:
            put_roster(store, roster_of(Membership("apps", f"member-{left.pop()}")))
        return version.roster_version

    return read


@pytest.mark.parametrize("times", [0, 1, 4])
def test_what_was_read_of_a_roster_that_is_replaced_is_read_again(times: int) -> None:
    """Until it stays; what is returned is labelled with the version that it was read of."""
    store = store_of("apps")
    known = store.versions.current()
    assert settled(store.versions, known, replaced(store, times)) == known.roster_version + times


def test_roster_that_is_replaced_again_and_again_is_told() -> None:
    """Instead of figures that nobody could label."""
    store = store_of("apps")
    with pytest.raises(RosterChangedError):
        settled(store.versions, store.versions.current(), replaced(store, 5))


def test_version_that_was_known_before_is_of_no_use_if_it_is_old() -> None:
    """The roster was replaced between looking at the version and reading."""
    store = store_of("apps")
    known = store.versions.current()
    put_roster(store, roster_of(Membership("apps", "somebody")))
    assert settled(store.versions, known, lambda version: version.roster_version) == known.roster_version + 1


def test_team_that_was_renamed_since_it_was_looked_up_is_looked_up_again() -> None:
    """Its number is the same, and so is what it earned."""
    store = memory_store()
    roster = roster_of(Membership("apps", "bob"))
    keyed = evolve(roster, teams=(evolve(roster.teams[0], key="a"),))
    put_roster(store, keyed)
    (team,) = store.teams.teams()
    asked: list[str] = []

    def read(_version: DataVersion) -> str:
        asked.append(listed_team(store.teams, team.id, None).name)
        if len(asked) == 1:
            renamed = evolve(keyed.teams[0], name="products")
            put_roster(store, evolve(keyed, teams=(renamed,), memberships=(Membership("products", "bob"),)))
            raise UnknownTeamError("apps", ())
        return asked[-1]

    assert settled(store.versions, store.versions.current(), read) == "products"
    assert asked == ["apps", "products"]


def test_team_out_of_reach_or_off_the_roster_is_none() -> None:
    """Which of them is not told."""
    store = store_of("apps", "other")
    apps, other = store.teams.teams()
    assert listed_team(store.teams, apps.id, (apps.id,)) == apps
    put_roster(store, roster_of(Membership("apps", "of-apps")))
    told = set()
    for number, visible in ((apps.id, (other.id,)), (other.id, None), (4711, None), (apps.id, ())):
        with pytest.raises(NoSuchTeamError) as caught:
            listed_team(store.teams, number, visible)
        told.add(str(caught.value).replace(str(number), "N"))
    assert len(told) == 1


def test_nothing_is_looked_up_where_nothing_is_withheld() -> None:
    """Authors are asked for only with a least size."""
    store = store_of("apps")
    asked: list[object] = []

    def ask(scope: object) -> tuple[()]:
        asked.append(scope)
        return ()

    assert withheld_in(Discretion(), store.rosters, ask, EVERYTHING).cells == frozenset()
    assert asked == []
    withheld_in(Discretion(2), store.rosters, ask, EVERYTHING)
    assert asked == [EVERYTHING]
