"""What every DataVersions tells: another version whenever a figure may be another, and the same one otherwise."""

from attrs import evolve

from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.run_report import RunOutcome, RunReport
from github_tracker.ports.data_version import DataVersion
from tests.contracts.store import Store, put_facts, put_roster, state_of
from tests.unit.examples import at, opened, roster_of

OPENED = opened(Author("alice"), at("2024-01-01"))
RUN = RunReport(at("2024-01-01"), at("2024-01-02"), RunOutcome.COMPLETE, 0, ())


class DataVersionContract:
    """Whether something changed; needs a fixture `store` that is empty."""

    def test_version_of_an_empty_store(self, store: Store) -> None:
        """Nothing was put in force, stored or run."""
        assert store.versions.current() == DataVersion(0, AttributionRule.CREATED, "UTC", 0, None)

    def test_policy_in_force_is_told(self, store: Store) -> None:
        """The rule and the zone that the figures follow."""
        put_roster(store, roster_of(), AttributionPolicy(AttributionRule.EFFORT, "Asia/Tokyo"))
        assert store.versions.current() == DataVersion(1, AttributionRule.EFFORT, "Asia/Tokyo", 0, None)

    def test_page_that_changes_something_makes_another_version(self, store: Store) -> None:
        """Even while its run is still going on; the same page again does not."""
        before = store.versions.current()
        put_facts(store, OPENED)
        after = store.versions.current()
        assert after == evolve(before, pages=after.pages)
        assert after.pages > before.pages
        put_facts(store, OPENED)
        assert store.versions.current() == after

    def test_looking_does_not_change_it(self, store: Store) -> None:
        """Nor does registering a repository of which nothing is stored."""
        before = store.versions.current()
        state_of(store)
        assert store.versions.current() == before

    def test_latest_run_is_the_one_that_finished_last(self, store: Store) -> None:
        """In whatever order they were recorded."""
        store.collection.record_run(RUN)
        store.collection.record_run(evolve(RUN, finished_at=at("2024-01-01T12:00")))
        assert store.versions.current().collected_at == RUN.finished_at
