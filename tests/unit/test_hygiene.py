"""What the stored facts say of a roster: strangers, renames, reused logins, misspellings, and windows."""

from datetime import date, datetime, timedelta
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.hygiene import (
    AuthorActivity,
    Hygiene,
    NarrowWindows,
    PersonWithoutTeam,
    RenamedPerson,
    ReusedLogin,
    SilentPerson,
    UnknownAuthor,
    examine,
)
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from tests import strategies
from tests.unit.examples import MICROSECOND, at, policy_of, roster_of

JANUARY, FEBRUARY, MARCH, NOW = (at(f"2024-0{month}-01") for month in (1, 2, 3, 4))
ALICE = Membership("Platform", "alice")
ROSTER = roster_of(ALICE)


def activity(
    login: str,
    github_id: int | None = None,
    first_at: datetime = JANUARY,
    last_at: datetime | None = None,
    count: int = 1,
    account_type: str | None = None,
) -> AuthorActivity:
    """Return what one author opened."""
    return AuthorActivity(Author(login, github_id, account_type), count, first_at, last_at or first_at)


def found_in(*activities: AuthorActivity, roster: Roster = ROSTER, policy: AttributionPolicy | None = None) -> Hygiene:
    """Return what the activities say of the roster."""
    return examine(roster, policy or AttributionPolicy(), activities, NOW)


def test_sound_roster_has_nothing_found() -> None:
    """Nothing to be acted upon either."""
    found = found_in(activity("Alice", 5), activity("ghost", 10137), activity("Ghost"))
    assert found == Hygiene()
    assert not found.is_to_be_acted_upon


def test_unknown_authors_come_by_their_number_most_first() -> None:
    """Spellings of one login and id are one author, called as GitHub did last; several ids are several authors."""
    found = found_in(
        activity("alice"),
        activity("Bo", 7, JANUARY, FEBRUARY, 3),
        activity("bo", 7, FEBRUARY, MARCH, 2),
        activity("bo", 8, MARCH, MARCH, 9),
        activity("bo", None, FEBRUARY),
        activity("abe", None, FEBRUARY),
    )
    assert found.unknown == (
        UnknownAuthor("bo", 8, 9, date(2024, 3, 1), date(2024, 3, 1)),
        UnknownAuthor("bo", 7, 5, date(2024, 1, 1), date(2024, 3, 1)),
        UnknownAuthor("abe", None, 1, date(2024, 2, 1), date(2024, 2, 1)),
        UnknownAuthor("bo", None, 1, date(2024, 2, 1), date(2024, 2, 1)),
    )
    assert not found.is_to_be_acted_upon


def test_bots_stand_apart_unless_the_roster_names_them() -> None:
    """By type, by [bot] and by pattern (R11)."""
    roster = roster_of(ALICE, Membership("Platform", "ci-own"), Membership("Platform", "own[bot]"))
    found = found_in(
        *(activity(login) for login in ("alice", "ci-own", "ci-other", "own[bot]", "other[bot]", "carl")),
        activity("helper", account_type="Bot"),
        roster=roster,
        policy=policy_of("CI-*"),
    )
    assert [author.login for author in found.bots] == ["ci-other", "helper", "other[bot]"]
    assert [author.login for author in found.unknown] == ["carl"]
    assert found.silent == ()


def test_same_id_under_an_unknown_login_is_a_rename() -> None:
    """The login on the roster was seen with the id, so the pull requests of the new one are lost: to be acted upon."""
    entry = Membership("Platform", "alice", aliases=("al",), left_at=NOW)
    found = found_in(
        activity("alice", 5),
        activity("alice-new", 5, FEBRUARY, count=2),
        activity("Alice-Newer", 5, MARCH, count=3),
        activity("other", 6),
        roster=roster_of(Membership("apps", "alice", joined_at=NOW), entry),
    )
    assert found.renamed == (RenamedPerson(entry, 5, ("alice-new", "Alice-Newer"), 5, is_credited=False),)
    assert found.is_to_be_acted_upon


def test_id_on_the_roster_credits_a_renamed_account_already() -> None:
    """The alias is still worth writing down; nothing is lost without it."""
    entry = evolve(ALICE, github_id=5)
    found = found_in(activity("alice-new", 5, count=4), roster=roster_of(entry))
    assert found == Hygiene(renamed=(RenamedPerson(entry, 5, ("alice-new",), 4, is_credited=True),))
    assert not found.is_to_be_acted_upon


def test_several_ids_under_a_login_are_a_reused_login() -> None:
    """The person is the first one, and it is that account whose renames are looked for; one unknown id is no other."""
    activities = (
        activity("alice", 5, JANUARY),
        activity("alice", None, JANUARY + MICROSECOND),
        activity("ALICE", 9, MARCH, count=3),
        activity("alice", 9, MARCH, count=2),
        activity("alice-new", 5, FEBRUARY),
        activity("somebody", 9, JANUARY),
    )
    for order in permutations(activities):
        found = found_in(*order)
        assert found.reused == (ReusedLogin(ALICE, "alice", (5, 9), 5),)
        assert found.renamed == (RenamedPerson(ALICE, 5, ("alice-new",), 1, is_credited=False),)
        assert found.is_to_be_acted_upon


def test_reused_login_is_settled_by_the_id_on_the_roster() -> None:
    """Whoever took the login is unknown then (R2)."""
    found = found_in(activity("alice", 5), activity("alice", 9), roster=roster_of(evolve(ALICE, github_id=5)))
    assert found == Hygiene(unknown=(UnknownAuthor("alice", 9, 1, date(2024, 1, 1), date(2024, 1, 1)),))


def test_two_accounts_of_one_person_are_no_reused_login() -> None:
    """Each of the two logins has always been the same account."""
    roster = roster_of(evolve(ALICE, aliases=("alice-at-work",)))
    assert found_in(activity("alice", 5), activity("alice-at-work", 6), roster=roster) == Hygiene()


@pytest.mark.parametrize(
    ("login", "unknown", "nearest"),
    [
        ("alcie", ("alice", "oliver"), "alice"),
        ("bob", ("Bobb",), "Bobb"),
        ("al-smith", ("al_smith", "smith"), "al_smith"),
        ("alice", ("bob", "renovate"), None),
        ("alice", (), None),
        ("alice", ("alice[bot]",), None),
    ],
)
def test_person_without_pull_requests_may_be_misspelt(
    login: str, unknown: tuple[str, ...], nearest: str | None
) -> None:
    """The unknown author who looks most alike is named; a bot is nobody's misspelling."""
    found = found_in(*map(activity, unknown), roster=roster_of(Membership("Platform", login)))
    assert found.silent == (SilentPerson(login, nearest),)
    assert found.is_to_be_acted_upon == (nearest is not None)


def test_person_who_opened_something_is_not_searched_for() -> None:
    """Whatever aliases nobody used."""
    roster = roster_of(evolve(ALICE, aliases=("alcie",)))
    assert found_in(activity("alice"), activity("alcie2"), roster=roster).silent == ()


def test_person_is_without_a_team_between_and_around_windows() -> None:
    """At the instant of leaving already (R1); weight 0 belongs."""
    windows = {"left": (None, NOW), "future": (NOW + MICROSECOND, None), "there": (JANUARY, NOW + MICROSECOND)}
    roster = roster_of(*(Membership("Platform", login, 0 * ALICE.weight, *edges) for login, edges in windows.items()))
    found = found_in(*(activity(login, first_at=FEBRUARY) for login in windows), roster=roster)
    assert found.without_team == (PersonWithoutTeam("future", None), PersonWithoutTeam("left", NOW))


def test_windows_that_leave_something_out_are_told() -> None:
    """The first counts from joined_at on, the last until just before left_at; gaps between windows are no matter."""
    roster = roster_of(
        Membership("Platform", "alice", joined_at=FEBRUARY, left_at=FEBRUARY + timedelta(days=1)),
        Membership("apps", "alice", joined_at=FEBRUARY + timedelta(days=9), left_at=MARCH),
        Membership("apps", "exact", joined_at=FEBRUARY, left_at=MARCH),
        Membership("apps", "open", joined_at=FEBRUARY),
    )
    activities = (
        activity("alice", 5, FEBRUARY - MICROSECOND, FEBRUARY),
        activity("Alice", 5, FEBRUARY, MARCH),
        activity("exact", 6, FEBRUARY, MARCH - MICROSECOND),
        activity("open", 7, JANUARY, MARCH),
    )
    assert found_in(*activities, roster=roster).narrow == (
        NarrowWindows("alice", FEBRUARY, FEBRUARY - MICROSECOND, MARCH, MARCH),
        NarrowWindows("open", FEBRUARY, JANUARY, None, MARCH),
    )


@given(
    strategies.rosters(),
    strategies.policies(),
    st.lists(
        st.builds(
            AuthorActivity,
            strategies.authors().filter(lambda author: author is not None),
            st.integers(1, 9),
            strategies.instants(),
            strategies.instants(),
        ),
        unique_by=lambda one: one.author,
        max_size=8,
    ),
)
def test_every_pull_request_is_somebodys(
    roster: Roster, policy: AttributionPolicy, activities: list[AuthorActivity]
) -> None:
    """Unknown authors and bots hold exactly what no person and no ghost opened."""
    found = examine(roster, policy, activities, NOW)
    strangers = [one for one in activities if not one.author.is_ghost and roster.person_of(one.author) is None]
    told = [*found.unknown, *found.bots]
    assert sum(author.pull_requests for author in told) == sum(one.pull_requests for one in strangers)
    assert len(found.silent) == len(roster.people) - len(
        {roster.person_of(one.author) for one in activities if roster.person_of(one.author) is not None}
    )
