"""What every ForgottenAuthors does: pseudonyms everywhere, other figures nowhere, and nobody brought back."""

from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.attribution import Credit, attribute
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.forgetting import Forgetting
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.forgotten_authors import ForgettingOrder, ForgettingResult
from tests.contracts.store import (
    EVERYTHING,
    Store,
    attribution_of,
    contents_of,
    facts_of,
    page_of,
    put_facts,
    put_roster,
    shares_of,
)
from tests.unit.examples import at, merged, opened, roster_of

MOVED = at("2024-02-01")
ALICE = Membership("Platform", "Alice", Decimal("0.5"), aliases=("al",), left_at=MOVED)
IN_APPS = Membership("Apps", "alice", joined_at=MOVED, github_id=5)
BOB = Membership("Platform", "bob")
ROSTERS = (roster_of(ALICE, BOB), roster_of(ALICE, IN_APPS, BOB), roster_of(evolve(ALICE, aliases=()), IN_APPS, BOB))


def fact(number: int, author: Author | None, day: str) -> PullRequest:
    """Return a merged pull request whose title and branch tell of its author."""
    made = merged(author, at(day), at(day), number)
    return evolve(made, title=f"By {author}", head_branch=f"{author}/fix", base_branch="main", labels=("bug",))


FACTS = (
    fact(1, Author("alice", 5, "User"), "2024-01-02"),
    fact(2, Author("ALICE"), "2024-02-02"),
    fact(3, Author("al", 6, "User"), "2024-01-03"),
    fact(4, Author("alice-new", 5, "User"), "2024-02-03"),
    fact(5, Author("alice", 9, "User"), "2024-02-04"),
    fact(6, Author("bob", 7, "User"), "2024-01-05"),
    fact(7, Author("stranger", 8, "User"), "2024-01-06"),
    fact(8, None, "2024-01-07"),
)
FORGETTING = Forgetting(
    logins=(("alice", "forgotten-00000001"), ("al", "forgotten-00000001-2"), ("alice-new", "forgotten-00000001-3")),
    ids=((5, 2**62), (6, 2**62 + 1)),
)
FORGOTTEN_FACTS = (1, 2, 3, 4, 5)


def order_of(store: Store, forgetting: Forgetting = FORGETTING) -> ForgettingOrder:
    """Return an order by the roster in force."""
    return ForgettingOrder(forgetting, store.rosters.in_force().version, "tests", at("2024-07-01"))


def credits_as_known(store: Store) -> list[list[Credit]]:
    """Return what each version of the roster says of each stored fact, but that of the forgetting itself."""
    versions = store.rosters.history()[: len(ROSTERS)]
    facts = facts_of(store)
    return [[attribute(one, version.roster, rule) for one in facts] for version in versions for rule in AttributionRule]


class ForgettingContract:
    """Forgetting people; needs a fixture `store`."""

    @pytest.fixture(autouse=True)
    def _filled(self, store: Store) -> None:
        for roster in ROSTERS:
            put_roster(store, roster)
        put_facts(store, *FACTS)

    def test_rehearsal_counts_and_changes_nothing(self, store: Store) -> None:
        """What it counts is what happens then."""
        before = contents_of(store)
        assert store.forgotten.rehearse(order_of(store)) == ForgettingResult(5, 3, 2)
        assert contents_of(store) == before
        assert store.forgotten.forget(order_of(store)) == ForgettingResult(5, 3, 2)

    def test_facts_lose_what_tells_of_the_author(self, store: Store) -> None:
        """Login, id, title and head branch; each login and id gets one of its own, and all else stays."""
        store.forgotten.forget(order_of(store))
        authors = {one.number: one.author for one in facts_of(store)}
        main = "forgotten-00000001"
        assert [authors[number] for number in FORGOTTEN_FACTS] == [
            Author(main, 2**62, "User"),
            Author(main),
            Author(f"{main}-2", 2**62 + 1, "User"),
            Author(f"{main}-3", 2**62, "User"),
            Author(main, 9, "User"),
        ]
        for found, original in zip(facts_of(store), FACTS, strict=True):
            if found.number in FORGOTTEN_FACTS:
                assert found == evolve(original, author=found.author, title=None, head_branch=None)
            else:
                assert found == original
            assert found.observed_at == original.observed_at

    def test_no_figure_is_another_as_known_at_any_time(self, store: Store) -> None:
        """Nor any share, whichever version of the roster and whichever rule is asked."""
        before, figures, known = contents_of(store), contents_of(store).figures, credits_as_known(store)
        store.forgotten.forget(order_of(store))
        after = contents_of(store)
        assert credits_as_known(store) == known
        assert (after.figures.velocity, after.figures.unattributed) == (figures.velocity, figures.unattributed)
        assert after.figures.lead_time == figures.lead_time
        for one, other in zip(after.attributions, before.attributions, strict=True):
            assert one is not None
            assert other is not None
            assert (one.credit, one.is_bot, one.rule) == (other.credit, other.is_bot, other.rule)

    def test_nobody_reads_the_login_again(self, store: Store) -> None:
        """Neither in the roster in force nor in its history, nor in the shares or among the authors."""
        store.forgotten.forget(order_of(store))
        contents = contents_of(store)
        assert "alice" not in repr(contents).lower()
        assert "'al'" not in repr(contents)
        assert {line.author for line in shares_of(store)} == {
            "forgotten-00000001",
            "forgotten-00000001-3",
            "bob",
        }
        (in_apps, *_) = contents.in_force.roster.memberships
        assert in_apps == evolve(IN_APPS, login="forgotten-00000001", github_id=2**62)

    def test_forgetting_is_a_version_of_the_roster(self, store: Store) -> None:
        """Who did it and when is kept; the versions before stand, with the pseudonyms."""
        before = store.rosters.history()
        store.forgotten.forget(order_of(store))
        after = store.rosters.history()
        disguise = store.rosters.in_force().disguise
        assert [(version.version, version.changed_by) for version in after][-1] == (4, "tests")
        assert after[:-1] == tuple(evolve(version, roster=disguise.roster(version.roster)) for version in before)
        assert after[-1].roster == after[-2].roster == store.rosters.in_force().roster

    def test_collecting_again_changes_nothing(self, store: Store) -> None:
        """GitHub still names them; disguised, each fact is the one that is stored."""
        store.forgotten.forget(order_of(store))
        before = contents_of(store)
        disguise = store.rosters.in_force().disguise
        assert put_facts(store, *map(disguise.fact, FACTS)).facts_changed == 0
        assert contents_of(store) == before

    def test_page_that_was_read_before_is_refused(self, store: Store) -> None:
        """It would bring the login back."""
        page = page_of(store, opened(Author("alice", 5), MOVED, number=20))
        store.forgotten.forget(order_of(store))
        with pytest.raises(RosterChangedError):
            store.metrics.store_page(page)

    def test_account_is_recognised_by_its_id(self, store: Store) -> None:
        """Under a login that nobody knew when it was forgotten; others are left alone."""
        store.forgotten.forget(order_of(store))
        disguise = store.rosters.in_force().disguise
        later = disguise.fact(fact(20, Author("alice-newest", 5, "User"), "2024-02-05"))
        assert (later.author, later.title) == (Author("forgotten-00000001", 2**62, "User"), None)
        put_facts(store, later)
        assert [share.team for share in attribution_of(store, later).shares] == ["Apps"]
        for author in (Author("alice2", 50), Author("5"), None):
            other = fact(21, author, "2024-02-05")
            assert disguise.fact(other) == other

    @pytest.mark.parametrize(
        ("entry", "instead"),
        [
            (Membership("Apps", "ALICE"), "'forgotten-00000001'"),
            (Membership("Apps", "carol", aliases=("AL",)), "'carol', 'forgotten-00000001-2'"),
            (Membership("Apps", "carol", github_id=5), f"'carol' and github_id {2**62}"),
        ],
        ids=["login", "alias", "id"],
    )
    def test_roster_that_brings_them_back_is_refused(self, store: Store, entry: Membership, instead: str) -> None:
        """The entry is named with what to write; nothing is changed, and what it says to write is accepted."""
        store.forgotten.forget(order_of(store))
        before = contents_of(store)
        with pytest.raises(InvalidRosterError, match="forgotten, and would be brought back") as caught:
            put_roster(store, roster_of(BOB, entry))
        assert f"login {entry.login!r} in team 'Apps'" in str(caught.value)
        assert f"write {instead} there instead" in str(caught.value)
        assert contents_of(store) == before
        disguised = before.in_force.disguise.membership(entry)
        assert put_roster(store, roster_of(BOB, disguised)).is_new_version

    def test_roster_changes_afterwards_as_ever(self, store: Store) -> None:
        """Those who are forgotten stay so."""
        store.forgotten.forget(order_of(store))
        disguise = store.rosters.in_force().disguise
        put_roster(store, disguise.roster(ROSTERS[0]))
        assert store.rosters.in_force().disguise == disguise
        assert [week.team for week in store.reports.velocity(EVERYTHING)][-1] == "Platform"

    def test_order_of_another_version_is_refused(self, store: Store) -> None:
        """What the person is known by may have changed since."""
        stale = order_of(store)
        put_roster(store, ROSTERS[0])
        before = contents_of(store)
        for act in (store.forgotten.forget, store.forgotten.rehearse):
            with pytest.raises(RosterChangedError):
                act(stale)
        assert contents_of(store) == before

    def test_several_people_can_be_forgotten(self, store: Store) -> None:
        """One after the other, each with a pseudonym."""
        store.forgotten.forget(order_of(store))
        other = Forgetting((("bob", "forgotten-00000002"),), ((7, 2**61),))
        assert store.forgotten.forget(order_of(store, other)) == ForgettingResult(1, 1, 1)
        disguise = store.rosters.in_force().disguise
        assert [disguise.of_login(login) for login in ("Al", "BOB", "stranger")] == [
            "forgotten-00000001-2",
            "forgotten-00000002",
            None,
        ]
