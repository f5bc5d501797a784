"""Collecting over the in-memory adapters with too little time: what is begun is gone on with, and ends."""

from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.telemetry import PageCollected, Telemetry
from tests.unit.test_collect import World, pull_request

PAGE_TAKES = timedelta(seconds=30)


class Slow(MemoryTelemetry):
    """Lets half a minute pass with every page."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def observe(self, event: object) -> None:
        """Let time pass, and perhaps more."""
        if isinstance(event, PageCollected):
            self._world.clock.sleep(PAGE_TAKES.total_seconds())
            self.page_passes()

    def page_passes(self) -> None:
        """Do what happens on GitHub meanwhile: nothing here."""


class Busy(Slow):
    """Meanwhile more pull requests are updated than a page holds, those first that rested longest."""

    def __init__(self, world: World, shown: dict[int, PullRequest]) -> None:
        super().__init__(world)
        self._shown = shown

    def page_passes(self) -> None:
        """Fifteen at a time."""
        now = self._world.clock.now().replace(microsecond=0)
        resting = sorted(self._shown.values(), key=lambda fact: (fact.updated_at, fact.number))[:15]
        show(self._world, self._shown, *(evolve(fact, updated_at=now, title=f"at {now}") for fact in resting))


def show(world: World, shown: dict[int, PullRequest], *facts: PullRequest) -> None:
    """Put them on GitHub, and remember what it shows."""
    world.github.put(*facts)
    shown.update({fact.number: fact for fact in facts})


def slow(world: World, telemetry: Slow) -> World:
    """Return the world with this telemetry."""
    world.container.register(Telemetry, instance=telemetry)
    return world


def run_with_time_for(world: World, pages: int) -> RepositoryReport:
    """A run that is given time for so many pages."""
    seconds = timedelta(seconds=10) + PAGE_TAKES * pages
    return world.collect("acme/r1", deadline=world.clock.now() + seconds).repositories[0]


def test_first_walk_of_ten_thousand_finishes_over_several_invocations() -> None:
    """Each one goes on one page early, no page is read a third time, and the last looks at what changed since."""
    world = World(page_size=100)
    world.add(1, 10_000)
    world.clock.sleep(timedelta(hours=10_000).total_seconds())
    slow(world, Slow(world))
    entries = [run_with_time_for(world, pages=30) for _ in range(4)]
    assert [entry.outcome for entry in entries] == [Outcome.DEFERRED] * 3 + [Outcome.COMPLETE]
    assert [entry.pages for entry in entries] == [30, 30, 30, 13 + 1]
    assert [entry.facts_changed for entry in entries] == [3000, 2900, 2900, 1200]
    assert len(world.stored()) == 10_000


def test_cut_increment_goes_on_where_it_was() -> None:
    """Not at its first page; only when it has ended, what changed since is looked at from the first page on."""
    world = World(page_size=10)
    world.add(1, 100)
    world.collect("acme/r1")
    now = world.clock.now()
    world.github.put(*(evolve(pull_request(1, number), updated_at=now, title="new") for number in range(1, 61)))
    slow(world, Slow(world))
    entries = [run_with_time_for(world, pages=2) for _ in range(3)]
    assert [(entry.outcome, entry.facts_changed) for entry in entries] == [(Outcome.DEFERRED, 20)] * 3
    rest = world.collect("acme/r1").repositories[0]
    assert (rest.outcome, rest.facts_seen) == (Outcome.UNCHANGED, 1 + 60)


@pytest.mark.parametrize("pages", [1, 2])
def test_repository_that_changes_faster_than_it_is_read_is_kept_up_with(pages: int) -> None:
    """Fifteen changes in the time of each page of ten; what is read past is met by the next increment.

    None of the runs may say complete, for each leaves changes of before its beginning behind; but all get further.
    """
    world = World(page_size=10)
    world.add(1, 100)
    world.collect("acme/r1")
    shown: dict[int, PullRequest] = {}
    now = world.clock.now()
    show(world, shown, *(evolve(pull_request(1, n), updated_at=now, title="new") for n in range(1, 101)))
    slow(world, Busy(world, shown))
    outcomes = {run_with_time_for(world, pages).outcome for _ in range(20)}
    assert outcomes == {Outcome.DEFERRED}
    watermark = world.store.states[1].checkpoint.watermark
    assert watermark is not None
    assert watermark > now
    slow(world, Slow(world))
    while world.collect("acme/r1").facts_changed:
        pass
    assert {number: world.store.attributions[1, number].pull_request.title for number in shown} == {
        number: fact.title for number, fact in shown.items()
    }


def test_run_that_ends_a_cut_reading_is_not_complete_before_it_looked_at_what_changed_since() -> None:
    """Two pages were read by the run that was cut; a change on the first since then is found by the very next run."""
    world = World(page_size=10)
    world.add(1, 25)
    world.clock.sleep(timedelta(days=7).total_seconds())
    slow(world, Slow(world))
    assert run_with_time_for(world, pages=2).outcome is Outcome.DEFERRED
    world.clock.sleep(timedelta(hours=6).total_seconds())
    world.github.put(evolve(pull_request(1, 3), updated_at=world.clock.now(), title="renamed in between"))
    assert world.collect("acme/r1").repositories[0].outcome is Outcome.COMPLETE
    assert world.store.attributions[1, 3].pull_request.title == "renamed in between"
