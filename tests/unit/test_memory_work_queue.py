"""The work queue in memory passes its contract, and shows what lies in it."""

from datetime import timedelta

import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryWorkQueue, QueueDepths
from github_tracker.ports.work_queue import LONGEST_DELAY
from tests.contracts.work_queues import ATTEMPTS, TIMEOUT, QueueUnderTest, WorkQueueContract, items


class VirtualQueue(QueueUnderTest):
    """One whose time is a clock's in memory."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.memory = MemoryWorkQueue(self.clock, TIMEOUT, ATTEMPTS)
        super().__init__(self.memory, self.memory)

    def let_pass(self, time: timedelta) -> None:
        """Move the clock on."""
        self.clock.sleep(time.total_seconds())

    @property
    def dead_letters(self) -> int:
        """How many items were put aside."""
        return len(self.memory.dead_letters)

    @property
    def held_back(self) -> int:
        """How many items are held."""
        return self.memory.depths.held


@pytest.fixture
def queue() -> VirtualQueue:
    """An empty queue in memory."""
    return VirtualQueue()


class TestMemoryWorkQueue(WorkQueueContract):
    """A heap on virtual time."""


def test_items_come_in_the_order_in_which_they_become_visible(queue: VirtualQueue) -> None:
    """Those of one instant as they were sent."""
    late, first, second = items(3)
    queue.memory.send([late], timedelta(seconds=2))
    queue.memory.send([first, second])
    queue.let_pass(timedelta(seconds=2))
    assert [delivery.item for delivery in queue.memory.take(3)] == [first, second, late]


def test_depths_tell_where_items_lie(queue: VirtualQueue) -> None:
    """And when the next one can be taken."""
    assert queue.memory.next_visible_at is None
    queue.memory.send(items(3))
    queue.memory.send(items(1), timedelta(hours=1))
    queue.memory.take(2)
    assert queue.memory.depths == QueueDepths(ready=1, held=3, dead=0)
    assert queue.memory.next_visible_at == queue.clock.now()
    queue.memory.take(1)
    assert queue.memory.next_visible_at == queue.clock.now() + TIMEOUT
    queue.let_pass(LONGEST_DELAY)
    assert queue.memory.depths.ready == 4


def test_late_worker_cannot_take_away_what_another_one_has(queue: VirtualQueue) -> None:
    """Its receipt counts no longer once the item was delivered again."""
    queue.memory.send(items(1))
    (late,) = queue.memory.take(1)
    queue.let_pass(TIMEOUT)
    (fresh,) = queue.memory.take(1)
    queue.memory.acknowledge(late)
    queue.memory.give_back(late)
    assert queue.memory.depths == QueueDepths(0, 1, 0)
    queue.memory.acknowledge(fresh)
    assert queue.memory.depths == QueueDepths(0, 0, 0)
