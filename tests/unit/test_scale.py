"""Planner, queue, workers and budget together, in virtual time: the simulation of `make scale`, reduced."""

from contextlib import suppress
from datetime import timedelta
from functools import lru_cache

import pytest
from attrs import evolve

from github_tracker.ports.errors import LimitedSourceError
from tests.contracts.roles import ClockContract
from tests.scale.figures import RoundFigures, jain
from tests.scale.simulated_github import GitHubLimits, Limit, SimulatedGitHub
from tests.scale.virtual_clock import VirtualClock
from tests.scale.world import STARTS_AT, ScalePlan, ScaleWorld
from tests.unit.examples import at

SMALL = ScalePlan(repositories=60, workers=12, seed=3, limits=GitHubLimits(per_hour=200, per_minute=60, concurrent=8))
SECOND = timedelta(seconds=1)


@lru_cache
def rounds(plan: ScalePlan) -> tuple[RoundFigures, ...]:
    """Walk over everything, read what changed since, and find nothing changed."""
    world = ScaleWorld(plan)
    return tuple(world.round(name) for name in ("walk", "increment", "unchanged"))


class TestVirtualClock(ClockContract):
    """What every clock does, also with nobody else asleep."""

    @pytest.fixture
    def clock(self) -> VirtualClock:
        """A clock whose time passes only when all sleep."""
        return VirtualClock(at("2024-01-01"))


def test_sleepers_wake_in_the_order_of_their_time() -> None:
    """One at a time; the time between is skipped."""
    clock, woken = VirtualClock(STARTS_AT), []

    def sleeper(name: str, *lengths: float) -> None:
        for length in lengths:
            clock.sleep(length)
            woken.append((name, (clock.now() - STARTS_AT) / SECOND))

    clock.run(lambda: sleeper("a", 3, 3), lambda: sleeper("b", 2, 3, 3600), lambda: sleeper("c"))
    assert woken == [("b", 2), ("a", 3), ("b", 5), ("a", 6), ("b", 3605)]


def test_what_goes_wrong_in_a_thread_is_told() -> None:
    """And not waited for for ever."""
    with pytest.raises(ZeroDivisionError):
        VirtualClock(STARTS_AT).run(lambda: None, lambda: print(1 // 0))  # noqa: T201  # never printed


def test_github_counts_whoever_breaks_a_limit() -> None:
    """The hour, any minute, and what is under way; so a count of none means something."""
    clock = VirtualClock(STARTS_AT)
    github = SimulatedGitHub((1,), GitHubLimits(per_hour=9, per_minute=6, concurrent=2), clock, seed=1)
    deadline = STARTS_AT
    answered = []

    def ask() -> None:
        with suppress(LimitedSourceError):
            github.answer("acme/repository-1", is_free=False, deadline=deadline)
            answered.append(clock.now())

    clock.run(*[ask] * 3)
    assert (len(answered), github.violations) == (2, {Limit.CONCURRENT: 1})
    for _ in range(4):
        ask()
    assert (len(answered), github.violations) == (5, {Limit.CONCURRENT: 1, Limit.MINUTE: 1})
    clock.sleep(60)
    for _ in range(3):
        ask()
    assert (len(answered), github.violations[Limit.HOUR]) == (7, 1)
    clock.sleep(3600)
    ask()
    assert len(answered) == 8


def test_many_workers_stay_within_every_limit() -> None:
    """Though they wait for hours, everything is stored, and nobody is left out."""
    walk, increment, unchanged = rounds(SMALL)
    for figures in (walk, increment, unchanged):
        assert (figures.violated, figures.incomplete, figures.finished, figures.dead_letters) == (0, 0, 60, 0)
    assert walk.duration > timedelta(hours=1)
    assert walk.first_waits[-1] < walk.duration
    assert increment.requests == unchanged.requests == 60
    assert unchanged.free_requests >= 55


def test_budget_costs_no_more_than_the_limit() -> None:
    """The hours are used up but for the reserve: what one taker alone would need is what all need together."""
    walk, *_ = rounds(SMALL)
    hours = -(-walk.requests // (SMALL.limits.per_hour - 100))
    assert timedelta(hours=hours - 1) < walk.duration < timedelta(hours=hours, minutes=5)


def test_without_the_budget_limits_are_broken() -> None:
    """The same workers and the same GitHub: so the simulation can tell."""
    walk = ScaleWorld(evolve(SMALL, is_budgeted=False)).round("walk")
    assert walk.violated > 0


def test_killed_workers_lose_nothing() -> None:
    """Their leases run out, their messages come again; limits hold even so."""
    walk = ScaleWorld(evolve(SMALL, kill_share=0.03)).round("walk")
    assert (walk.violated, walk.incomplete, walk.finished) == (0, 0, 60)
    assert walk.killed > 0
    assert sum(worker.redeliveries for worker in walk.workers) > 0


def test_same_seed_is_the_same_run() -> None:
    """However the threads are scheduled."""
    assert ScaleWorld(SMALL).round("walk") == rounds(SMALL)[0]


@pytest.mark.parametrize(("shares", "index"), [((1, 1, 1, 1), 1.0), ((1, 0, 0, 0), 0.25), ((0, 0), 1.0)])
def test_fairness_is_jains_index(shares: tuple[int, ...], index: float) -> None:
    """From 1/n, where one has everything, to 1."""
    assert jain(shares) == index
