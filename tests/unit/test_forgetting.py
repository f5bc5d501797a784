"""What a person is known by, what stands in its place, and that no figure follows from either."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.adapters.memory import MemoryClock
from github_tracker.application.forget_author import CannotForgetError, ForgetAuthor, FreshPseudonym
from github_tracker.domain.attribution import attribute
from github_tracker.domain.forgetting import Disguise, Forgetting, id_digest, login_digest, plan_forgetting
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.store import contents_of, put_facts, put_roster
from tests.unit.examples import at, opened, policy_of, roster_of

JANUARY, FEBRUARY = at("2024-01-01"), at("2024-02-01")
NAME = "forgotten-0a1b2c3d"


def activity(login: str, github_id: int | None = None, first_at: datetime = JANUARY) -> AuthorActivity:
    """Return one pull request's author."""
    return AuthorActivity(Author(login, github_id), 1, first_at, first_at)


def plan(login: str, rosters: list[Roster], *activities: AuthorActivity) -> Forgetting | None:
    """Return what would be forgotten."""
    return plan_forgetting(login, rosters, activities, NAME, 1000)


def test_everything_the_account_is_known_by_is_found() -> None:
    """Aliases of the roster, the id first seen under each, and the logins it went by since."""
    roster = roster_of(Membership("A", "Alice", aliases=("al",)), Membership("A", "bob"))
    found = plan(
        "AL",
        [roster],
        activity("alice", 9, FEBRUARY),
        activity("alice", 5),
        activity("Alice-New", 5),
        activity("taker", 9),
        activity("bob", 7),
        activity("ghost", 5),
    )
    assert found == Forgetting((("al", NAME), ("alice", f"{NAME}-2"), ("alice-new", f"{NAME}-3")), ((5, 1000),))


def test_id_on_the_roster_is_the_only_one() -> None:
    """Whoever else used the login keeps their id."""
    roster = roster_of(Membership("A", "alice", github_id=5))
    assert plan("alice", [roster], activity("alice", 9), activity("x", 5)) == Forgetting(
        (("alice", NAME), ("x", f"{NAME}-2")), ((5, 1000),)
    )


def test_newest_roster_that_names_the_login_says_whose_it_is() -> None:
    """An alias that moved from one person to another takes the other along, not the first."""
    before = roster_of(Membership("A", "bob", aliases=("x",)), Membership("A", "alice"))
    after = roster_of(Membership("A", "bob"), Membership("A", "alice", aliases=("x",)))
    gone = roster_of(Membership("A", "bob"))
    assert plan("x", [before, after, gone]) == Forgetting((("x", NAME), ("alice", f"{NAME}-2")), ())
    assert plan("alice", [before]) == Forgetting((("alice", NAME),), ())


def test_login_that_nobody_knows_is_not_planned() -> None:
    """Nor GitHub's stand-in for deleted accounts."""
    assert plan("nobody", [roster_of(Membership("A", "bob"))], activity("bob"), activity("ghost")) is None
    assert plan("ghost", [], activity("ghost", 10137)) is None


def test_marks_tell_nothing_without_the_key() -> None:
    """They hold neither login nor id, differ by key, and a login of digits is no id."""
    forgetting = Forgetting((("alice", NAME),), ((5, 1000),))
    disguise = forgetting.disguise("key")
    assert "alice" not in repr(disguise)
    assert "key" not in repr(disguise).replace("key=", "")
    assert {mark.digest for mark in disguise.marks} == {login_digest("key", "ALICE"), id_digest("key", 5)}
    assert login_digest("key", "alice") != login_digest("other key", "alice")
    assert login_digest("key", "5") != id_digest("key", 5)


def test_empty_disguise_changes_nothing() -> None:
    """It is what most stores have."""
    fact, entry = opened(Author("alice", 5), JANUARY), Membership("A", "alice", github_id=5)
    assert Disguise().fact(fact) is fact
    assert Disguise().membership(entry) is entry
    Disguise().refuse_in(roster_of(entry))


@given(st.lists(strategies.rosters(), min_size=1, max_size=3), strategies.pull_request_lists(), st.data())
def test_no_version_of_the_roster_attributes_otherwise(
    rosters: list[Roster], facts: list[PullRequest], data: st.DataObject
) -> None:
    """Whoever is forgotten: each roster still holds, and says the same of each fact by each rule (R6)."""
    activities = [
        AuthorActivity(author, 1, fact.created_at, fact.created_at)
        for fact in facts
        if (author := fact.author) is not None
    ]
    login = data.draw(st.sampled_from(strategies.LOGINS))
    forgetting = plan_forgetting(login, rosters, activities, NAME, 2**62)
    if forgetting is None:
        return
    disguise = forgetting.disguise("key")
    for roster in rosters:
        disguised = disguise.roster(roster)
        assert not any(held.login_keys & {old for old, _ in forgetting.logins} for held in disguised.memberships)
        for fact in facts:
            hidden = disguise.fact(fact)
            assert disguise.fact(hidden) == hidden
            for rule in AttributionRule:
                assert attribute(hidden, disguised, rule) == attribute(fact, roster, rule)


FRESH = FreshPseudonym(NAME, 1000)


def test_use_case_forgets_once_and_refuses_whom_it_cannot() -> None:
    """Strangers can be forgotten too; bots, unknown logins and those who are forgotten already cannot."""
    store = memory_store()
    forget = ForgetAuthor(store.forgotten, store.authors, store.rosters, MemoryClock())
    put_roster(store, roster_of(Membership("A", "bob")), policy_of("ci-*"))
    authors = ("stranger", "ci-1", "bob", "ghost")
    put_facts(store, *(opened(Author(login), JANUARY, number) for number, login in enumerate(authors, 1)))
    before = contents_of(store)
    planned = forget.plan("Stranger", FRESH, "tests")
    assert contents_of(store) == before
    assert forget(planned) == planned.result
    for login, reason in (
        ("stranger", "forgotten already"),
        (NAME, "forgotten already"),
        ("ci-1", "is a bot's"),
        ("nobody", "no stored pull request and no roster names it"),
        ("ghost", "no stored pull request and no roster names it"),
    ):
        with pytest.raises(CannotForgetError, match=reason):
            forget.plan(login, FRESH, "tests")
