"""Edits of a roster by example: what comes of them, and what is refused in which words."""

from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.errors import InvalidRosterError, InvalidValueError
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_edit import Join, Leave, Rename, Reweigh, RosterEdit, RosterEditError
from tests.unit.examples import MICROSECOND, at, roster_of

SPRING, SUMMER, AUTUMN = at("2024-04-01"), at("2024-07-01"), at("2024-10-01")
HALF = Decimal("0.5")
ALICE = Membership("Platform", "Alice", aliases=("al",), github_id=7)
BOB = Membership("Platform", "bob", joined_at=SPRING, left_at=AUTUMN)
ROSTER = roster_of(ALICE, BOB)


def test_first_member_of_a_new_team() -> None:
    """An empty roster is a roster to be edited, too."""
    edited = Join("Core", "ada", HALF, SPRING, SUMMER, makes_team=True)(Roster())
    assert edited == Roster((Team("Core"),), (Membership("Core", "ada", HALF, SPRING, SUMMER),))


@pytest.mark.parametrize("login", ["ALICE", "al"])
def test_known_person_joins_as_who_they_are(login: str) -> None:
    """Under any login and any spelling, of the team's name as well."""
    base = evolve(roster_of(evolve(ALICE, weight=HALF), BOB), teams=(Team("Apps", "told", "a"), Team("Platform")))
    edited = Join("APPS", login, HALF, SUMMER, makes_team=True)(base)
    assert edited.memberships[0] == evolve(ALICE, team="Apps", weight=HALF, joined_at=SUMMER)
    assert edited.teams == base.teams


def test_leaving_ends_the_stay_with_all_its_weights() -> None:
    """A later weight belongs to the same stay, coming back after a gap does not."""
    weights = (
        evolve(BOB, left_at=SUMMER),
        evolve(BOB, joined_at=SUMMER, left_at=AUTUMN, weight=HALF),
        evolve(BOB, joined_at=AUTUMN + MICROSECOND, left_at=None),
    )
    edited = Leave("Platform", "bob", SUMMER - MICROSECOND)(roster_of(ALICE, *weights))
    assert edited == roster_of(ALICE, evolve(BOB, left_at=SUMMER - MICROSECOND), weights[2])


def test_last_instant_of_a_window_is_before_its_end() -> None:
    """Leaving when one has left already changes nothing; a microsecond earlier is another end (R1)."""
    assert Leave("Platform", "bob", AUTUMN)(ROSTER) is ROSTER
    edited = Leave("Platform", "bob", AUTUMN - MICROSECOND)(ROSTER)
    assert edited == roster_of(ALICE, evolve(BOB, left_at=AUTUMN - MICROSECOND))


def test_person_stays_one_when_the_entry_with_the_aliases_goes() -> None:
    """Whom it joined learns what it knew: other logins and the numeric id (R2)."""
    base = roster_of(
        Membership("Core", "carol", HALF, aliases=("old",), github_id=9, joined_at=SPRING),
        *(
            Membership("Platform", login, HALF, joined_at=edge, left_at=end)
            for login, edge, end in (("old", None, SUMMER), ("carol", SUMMER, None))
        ),
    )
    edited = Leave("Core", "carol", SPRING)(base)
    (person,) = edited.people
    assert (person.login_keys, person.github_id) == (frozenset({"carol", "old"}), 9)
    assert [entry.team for entry in edited.memberships] == ["Platform", "Platform"]


def test_another_weight_from_an_instant_on() -> None:
    """The window ends there and another one begins, which ends where the former did."""
    edited = Reweigh("Platform", "bob", HALF, SUMMER)(ROSTER)
    assert edited == roster_of(
        ALICE, evolve(BOB, left_at=SUMMER), evolve(BOB, joined_at=SUMMER, left_at=AUTUMN, weight=HALF)
    )


def test_another_weight_from_the_beginning_on() -> None:
    """There is nothing before it that could be kept."""
    assert Reweigh("Platform", "bob", HALF, SPRING)(ROSTER) == roster_of(ALICE, evolve(BOB, weight=HALF))


def test_renamed_account_keeps_its_former_logins() -> None:
    """In every entry; the new one is no alias of itself."""
    base = roster_of(evolve(ALICE, aliases=("al", "alicia"), weight=HALF), Membership("Apps", "ALICE", HALF), BOB)
    edited = Rename("alice", "Alicia")(base)
    assert [(entry.login, entry.aliases) for entry in edited.memberships] == [
        ("Alicia", ("ALICE",)),
        ("Alicia", ("al", "Alice")),
        ("bob", ()),
    ]
    assert Rename("alice", "Alicia")(edited) is edited


def test_other_spelling_is_no_alias() -> None:
    """Logins compare without case (R2)."""
    assert Rename("alice", "aLICE")(ROSTER) == roster_of(evolve(ALICE, login="aLICE"), BOB)


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (Join("Platfrom", "eve"), "team: no team is named 'Platfrom'; is 'Platform' meant?"),
        (Leave("Core", "bob", SPRING), "team: no team is named 'Core'; known are Platform"),
        (Leave("Platform", "bbo", SPRING), "login 'bbo' was never in team 'Platform'; is 'bob' meant?"),
        (Reweigh("Platform", "eve", HALF, SPRING), "login 'eve' was never in team 'Platform'"),
        (
            Leave("platform", "BOB", AUTUMN + MICROSECOND),
            "login 'bob' is not in team 'Platform' at 2024-10-01T00:00:00.000001+00:00; "
            "it was in [2024-04-01T00:00:00+00:00, 2024-10-01T00:00:00+00:00)",
        ),
        (
            Reweigh("Platform", "bob", HALF, AUTUMN),
            "login 'bob' is not in team 'Platform' at 2024-10-01T00:00:00+00:00; "
            "it was in [2024-04-01T00:00:00+00:00, 2024-10-01T00:00:00+00:00)",
        ),
        (Rename("bobb", "robert"), "login 'bobb' stands on no entry of the roster; is 'bob' meant?"),
        (Rename("al", "alicia"), "login 'al' is an alias of 'Alice'; rename that one, or mend the aliases"),
        (
            Rename("bob", "AL"),
            "login 'AL' stands on the roster already, in team 'Platform', as another person than 'bob'; "
            "a login can be one person's only",
        ),
    ],
)
def test_edit_of_what_is_not_there_is_refused(edit: RosterEdit, wanted: str) -> None:
    """Login, team and instant are named, and near names offered."""
    with pytest.raises(RosterEditError) as caught:
        edit(ROSTER)
    assert str(caught.value) == wanted


def test_first_team_is_not_made_by_accident() -> None:
    """Where there is no name yet that could be meant."""
    with pytest.raises(RosterEditError, match="'Core'; the roster lists none yet, and a new one has to be asked for"):
        Join("Core", "ada")(Roster())


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (Join("Platform", "bob", joined_at=SUMMER), "login 'bob' is in team 'Platform' twice at 2024-07-01 00:00:00"),
        (
            Join("Core", "bob", HALF, SUMMER, makes_team=True),
            "login 'bob' is allocated 1.5 at 2024-07-01 00:00:00+00:00 (Core 0.5, Platform 1), which is more than 1",
        ),
    ],
    ids=["overlap", "too much"],
)
def test_edit_against_the_rules_of_rosters_is_refused(edit: RosterEdit, wanted: str) -> None:
    """As a file would be that says the same (R5)."""
    with pytest.raises(InvalidRosterError) as caught:
        edit(ROSTER)
    assert wanted in str(caught.value)


@pytest.mark.parametrize(
    "edit",
    [
        Join("Platform", "no login"),
        Join("Platform", "ghost"),
        Join("Platform", "eve", Decimal("1.1")),
        Join("Platform", "eve", joined_at=SUMMER, left_at=SUMMER),
        Join(" Core", "eve", makes_team=True),
        Reweigh("Platform", "bob", Decimal("0.0000001"), SUMMER),
        Rename("bob", "no login"),
    ],
    ids=str,
)
def test_value_that_cannot_exist_is_refused(edit: RosterEdit) -> None:
    """Where it would have entered (R1, R2, R4)."""
    with pytest.raises(InvalidValueError):
        edit(ROSTER)
