"""What every AttributionReader gives out: all facts with their stored shares and rests, in order, of one instant."""

from contextlib import closing
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.roster_change import AffectedAuthors
from tests.contracts.store import (
    GADGETS,
    WIDGETS,
    Store,
    attribution_of,
    facts_of,
    put_facts,
    put_roster,
    state_of,
    stream_of,
)
from tests.unit.examples import at, merged, opened, policy_of, roster_of

JOINED = at("2024-01-05")
ROSTER = roster_of(
    Membership("apps", "alice", Decimal("0.25"), left_at=JOINED),
    Membership("Platform", "alice", Decimal("0.333333"), left_at=JOINED),
    Membership("Öl", "alice", Decimal("1"), joined_at=JOINED),
    Membership("apps", "bob", Decimal("0")),
)
START, END = at("2024-01-01"), at("2024-01-09")

OF_WIDGETS = (
    merged(Author("Alice", 101), START, END, number=2),
    merged(Author("bob", 102), START, END, number=10),
    opened(Author("alice"), START, number=11),
    merged(Author("ci-deploy"), START, END, number=300),
    merged(None, START, END, number=301),
    merged(Author("stranger", 77), START, END, number=302),
)
OF_GADGETS = tuple(evolve(fact, repository_id=2) for fact in OF_WIDGETS[:2])
FACTS = (*OF_WIDGETS, *OF_GADGETS)


def fill(store: Store, rule: AttributionRule = AttributionRule.CREATED) -> Attributor:
    """Put the examples in, the second repository first, and return by what they are attributed."""
    policy = evolve(policy_of("ci-*"), rule=rule)
    put_roster(store, ROSTER, policy)
    put_facts(store, *OF_GADGETS, repository=GADGETS)
    put_facts(store, *reversed(OF_WIDGETS))
    return Attributor(ROSTER, policy)


class AttributionContract:
    """The stream, its order, its authors and its instant; needs a fixture `store`."""

    def test_empty_store_gives_nothing(self, store: Store) -> None:
        """Neither attributions nor repositories."""
        assert stream_of(store) == ()
        assert store.attributions.repositories() == ()

    @pytest.mark.parametrize("rule", AttributionRule)
    def test_every_fact_comes_once_with_what_is_stored_for_it(self, store: Store, rule: AttributionRule) -> None:
        """By repository id and number, with shares by team, rests by reason, the rule, and whether a bot opened it."""
        attributor = fill(store, rule)
        assert stream_of(store) == tuple(map(attributor.attribute, FACTS))
        assert [found.pull_request.observed_at for found in stream_of(store)] == [fact.observed_at for fact in FACTS]

    def test_stream_says_what_each_attribution_says_alone(self, store: Store) -> None:
        """And the facts are those of the repository's own stream."""
        fill(store)
        assert stream_of(store) == tuple(attribution_of(store, fact) for fact in FACTS)
        facts = tuple(found.pull_request for found in stream_of(store))
        assert facts == (*facts_of(store, WIDGETS), *facts_of(store, GADGETS))

    @pytest.mark.parametrize(
        ("authors", "wanted"),
        [
            (AffectedAuthors(frozenset({"alice"}), frozenset()), ("Alice", "alice", "Alice")),
            (AffectedAuthors(frozenset(), frozenset({102})), ("bob", "bob")),
            (AffectedAuthors(frozenset({"stranger"}), frozenset({102})), ("bob", "stranger", "bob")),
            (AffectedAuthors(frozenset({"bob"}), frozenset({102})), ("bob", "bob")),
            (AffectedAuthors(frozenset({"nobody"}), frozenset({9})), ()),
            (AffectedAuthors(frozenset(), frozenset()), ()),
        ],
        ids=["by login without case", "by id", "by either", "by both", "unknown", "nobody"],
    )
    def test_authors_are_found_by_login_or_by_id(
        self, store: Store, authors: AffectedAuthors, wanted: tuple[str, ...]
    ) -> None:
        """Each pull request once, in the same order; no names mean nobody, not everybody."""
        fill(store)
        found = stream_of(store, authors)
        assert tuple(one.pull_request.author and one.pull_request.author.login for one in found) == wanted
        assert found == tuple(one for one in stream_of(store) if authors.include(one.pull_request.author))

    def test_stream_is_of_one_instant(self, store: Store) -> None:
        """A roster, a rule and facts that come while it is read are seen by the next reader only."""
        attributor = fill(store)
        with closing(store.attributions.attributions()) as attributions:
            first = next(attributions)
            put_roster(store, roster_of(Membership("apps", "alice")), AttributionPolicy(AttributionRule.MERGED))
            put_facts(store, opened(Author("alice"), START, number=999))
            assert (first, *attributions) == tuple(map(attributor.attribute, FACTS))
        again = stream_of(store)
        assert len(again) == len(FACTS) + 1
        assert {found.rule for found in again} == {AttributionRule.MERGED}

    def test_stream_need_not_be_read_to_the_end(self, store: Store) -> None:
        """A closed generator is done with; the store goes on as if it had been read out."""
        fill(store)
        for _ in range(5):
            with closing(store.attributions.attributions()) as attributions:
                assert next(attributions).pull_request.number == OF_WIDGETS[0].number
        assert put_facts(store, evolve(OF_WIDGETS[0], title="other")).facts_changed == 1

    def test_repositories_are_told_by_id_under_their_names_of_today(self, store: Store) -> None:
        """With the default branch, also while nothing is stored of them."""
        for repository in (GADGETS, WIDGETS):
            state_of(store, repository)
        assert store.attributions.repositories() == (WIDGETS, GADGETS)
        renamed = Repository(1, "acme-labs/Sprockets", "trunk")
        store.collection.register(renamed, WIDGETS.full_name)
        assert store.attributions.repositories() == (renamed, GADGETS)
