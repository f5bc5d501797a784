"""What every MetricsRepository refuses, and that nothing of what it refuses stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.errors import ContradictedFactError
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.ports.errors import RosterChangedError, StateChangedError
from github_tracker.ports.metrics_repository import AttributedPage
from tests.contracts.metrics import BARE, CHECKPOINT, FULL, ROSTER
from tests.contracts.store import Store, contents_of, facts_of, page_of, put_facts, put_roster
from tests.unit.examples import at, opened, roster_of

NEW = opened(Author("bob"), at("2024-01-01"), number=6)
CONTRADICTION = evolve(FULL, created_at=FULL.created_at + timedelta(microseconds=1))


class RefusalsContract:
    """Pages that must leave no trace; needs a fixture `store`."""

    @pytest.mark.parametrize(
        ("facts", "number"),
        [
            ((NEW, CONTRADICTION, BARE), 7),
            ((NEW, evolve(CONTRADICTION, updated_at=at("2025-01-01")), BARE), 7),
            ((NEW, evolve(CONTRADICTION, updated_at=at("2023-01-01")), BARE), 7),
            ((NEW, FULL, CONTRADICTION), 7),
            ((NEW, BARE, evolve(BARE, created_at=at("2023-12-31"))), 8),
        ],
        ids=["same time", "newer", "older", "after the right one", "on one page"],
    )
    def test_contradicted_page_stores_nothing(self, store: Store, facts: tuple[PullRequest, ...], number: int) -> None:
        """Another created_at refuses the page with its other facts and its checkpoint, however old it is."""
        put_roster(store, ROSTER)
        put_facts(store, FULL)
        before = contents_of(store)
        page = page_of(store, *facts, checkpoint=CHECKPOINT)
        with pytest.raises(ContradictedFactError) as caught:
            store.metrics.store_page(page)
        assert (caught.value.repository_id, caught.value.number) == (1, number)
        assert contents_of(store) == before

    @pytest.mark.parametrize("facts", [(), (FULL,), (NEW,)], ids=["no fact", "known fact", "new fact"])
    def test_page_of_another_roster_stores_nothing(self, store: Store, facts: tuple[PullRequest, ...]) -> None:
        """Shares computed with a roster that is no longer in force are refused with the checkpoint."""
        put_roster(store, ROSTER)
        put_facts(store, FULL)
        page = page_of(store, *facts, checkpoint=CHECKPOINT)
        put_roster(store, roster_of(Membership("Platform", "alice", Decimal("0.5"))))
        self._assert_refused(store, page, RosterChangedError)

    def test_page_of_a_roster_to_come_stores_nothing(self, store: Store) -> None:
        """A version that is not stored yet is another one as well."""
        put_roster(store, ROSTER)
        self._assert_refused(store, evolve(page_of(store, FULL), roster_version=2), RosterChangedError)

    @pytest.mark.parametrize("facts", [(), (FULL,), (NEW,)], ids=["no fact", "known fact", "new fact"])
    def test_page_that_continues_another_state_stores_nothing(
        self, store: Store, facts: tuple[PullRequest, ...]
    ) -> None:
        """A run that was overtaken cannot store, not even a page that would have changed nothing."""
        put_facts(store, FULL)
        page = page_of(store, *facts)
        put_facts(store, checkpoint=CHECKPOINT)
        self._assert_refused(store, page, StateChangedError)
        self._assert_refused(store, evolve(page, state_version=3), StateChangedError)

    def test_page_of_a_repository_that_is_not_registered_is_refused(self, store: Store) -> None:
        """There is no state that it could continue."""
        self._assert_refused(store, evolve(page_of(store, NEW), repository_id=99), StateChangedError)

    def test_refused_page_can_be_stored_once_it_is_computed_again(self, store: Store) -> None:
        """Nothing of a refusal stands in the way afterwards."""
        put_roster(store, ROSTER)
        page = page_of(store, NEW)
        put_facts(store, FULL)
        self._assert_refused(store, page, StateChangedError)
        assert put_facts(store, NEW).facts_changed == 1
        assert facts_of(store) == (NEW, FULL)

    def _assert_refused(self, store: Store, page: AttributedPage, error: type[Exception]) -> None:
        before = contents_of(store)
        with pytest.raises(error):
            store.metrics.store_page(page)
        assert contents_of(store) == before
