"""Rolled-up figures and their definitions never differ, whatever is done in whatever order."""

from contextlib import ExitStack, suppress
from datetime import datetime
from itertools import islice

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from github_tracker.adapters.postgres.database import open_database
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from tests import strategies
from tests.contracts.store import GADGETS, WIDGETS, put_facts, put_roster, state_of
from tests.integration.databases import Databases
from tests.integration.postgres_store import postgres_store
from tests.integration.rollup_checks import ACCEPTED_AT_ANY_TIME, ZONES, differences


class FiguresThroughEverything(RuleBasedStateMachine):
    """Writes, re-attributes, prunes and refreshes in any order, by hand as well; views and definitions never differ."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self._opened = ExitStack()
        url = databases.create()
        self._opened.callback(databases.give_back, url)
        self._store = postgres_store(self._opened.enter_context(open_database(url, pool_size=2)))
        self._connection = self._opened.enter_context(psycopg.connect(url.reveal(), autocommit=True))

    def teardown(self) -> None:
        """Drop this example's database."""
        self._opened.close()

    @initialize(roster=strategies.rosters())
    def begin(self, roster: Roster) -> None:
        """With a roster, so that there are teams."""
        put_roster(self._store, roster)
        for repository in (WIDGETS, GADGETS):
            state_of(self._store, repository)

    @rule(facts=strategies.pull_request_lists())
    def store_page(self, facts: list[PullRequest]) -> None:
        """Facts of both repositories, save those that contradict what is stored."""
        for repository in (WIDGETS, GADGETS):
            known = {fact.key: fact for fact in self._store.metrics.pull_requests(repository.id)}
            own = [fact for fact in facts if fact.repository_id == repository.id]
            put_facts(
                self._store,
                *(fact for fact in own if fact.key not in known or not fact.contradicts(known[fact.key])),
                repository=repository,
            )

    @rule(roster=strategies.rosters() | strategies.over_allocated_rosters(), policy=strategies.policies())
    def reattribute(self, roster: Roster, policy: AttributionPolicy) -> None:
        """Another roster, rule, zone and patterns."""
        put_roster(self._store, roster, policy)

    @rule(zone=st.sampled_from(ZONES))
    def change_the_zone_by_hand(self, zone: str) -> None:
        """Behind the product's back."""
        self._connection.execute("UPDATE settings SET report_time_zone = %s", [zone])

    @rule(floor=strategies.instants())
    def prune(self, floor: datetime) -> None:
        """What ended before goes."""
        self._store.retention.prune(floor)

    @rule(statement=st.sampled_from(ACCEPTED_AT_ANY_TIME), number=st.integers(1, 60), merged_at=strategies.instants())
    def write_by_hand(self, statement: str, number: int, merged_at: datetime) -> None:
        """Whatever the tables accept."""
        with suppress(psycopg.errors.IntegrityError):
            self._connection.execute(statement.format(number=number, merged_at=merged_at.isoformat()).encode())

    @rule(steps=st.integers(1, 9))
    def refresh(self, steps: int) -> None:
        """Wholly or in part."""
        tuple(islice(self._store.rollups.refresh(), steps))

    @rule()
    def distrust(self) -> None:
        """Everything at once."""
        self._store.rollups.distrust()

    @invariant()
    def views_say_what_the_shares_give(self) -> None:
        """After every step."""
        assert differences(self._connection) == []


def test_figures_are_exact_through_everything(databases: Databases) -> None:
    """Rolled up equals computed after any sequence."""
    run_state_machine_as_test(
        lambda: FiguresThroughEverything(databases),  # type: ignore[arg-type]  # its own documentation shows a function
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
