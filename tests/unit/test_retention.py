"""How long pull requests are kept: ages, floors, and what collecting and pruning do to each other."""

from datetime import date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given

from github_tracker.adapters.memory import MemoryMetricsRepository, MemoryRetention
from github_tracker.application.prune import PruneStore
from github_tracker.application.verify import VerifyStore
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.retention import Age, AgeUnit, ended_at, floor_at, is_expired
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.telemetry import PageCollected, Telemetry
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.store import GADGETS, WIDGETS, Store, contents_of, put_facts, put_roster
from tests.unit.examples import MICROSECOND, at, merged, opened
from tests.unit.test_collect import NAMES, START, World

FLOOR = START + timedelta(days=1, hours=11)
"""In the middle of the world's pull requests: ten of 25 merged before it."""


@pytest.mark.parametrize(
    ("age", "day", "expected"),
    [
        (Age(1, AgeUnit.DAY), date(2024, 3, 1), date(2024, 2, 29)),
        (Age(2, AgeUnit.WEEK), date(2024, 3, 1), date(2024, 2, 16)),
        (Age(1, AgeUnit.MONTH), date(2024, 5, 31), date(2024, 4, 30)),
        (Age(3, AgeUnit.MONTH), date(2024, 2, 15), date(2023, 11, 15)),
        (Age(12, AgeUnit.MONTH), date(2024, 12, 31), date(2023, 12, 31)),
        (Age(1, AgeUnit.YEAR), date(2024, 2, 29), date(2023, 2, 28)),
        (Age(2023, AgeUnit.YEAR), date(2024, 1, 1), date(1, 1, 1)),
    ],
)
def test_age_goes_by_the_calendar(age: Age, day: date, expected: date) -> None:
    """A day that the month lacks is its last one."""
    assert age.before(day) == expected


@pytest.mark.parametrize("age", [Age(2024, AgeUnit.YEAR), Age(99_999, AgeUnit.MONTH), Age(999_999, AgeUnit.WEEK)])
def test_age_before_the_calendar_is_refused(age: Age) -> None:
    """With the age in the message."""
    with pytest.raises(InvalidValueError, match=f"{age.count}{age.unit}"):
        age.before(date(2024, 1, 1))


def test_floor_of_an_age_is_the_same_all_day() -> None:
    """00:00 UTC."""
    age = Age(1, AgeUnit.YEAR)
    assert floor_at(age, at("2024-06-01")) == floor_at(age, at("2024-06-01T23:59:59")) == at("2023-06-01")


def test_merging_decides_before_closing() -> None:
    """What is open has not ended; what ended at the floor is kept, and without a floor everything is."""
    fact = evolve(merged(Author("alice"), START, FLOOR), closed_at=FLOOR + timedelta(days=1))
    assert ended_at(fact) == FLOOR
    assert ended_at(opened(None, START)) is None
    assert (is_expired(fact, FLOOR), is_expired(fact, FLOOR + MICROSECOND), is_expired(fact, None)) == (0, 1, 0)


def filled(roster: Roster, policy: AttributionPolicy, facts: list[PullRequest], floor: datetime | None) -> Store:
    """Return a store to which they were collected under a floor."""
    store = memory_store()
    put_roster(store, roster, policy)
    store.retention.reset(floor)
    collect(store, facts)
    return store


def collect(store: Store, facts: list[PullRequest]) -> int:
    """Store each repository's as one page; return how many changed."""
    own = {
        repository: [fact for fact in facts if fact.repository_id == repository.id] for repository in (WIDGETS, GADGETS)
    }
    return sum(put_facts(store, *own[repository], repository=repository).facts_changed for repository in own)


@given(strategies.rosters(), strategies.policies(), strategies.pull_request_lists(), strategies.instants())
def test_pruning_before_or_after_collecting_is_the_same(
    roster: Roster, policy: AttributionPolicy, facts: list[PullRequest], floor: datetime
) -> None:
    """Collecting again changes nothing then, pruning again neither, and nothing is off."""
    after = filled(roster, policy, facts, None)
    after.retention.prune(floor)
    pruned = contents_of(after).stream
    assert {found.pull_request for found in pruned} == {fact for fact in facts if not is_expired(fact, floor)}
    assert collect(after, facts) == 0
    assert after.retention.prune(floor) == ()
    assert contents_of(after).stream == pruned == contents_of(filled(roster, policy, facts, floor)).stream
    verification = VerifyStore(after.attributions, after.inspector, after.reports, after.rosters)()
    assert verification.is_sound


@given(strategies.rosters(), strategies.policies(), strategies.pull_request_lists(), strategies.instants())
def test_months_that_lose_are_those_whose_figures_change(
    roster: Roster, policy: AttributionPolicy, facts: list[PullRequest], floor: datetime
) -> None:
    """The rehearsal names each of them with how many are lost and kept, and no other."""
    store = filled(roster, policy, facts, None)
    losses = store.retention.rehearse(floor)
    before = {(month.team, month.month): month for month in contents_of(store).figures.lead_time}
    store.retention.prune(floor)
    after = {(month.team, month.month): month for month in contents_of(store).figures.lead_time}
    lost = {(loss.team, loss.month): loss for loss in losses.months}
    assert {cell: before[cell].prs_merged for cell in lost} == {
        cell: loss.prs_lost + loss.prs_kept for cell, loss in lost.items()
    }
    assert {cell: month for cell, month in before.items() if cell not in lost} == {
        cell: month for cell, month in after.items() if cell not in lost
    }
    for cell, loss in lost.items():
        assert (after[cell].prs_merged if cell in after else 0) == loss.prs_kept


@pytest.fixture
def world() -> World:
    """Two repositories of 25 pull requests each, ten a page."""
    made = World()
    for repository_id in (1, 2):
        made.add(repository_id, 25)
    return made


def collected(world: World, is_full: bool = False) -> RunReport:
    """Collect both repositories."""
    return world.collect(*NAMES[:2], is_full=is_full)


def test_walking_over_everything_does_not_bring_back(world: World) -> None:
    """The report says how many were not kept, page by page, and that nothing changed."""
    collected(world)
    MemoryRetention(world.store).prune(FLOOR)
    stored = dict(world.store.attributions)
    assert len(stored) == 30
    report = collected(world, is_full=True)
    assert (report.facts_seen, report.facts_changed, report.shares_changed, report.facts_dropped) == (50, 0, 0, 20)
    assert [entry.facts_dropped for entry in report.repositories] == [10, 10]
    assert world.store.attributions == stored


@pytest.mark.parametrize("pages", range(1, 7))
def test_pruning_between_any_two_pages_ends_in_the_same_state(world: World, pages: int) -> None:
    """As pruning before or after the collection does."""

    class Meddling:
        seen = 0

        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected):
                self.seen += 1
                if self.seen == pages:
                    MemoryRetention(world.store).prune(FLOOR)

    world.container.register(Telemetry, instance=Meddling())
    collected(world)
    assert set(world.store.attributions) == {(number, pull) for number in (1, 2) for pull in range(11, 26)}


def test_pruning_while_a_page_is_on_its_way_is_not_undone(world: World) -> None:
    """The page was read and attributed before the floor was raised, and is stored afterwards."""

    class Meddling(MemoryMetricsRepository):
        def store_page(self, page: AttributedPage) -> PageStored:
            MemoryRetention(world.store).prune(FLOOR)
            return super().store_page(page)

    world.container.register(MetricsRepository, instance=Meddling(world.store))
    report = collected(world)
    assert (report.facts_changed, report.facts_dropped) == (30, 20)
    assert set(world.store.attributions) == {(number, pull) for number in (1, 2) for pull in range(11, 26)}


def test_plan_never_takes_the_floor_back(world: World) -> None:
    """Unless it is made anew; doing either does what it says."""
    collected(world)
    prune: PruneStore = world.container.resolve(PruneStore)
    first = prune.plan(FLOOR)
    assert (first.floor_before, first.floor, first.is_held_back) == (None, FLOOR, False)
    assert prune(first) == first.losses.repositories
    earlier = FLOOR - timedelta(days=1)
    held_back = prune.plan(earlier)
    assert (held_back.floor, held_back.is_held_back, held_back.losses.repositories) == (FLOOR, True, ())
    assert prune(held_back) == ()
    assert prune.floor() == FLOOR
    anew = prune.plan_anew(earlier)
    assert prune(anew) == ()
    assert prune.floor() == earlier
    prune.keep_everything()
    assert prune.floor() is None
    assert collected(world, is_full=True).facts_changed == 20


def test_floor_that_is_yet_to_come_is_refused(world: World) -> None:
    """It would remove everything that has ended."""
    prune: PruneStore = world.container.resolve(PruneStore)
    tomorrow = world.clock.now() + timedelta(days=1)
    for plan in (prune.plan, prune.plan_anew):
        with pytest.raises(InvalidValueError, match="not yet to come"):
            plan(tomorrow)
    assert prune.plan(world.clock.now()).floor == world.clock.now()
    assert prune.floor_at(Age(1, AgeUnit.MONTH)) == at("2024-05-01")
