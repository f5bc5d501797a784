"""The in-memory and the PostgreSQL store, driven side by side: same answers, same refusals, same contents.

LOCKSTEP_EXAMPLES in the environment asks for more examples than an ordinary run has time for.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

from attrs import asdict, evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest, Repository, state_of
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.store import GADGETS, WIDGETS, Store, contents_of, page_of, put_roster
from tests.integration.databases import Databases
from tests.integration.postgres_store import empty_postgres_store
from tests.unit.examples import at

NAMES = ("Acme/Widgets", "Acme/Gadgets", "acme/WIDGETS", "Acme/Things")
_DIGITS = 9


class StoresInLockstep(RuleBasedStateMachine):
    """Does the same to both stores and looks at everything that can be read after each step."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self._opened = ExitStack()
        self._stores = self._open_stores(databases)
        self._names = {WIDGETS.id: WIDGETS.full_name, GADGETS.id: GADGETS.full_name}
        self._steps = 0

    def _open_stores(self, databases: Databases) -> tuple[Store, Store]:
        return memory_store(), self._opened.enter_context(empty_postgres_store(databases))

    def teardown(self) -> None:
        """Drop this example's database."""
        self._opened.close()

    @initialize()
    def know_both_repositories(self) -> None:
        """Pages can be stored from the first step on."""
        for repository in (WIDGETS, GADGETS):
            self._same(partial(_register, repository))

    @rule(roster=strategies.rosters() | strategies.over_allocated_rosters(), policy=strategies.policies())
    def put_roster_in_force(self, roster: Roster, policy: AttributionPolicy) -> None:
        """Any roster after any other, any rule after any other."""
        self._steps += 1
        changed_at = at("2024-06-01") + timedelta(minutes=self._steps // 2)
        self._same(lambda store: put_roster(store, roster, policy, changed_at))

    @rule(facts=strategies.pull_request_lists())
    def store_page(self, facts: list[PullRequest]) -> None:
        """Pages of pull requests, known ones with another created_at among them."""
        self._store(facts)

    @rule(data=st.data())
    def store_page_of_changed_facts(self, data: st.DataObject) -> None:
        """Other content for what is known, from before or after, sometimes the same pull request twice."""
        known = [fact for fact, _ in contents_of(self._stores[0], self._names.values()).facts]
        if known:
            chosen = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))
            self._store([data.draw(_changed(fact)) for fact in chosen])

    @rule(watermark=strategies.instants(), cursor=st.sampled_from((None, "page 7")), is_stale=st.booleans())
    def move_checkpoint(self, watermark: datetime, cursor: str | None, is_stale: bool) -> None:
        """Checkpoints of later and earlier watermarks, and pages that continue no state that is there."""
        checkpoint = Checkpoint(cursor=cursor, watermark=watermark, etag=None if cursor else 'W/"1"')

        def store_checkpoint(store: Store) -> object:
            page = page_of(store, checkpoint=checkpoint, repository=self._repository(1))
            return store.metrics.store_page(evolve(page, state_version=page.state_version - is_stale))

        self._same(store_checkpoint)

    @rule(facts=strategies.pull_request_lists(2))
    def store_page_of_a_former_roster(self, facts: list[PullRequest]) -> None:
        """Shares of a roster that is not in force are refused."""
        own = [fact for fact in facts if fact.repository_id == 1]

        def store_former(store: Store) -> object:
            page = page_of(store, *own, repository=self._repository(1))
            return store.metrics.store_page(evolve(page, roster_version=page.roster_version + 1))

        self._same(store_former)

    @rule(repository_id=st.sampled_from((1, 2)), name=st.sampled_from(NAMES), configured=st.sampled_from(NAMES))
    def rename(self, repository_id: int, name: str, configured: str) -> None:
        """To a new name, another spelling, or the other one's."""
        self._same(lambda store: store.collection.register(Repository(repository_id, name), configured))

    @rule(floor=strategies.instants())
    def prune(self, floor: datetime) -> None:
        """To a later floor, or to the one that is in force already."""
        self._same(lambda store: store.retention.rehearse(floor))
        self._same(lambda store: store.retention.prune(floor))

    @rule(floor=st.none() | strategies.instants())
    def reset_floor(self, floor: datetime | None) -> None:
        """Back, forward or away; nothing is removed by it."""
        self._same(lambda store: store.retention.reset(floor))

    @rule(steps=st.sampled_from((1, 2, 9, 9)))
    def refresh_figures(self, steps: int) -> None:
        """All of them, or stopped in the middle; what is read is the same either way."""
        for store in self._stores:
            tuple(islice(store.rollups.refresh(), steps))

    @rule()
    def distrust_figures(self) -> None:
        """What was ready is not, and nobody notices."""
        for store in self._stores:
            store.rollups.distrust()

    @rule(outcome=st.sampled_from(Outcome), code=st.sampled_from((None, "unavailable", "transient")))
    def note_outcome(self, outcome: Outcome, code: str | None) -> None:
        """Of a repository, and of a whole run."""
        self._steps += 1
        instant = at("2024-06-02") + timedelta(seconds=self._steps)
        report = RepositoryReport(self._names[1], outcome, repository_id=1, code=code, requests=self._steps)
        run = RunReport(instant, instant + timedelta(seconds=1), RunOutcome.PARTIAL, 0, (report,))
        self._same(lambda store: store.collection.record_outcome(1, report, instant))
        self._same(lambda store: store.collection.record_run(run))

    @invariant()
    def contents_are_the_same(self) -> None:
        """Rosters, versions, states, facts, shares, and every figure."""
        memory, postgres = (_comparable(_contents(store)) for store in self._stores)
        assert memory == postgres

    def _store(self, facts: list[PullRequest]) -> None:
        for repository_id in (1, 2):
            own = [fact for fact in facts if fact.repository_id == repository_id]
            repository = self._repository(repository_id)

            def store_own(store: Store, own: list[PullRequest] = own, repository: Repository = repository) -> object:
                return store.metrics.store_page(page_of(store, *own, repository=repository))

            self._same(store_own)

    def _repository(self, repository_id: int) -> Repository:
        """As both stores call it now."""
        states = map(self._stores[0].collection.find, (*NAMES, *(f"{name}#{repository_id}" for name in NAMES)))
        return next(state.repository for state in states if state and state.repository.id == repository_id)

    def _same(self, act: Callable[[Store], object]) -> None:
        memory, postgres = (_outcome_of(act, store) for store in self._stores)
        assert memory == postgres


def _register(repository: Repository, store: Store) -> object:
    return store.collection.register(repository, repository.full_name)


def _outcome_of(act: Callable[[Store], object], store: Store) -> object:
    """What came of it: a result, or the kind of the refusal."""
    try:
        return act(store)
    except GitHubTrackerError as exc:
        return type(exc)


@st.composite
def _changed(draw: st.DrawFn, fact: PullRequest) -> PullRequest:
    """The same pull request, seen at another time, with other content or none other."""
    merged_at = draw(st.none() | st.just(fact.created_at + timedelta(days=draw(st.integers(0, 40)), seconds=59)))
    distance = timedelta(seconds=draw(st.sampled_from((-1, 0, 0, 1, 1))))
    return evolve(
        fact,
        author=draw(st.just(fact.author) | strategies.authors()),
        state=state_of(merged_at, is_open=True),
        merged_at=merged_at,
        closed_at=merged_at,
        title=draw(st.sampled_from((fact.title, "another title"))),
        updated_at=fact.updated_at + distance,
        observed_at=fact.observed_at + draw(st.sampled_from((distance, -distance, timedelta(0)))),
    )


_RANDOM = ("disguise",)
_DERIVED = ("people", "_by_login", "_by_id")


def _contents(store: Store) -> object:
    """Everything but what is random in each store: the key by which it knows whom it forgot.

    And but what a roster makes of its memberships, some of it only as soon as it is asked for.
    """
    return asdict(contents_of(store, NAMES), filter=lambda field, _: field.name not in _RANDOM + _DERIVED)


def _comparable(contents: Any) -> Any:
    """Fractions rounded to nine digits: percentiles come from the database as floating-point numbers.

    Of two values a breath apart, an exact half would be rounded up and the other one down: both are lifted off it.
    """
    if isinstance(contents, Fraction):
        return float(f"{float(contents) * (1 + 1e-12):.{_DIGITS}g}")
    if isinstance(contents, dict):
        return {name: _comparable(value) for name, value in contents.items()}
    if isinstance(contents, list | tuple):
        return [_comparable(value) for value in contents]
    return contents


def test_both_stores_agree_after_every_step(databases: Databases) -> None:
    """Whatever is done to them, in whatever order."""
    run_state_machine_as_test(
        lambda: StoresInLockstep(databases),  # type: ignore[arg-type]  # its own documentation shows a function
        settings=settings(
            max_examples=int(os.environ.get("LOCKSTEP_EXAMPLES", "25")),
            stateful_step_count=20,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
