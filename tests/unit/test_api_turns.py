"""Turns: how many requests are worked on, how many wait, and what becomes of the others."""

import asyncio
from collections.abc import Coroutine
from threading import Barrier, Event, Lock
from typing import Any, TypeVar

import pytest

from github_tracker.entrypoints.api.problems import ProblemError
from github_tracker.entrypoints.api.trace import TRACE, Trace
from github_tracker.entrypoints.api.turns import Room, Turns

T = TypeVar("T")

PATIENT = 3600.0
SECONDS = 30.0


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it as a request would."""

    async def traced() -> T:
        TRACE.set(Trace("tests"))
        return await coroutine

    return asyncio.run(traced())


class Work:
    """Something that goes on until it is let go."""

    def __init__(self) -> None:
        self.is_begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._may_end = Event()

    def __call__(self) -> str:
        """Do it."""
        self._loop.call_soon_threadsafe(self.is_begun.set)
        assert self._may_end.wait(SECONDS)
        return "done"

    def let_go(self) -> None:
        """Let it end."""
        self._may_end.set()


async def all_waiting() -> None:
    """Let every task go on as far as it can without anything else happening."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_so_many_are_worked_on_at_once_and_no_more() -> None:
    """Exactly as many as there is room for, and in the end everybody."""
    together, lock, numbers, present = Barrier(2), Lock(), list[int](), [0]

    def work() -> None:
        with lock:
            present[0] += 1
            numbers.append(present[0])
        together.wait(SECONDS)
        with lock:
            present[0] -= 1

    async def main() -> None:
        turns = Turns(Room(2, 10), PATIENT)
        await asyncio.gather(*(turns.take(work) for _ in range(8)))

    run(main())
    assert (len(numbers), max(numbers)) == (8, 2)


def test_who_finds_the_room_full_is_sent_away_at_once() -> None:
    """Without any waiting; those who wait have their turn in the end."""

    async def main() -> tuple[ProblemError, list[str], float]:
        turns, work, other = Turns(Room(1, 1), PATIENT), Work(), Work()
        tasks = [asyncio.create_task(turns.take(work))]
        await work.is_begun.wait()
        tasks.append(asyncio.create_task(turns.take(other)))
        await all_waiting()
        with pytest.raises(ProblemError) as caught:
            await turns.take(lambda: None)
        waited = TRACE.get().waited_seconds
        assert not other.is_begun.is_set()
        work.let_go()
        other.let_go()
        return caught.value, await asyncio.gather(*tasks), waited

    problem, done, waited = run(main())
    assert (problem.status.value, problem.kind, problem.headers["Retry-After"]) == (503, "overloaded", "5")
    assert (done, waited) == (["done", "done"], 0.0)


def test_who_waits_too_long_is_sent_away_and_leaves_no_trace() -> None:
    """Afterwards there are as many turns and as much room as before."""

    async def main() -> None:
        turns, work = Turns(Room(1, 1), patience_seconds=0.0), Work()
        task = asyncio.create_task(turns.take(work))
        await work.is_begun.wait()
        for _ in range(3):
            with pytest.raises(ProblemError, match="overloaded"):
                await turns.take(lambda: None)
        assert TRACE.get().waited_seconds > 0
        work.let_go()
        assert await task == "done"
        await all_waiting()
        assert await turns.take(lambda: "after") == "after"

    run(main())


def test_patience_is_for_all_turns_of_a_request_together() -> None:
    """Who has waited as long as that elsewhere waits no more, but takes a turn that is free."""

    async def main() -> None:
        turns, work = Turns(Room(1, 1), PATIENT), Work()
        TRACE.get().waited_seconds = PATIENT
        task = asyncio.create_task(turns.take(work))
        await work.is_begun.wait()
        with pytest.raises(ProblemError):
            await turns.take(lambda: None)
        work.let_go()
        assert await task == "done"

    run(main())


def test_who_leaves_while_waiting_is_never_begun() -> None:
    """And is in nobody's way."""

    async def main() -> None:
        turns, work, left, other = Turns(Room(1, 1), PATIENT), Work(), Work(), Work()
        first = asyncio.create_task(turns.take(work))
        await work.is_begun.wait()
        leaving = asyncio.create_task(turns.take(left))
        await all_waiting()
        leaving.cancel()
        await all_waiting()
        other.let_go()
        second = asyncio.create_task(turns.take(other))
        work.let_go()
        assert list(await asyncio.gather(first, second)) == ["done", "done"]
        assert not left.is_begun.is_set()

    run(main())


def test_turn_of_who_leaves_is_over_when_the_work_is() -> None:
    """A thread cannot be taken back, so nobody has its turn meanwhile."""

    async def main() -> None:
        turns, work, other = Turns(Room(1, 1), PATIENT), Work(), Work()
        leaving = asyncio.create_task(turns.take(work))
        await work.is_begun.wait()
        leaving.cancel()
        other.let_go()
        second = asyncio.create_task(turns.take(other))
        await all_waiting()
        assert leaving.cancelled()
        assert not other.is_begun.is_set()
        work.let_go()
        assert await second == "done"

    run(main())


def test_work_knows_whose_it_is() -> None:
    """What it notes stands in the request's log line."""

    async def main() -> str:
        return await Turns(Room(1, 0), PATIENT).take(lambda: TRACE.get().request_id)

    assert run(main()) == "tests"


def test_error_of_the_work_is_that_of_the_turn() -> None:
    """And the turn is over."""

    async def main() -> None:
        turns = Turns(Room(1, 0), PATIENT)
        with pytest.raises(ZeroDivisionError):
            await turns.take(lambda: 1 // 0)
        await all_waiting()
        assert await turns.take(lambda: 1) == 1

    run(main())
