"""What every work queue does: at least once, redelivery till it is acknowledged, delays, and dead letters."""

from abc import ABC, abstractmethod
from datetime import timedelta
from uuid import UUID

import pytest

from github_tracker.domain.work import WorkItem
from github_tracker.ports.work_queue import AT_ONCE, LONGEST_DELAY, Delivery, WorkInbox, WorkQueue

RUN = UUID(int=7)
TIMEOUT = timedelta(seconds=1)
"""The visibility timeout of a queue under this contract."""
ATTEMPTS = 2
"""How often it delivers an item."""


def items(count: int) -> list[WorkItem]:
    """Return so many items."""
    return [WorkItem(RUN, f"acme/r{number}") for number in range(1, count + 1)]


class QueueUnderTest(ABC):
    """A queue, and how its time passes."""

    def __init__(self, sending: WorkQueue, receiving: WorkInbox) -> None:
        self.sending = sending
        self.receiving = receiving

    @abstractmethod
    def let_pass(self, time: timedelta) -> None:
        """Return when that much time has passed for the queue."""

    @property
    @abstractmethod
    def dead_letters(self) -> int:
        """How many items were put aside."""

    @property
    @abstractmethod
    def held_back(self) -> int:
        """How many items are delayed or in somebody's hands."""

    def take_all(self) -> list[Delivery]:
        """Take until nothing comes."""
        taken: list[Delivery] = []
        while found := self.receiving.take(10):
            taken.extend(found)
        return taken


class WorkQueueContract:
    """Queues of work; needs a fixture `queue`, empty, with TIMEOUT and ATTEMPTS."""

    @pytest.mark.parametrize("count", [0, 1, 10, 11, 35])
    def test_every_item_is_delivered(self, queue: QueueUnderTest, count: int) -> None:
        """However many; as it was, as a first attempt, each under a receipt of its own."""
        queue.sending.send(items(count))
        taken = queue.take_all()
        assert sorted(delivery.item.repository for delivery in taken) == sorted(
            item.repository for item in items(count)
        )
        assert {delivery.item.run for delivery in taken} <= {RUN}
        assert {delivery.attempt for delivery in taken} <= {1}
        assert len({delivery.receipt for delivery in taken}) == count

    def test_no_more_is_given_than_was_asked_for(self, queue: QueueUnderTest) -> None:
        """And what one worker has, no other is given."""
        queue.sending.send(items(3))
        first = queue.receiving.take(2)
        assert len(first) <= 2
        rest = queue.take_all()
        assert {one.item for one in first} | {one.item for one in rest} == set(items(3))
        assert len(first) + len(rest) == 3

    def test_acknowledged_item_does_not_come_again(self, queue: QueueUnderTest) -> None:
        """To acknowledge it twice is to acknowledge it once."""
        queue.sending.send(items(1))
        (delivery,) = queue.take_all()
        queue.receiving.acknowledge(delivery)
        queue.receiving.acknowledge(delivery)
        queue.let_pass(TIMEOUT)
        assert queue.take_all() == []

    def test_item_of_a_worker_that_died_comes_again(self, queue: QueueUnderTest) -> None:
        """As another attempt under another receipt, once the visibility timeout is over."""
        queue.sending.send(items(1))
        (delivery,) = queue.take_all()
        assert queue.take_all() == []
        queue.let_pass(TIMEOUT)
        (again,) = queue.take_all()
        assert (again.item, again.attempt) == (delivery.item, 2)
        assert again.receipt != delivery.receipt

    def test_item_that_is_given_back_comes_at_once_or_later(self, queue: QueueUnderTest) -> None:
        """As long as was said; it counts as an attempt."""
        queue.sending.send(items(1))
        (delivery,) = queue.take_all()
        queue.receiving.give_back(delivery)
        (again,) = queue.take_all()
        assert again.attempt == 2

    def test_item_that_is_given_back_for_later_is_held(self, queue: QueueUnderTest) -> None:
        """Also longer than the visibility timeout."""
        queue.sending.send(items(1))
        (delivery,) = queue.take_all()
        queue.receiving.give_back(delivery, 2 * TIMEOUT)
        queue.let_pass(TIMEOUT)
        assert queue.take_all() == []
        queue.let_pass(TIMEOUT)
        assert [one.attempt for one in queue.take_all()] == [2]

    def test_item_that_fails_too_often_is_put_aside(self, queue: QueueUnderTest) -> None:
        """Whoever asks once more gets nothing, and it is there for somebody to look at."""
        queue.sending.send(items(2))
        for attempt in range(1, ATTEMPTS + 1):
            taken = queue.take_all()
            assert {delivery.attempt for delivery in taken} == {attempt}
            for delivery in taken:
                queue.receiving.give_back(delivery)
        assert queue.take_all() == []
        assert queue.dead_letters == 2

    def test_item_that_is_sent_again_begins_anew(self, queue: QueueUnderTest) -> None:
        """Its attempts are those of a new one."""
        queue.sending.send(items(1))
        (delivery,) = queue.take_all()
        queue.sending.send([delivery.item])
        queue.receiving.acknowledge(delivery)
        assert [(one.item, one.attempt) for one in queue.take_all()] == [(delivery.item, 1)]

    def test_delay_is_kept(self, queue: QueueUnderTest) -> None:
        """Nothing is delivered before; all of it after."""
        queue.sending.send(items(12), timedelta(seconds=1))
        assert queue.take_all() == []
        assert queue.held_back == 12
        queue.let_pass(timedelta(seconds=1))
        assert len(queue.take_all()) == 12

    @pytest.mark.parametrize("delay", [LONGEST_DELAY, LONGEST_DELAY + timedelta(hours=3)])
    def test_longer_delay_than_there_is_counts_as_the_longest(self, queue: QueueUnderTest, delay: timedelta) -> None:
        """It is no error: whoever is delivered it too early sends it again."""
        queue.sending.send(items(1), delay)
        assert (queue.take_all(), queue.held_back) == ([], 1)

    @pytest.mark.parametrize("delay", [AT_ONCE, timedelta(seconds=-5)])
    def test_no_delay_and_less_is_at_once(self, queue: QueueUnderTest, delay: timedelta) -> None:
        """As a rate limit that is over by now."""
        queue.sending.send(items(1), delay)
        assert len(queue.take_all()) == 1
