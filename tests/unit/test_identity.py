"""Which logins are one person, and when a roster contradicts itself about it (R2)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.attribution import attribute
from github_tracker.domain.identity import group_by_person
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from tests.strategies import LOGINS, rosters
from tests.unit.examples import at, opened, roster_of

HALF = Decimal("0.5")


def test_username_and_aliases_are_one_person() -> None:
    """Pull requests under an old and a new name are earned alike, with both entries' weights."""
    roster = roster_of(Membership("A", "alice", HALF, aliases=("al",)), Membership("B", "AL", HALF))
    for login in ("alice", "Al"):
        credit = attribute(opened(Author(login), at("2024-01-01")), roster, AttributionRule.CREATED)
        assert [(share.team, share.weight) for share in credit.shares] == [("A", HALF), ("B", HALF)]


def test_entries_that_share_a_username_are_one_person() -> None:
    """Letter case does not make two people of one."""
    assert _people(Membership("A", "alice", HALF), Membership("B", "ALICE", HALF)) == [{"alice"}]


def test_an_alias_that_is_another_entrys_username_joins_both() -> None:
    """The other entry belongs to the same person, with its own aliases."""
    people = _people(Membership("A", "alice", HALF, aliases=("al",)), Membership("B", "al", HALF, aliases=("a-1",)))
    assert people == [{"alice", "al", "a-1"}]


def test_chains_of_aliases_are_one_person_in_any_order() -> None:
    """What is joined through a third entry is joined."""
    chain = (
        Membership("A", "a", Decimal("0.1"), aliases=("b",)),
        Membership("B", "c", Decimal("0.1"), aliases=("d",)),
        Membership("C", "b", Decimal("0.1"), aliases=("c",)),
    )
    assert _people(*chain) == _people(*reversed(chain)) == [{"a", "b", "c", "d"}]


def test_strangers_stay_apart() -> None:
    """Sharing a team or a prefix is no reason to be one person."""
    assert _people(Membership("A", "alice"), Membership("A", "alice-2"), Membership("A", "al")) == [
        {"al"},
        {"alice"},
        {"alice-2"},
    ]


def test_an_alias_of_two_usernames_is_a_login_of_two_persons() -> None:
    """Nothing else joins them, so the login would be of both; the fault names all three."""
    people, faults = group_by_person(
        (Membership("A", "Alice", aliases=("AL",)), Membership("A", "bob", aliases=("al",)))
    )
    assert len(people) == 1
    (fault,) = faults
    assert "'al'" in fault
    assert "Alice and bob" in fault


def test_an_alias_of_two_usernames_is_fine_where_they_are_one_person_anyway() -> None:
    """Both entries name the same old login, and one of them names the other."""
    people, faults = group_by_person(
        (
            Membership("A", "alice", HALF, aliases=("al", "alice-corp")),
            Membership("B", "alice-corp", HALF, aliases=("al",)),
        )
    )
    assert [set(person.login_keys) for person in people] == [{"alice", "al", "alice-corp"}]
    assert faults == ()


def test_an_alias_repeated_under_one_username_is_fine() -> None:
    """Each of a person's entries may list the same aliases, in any letter case."""
    people, faults = group_by_person(
        (Membership("A", "alice", HALF, aliases=("al",)), Membership("B", "Alice", HALF, aliases=("AL",)))
    )
    assert [set(person.login_keys) for person in people] == [{"alice", "al"}]
    assert faults == ()


def test_one_entry_with_a_numeric_id_tells_it_for_all() -> None:
    """The id need not be repeated; whoever carries it is the person under any login."""
    roster = roster_of(Membership("A", "alice", HALF), Membership("B", "alice", HALF, github_id=1))
    person = roster.person_of(Author("renamed", 1))
    assert person is not None
    assert [entry.team for entry in person.memberships] == ["A", "B"]
    assert person.github_id == 1


def test_a_login_with_two_numeric_ids_is_refused() -> None:
    """Two accounts are two persons, and a login can be one person's only."""
    _, faults = group_by_person((Membership("A", "alice", github_id=2), Membership("B", "ALICE", github_id=1)))
    (fault,) = faults
    assert "'alice'" in fault.lower()
    assert "1, 2" in fault


def test_a_numeric_id_of_two_persons_is_refused() -> None:
    """One account under two logins is one person; the fault asks for an alias."""
    _, faults = group_by_person((Membership("A", "bob", github_id=1), Membership("A", "alice", github_id=1)))
    (fault,) = faults
    assert "github_id 1" in fault
    assert "alice and bob" in fault
    joined = (Membership("A", "bob", github_id=1), Membership("A", "alice", aliases=("bob",), github_id=1))
    assert _people(*joined) == [{"alice", "bob"}]


@given(rosters())
def test_valid_rosters_are_without_contradiction(roster: Roster) -> None:
    """Grouping a valid roster's entries again finds the same people and no fault."""
    people, faults = group_by_person(roster.memberships)
    assert faults == ()
    assert [person.login_keys for person in people] == [person.login_keys for person in roster.people]


@given(st.lists(st.tuples(st.sampled_from(LOGINS), st.lists(st.sampled_from(LOGINS), max_size=2)), max_size=5))
def test_people_are_the_classes_that_shared_logins_make(pairs: list[tuple[str, list[str]]]) -> None:
    """Entries end up with one person exactly if a chain of shared logins leads from one to the other."""
    entries = [Membership("A", login, aliases=tuple(aliases)) for login, aliases in pairs]
    classes: list[set[str]] = []
    for entry in entries:
        touching = [group for group in classes if group & entry.login_keys]
        classes = [group for group in classes if not group & entry.login_keys]
        classes.append(set(entry.login_keys).union(*touching))
    people, _ = group_by_person(entries)
    assert [set(person.login_keys) for person in people] == sorted(classes, key=min)


def _people(*memberships: Membership) -> list[set[str]]:
    people, faults = group_by_person(memberships)
    assert faults == ()
    return [set(person.login_keys) for person in people]


def test_several_shared_aliases_join_nobody() -> None:
    """Each of them is in question, so none can vouch for another."""
    pair = [Membership("A", "alice", aliases=("x", "y")), Membership("B", "bob", aliases=("x", "y"))]
    faults = group_by_person(pair)[1]
    assert sorted(fault.split(" is ")[0] for fault in faults) == ["login 'x'", "login 'y'"]
    assert group_by_person([*pair, Membership("A", "x", aliases=("x",))])[1] != ()
    assert group_by_person([*pair, Membership("A", "carol", aliases=("alice", "bob"))])[1] == ()
