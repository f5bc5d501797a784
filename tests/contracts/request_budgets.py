"""What every RequestBudget promises, sentence by sentence of the port."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest

from github_tracker.adapters.memory import MemoryClock
from github_tracker.domain.request_budget import HELD_FOR, USABLE_FOR, Ask, Obstacle, Pause, RateLimits, Usage
from github_tracker.ports.request_budget import Lease, RequestBudget
from tests.unit.examples import at

NOW = at("2024-06-01T12:00:00")
"""When the clock of every budget under test starts."""

SMALL = RateLimits(per_hour=130, per_minute=60, concurrent=4, reserve=30)
"""A hundred an hour, three at once, then one every 75/57 seconds; four leases at a time."""

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

Budgets = Callable[[RateLimits], RequestBudget]
"""Opens the account of one credential; called again it is the same account, for another who uses it."""


def lease_of(answer: Lease | Pause) -> Lease:
    """Return the lease that was granted."""
    assert isinstance(answer, Lease), answer
    return answer


def pause_of(answer: Lease | Pause) -> Pause:
    """Return the refusal."""
    assert isinstance(answer, Pause), answer
    return answer


def use_up(budget: RequestBudget, clock: MemoryClock, requests: int) -> None:
    """Take and send so many requests, one lease after the other, at the budget's own pace."""
    while requests:
        lease = lease_of(budget.reserve(Ask(min(requests, 3))))
        clock.sleep(lease.grant.wait.total_seconds())
        budget.settle(lease, Usage(sent=lease.grant.requests, charged=lease.grant.requests))
        requests -= lease.grant.requests


class RequestBudgetContract:
    """Needs fixtures `clock`, a MemoryClock at NOW, and `budgets`, which opens accounts by that clock."""

    def test_first_requests_are_granted_at_once(self, budgets: Budgets) -> None:
        """As many as may begin at once, and no more than were asked for."""
        first = lease_of(budgets(SMALL).reserve(Ask(2)))
        assert (first.grant.requests, first.grant.wait) == (2, timedelta(0))
        second = lease_of(budgets(SMALL).reserve(Ask(50)))
        assert (second.grant.requests, second.grant.wait) == (3, 2 * SMALL.interval)
        assert second.id != first.id

    def test_those_who_ask_later_come_later(self, budgets: Budgets) -> None:
        """In the order of asking, at the pace of the minute, however few they want."""
        budget = budgets(RateLimits(per_minute=60))
        waits = [lease_of(budget.reserve(Ask(size))).grant.wait for size in (3, 1, 3, 1, 1)]
        assert waits == [size * SMALL.interval for size in (0, 1, 4, 5, 6)]

    def test_who_cannot_wait_takes_nobodys_place(self, budgets: Budgets) -> None:
        """And is told how long it would have been."""
        budget = budgets(SMALL)
        budget.reserve(Ask(3))
        refused = pause_of(budget.reserve(Ask(2, patience=SECOND)))
        assert refused == Pause(Obstacle.PACE, 2 * SMALL.interval)
        assert lease_of(budget.reserve(Ask(2, patience=2 * SMALL.interval))).grant.wait == 2 * SMALL.interval

    def test_hour_ends_with_the_reserve_untouched(self, budgets: Budgets, clock: MemoryClock) -> None:
        """The last lease is what is left; then it pays to ask when GitHub's hour is surely over."""
        budget = budgets(SMALL)
        use_up(budget, clock, 98)
        last = lease_of(budget.reserve(Ask(3)))
        assert last.grant.requests == 2
        budget.settle(last, Usage(2, 2))
        refused = pause_of(budget.reserve(Ask(1)))
        assert (refused.obstacle, clock.now() + refused.wait > NOW + HOUR) == (Obstacle.HOUR, True)
        clock.sleep(refused.wait.total_seconds() - 1)
        assert pause_of(budget.reserve(Ask(1))).wait == SECOND
        clock.sleep(1)
        assert lease_of(budget.reserve(Ask(3))).grant.requests == 3

    def test_what_was_not_charged_comes_back(self, budgets: Budgets, clock: MemoryClock) -> None:
        """Neither unchanged answers nor what was not sent count towards the hour; they do towards the minute."""
        budget = budgets(SMALL)
        for _ in range(100):
            lease = lease_of(budget.reserve(Ask(3)))
            clock.sleep(lease.grant.wait.total_seconds())
            budget.settle(lease, Usage(sent=2, charged=0))
        assert clock.now() - NOW == 297 * SMALL.interval
        use_up(budget, clock, 100)
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.HOUR

    def test_repeated_requests_are_charged_afterwards(self, budgets: Budgets, clock: MemoryClock) -> None:
        """To the hour and to the minute."""
        budget = budgets(SMALL)
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(sent=4, charged=4))
        assert lease_of(budget.reserve(Ask(1))).grant.wait == 2 * SMALL.interval
        clock.sleep(100)
        use_up(budget, clock, 95)
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.HOUR

    def test_lease_that_nobody_settles_is_over_by_itself(self, budgets: Budgets, clock: MemoryClock) -> None:
        """HELD_FOR after its beginning; until then it counts as a request under way, and its requests stay spent."""
        budget = budgets(SMALL)
        for _ in range(4):
            budget.reserve(Ask(1))
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.CROWD
        clock.sleep(HELD_FOR.total_seconds() - 0.001)
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.CROWD
        clock.sleep(0.001)
        assert lease_of(budget.reserve(Ask(1))).grant.requests == 1
        use_up(budget, clock, 95)
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.HOUR

    def test_settled_lease_makes_room(self, budgets: Budgets) -> None:
        """At once, for anybody."""
        leases = [lease_of(budgets(SMALL).reserve(Ask(1))) for _ in range(4)]
        pause_of(budgets(SMALL).reserve(Ask(1)))
        budgets(SMALL).settle(leases[1], Usage(1, 1))
        lease_of(budgets(SMALL).reserve(Ask(1)))

    @pytest.mark.parametrize("rest", [timedelta(0), 2 * HELD_FOR], ids=["settled", "over"])
    def test_settling_twice_gives_nothing_back_twice(
        self, budgets: Budgets, clock: MemoryClock, rest: timedelta
    ) -> None:
        """Nor does settling what was over already."""
        budget = budgets(SMALL)
        lease = lease_of(budget.reserve(Ask(3)))
        clock.sleep(rest.total_seconds())
        for _ in range(3):
            budget.settle(lease, Usage(sent=0, charged=0))
        use_up(budget, clock, 97 if rest else 100)
        assert pause_of(budget.reserve(Ask(1))).obstacle is Obstacle.HOUR

    def test_what_github_tells_counts_for_everybody(self, budgets: Budgets, clock: MemoryClock) -> None:
        """Others use the credential too: what is left is less than we thought, and the hour ends earlier."""
        budget, resets_at = budgets(SMALL), NOW + timedelta(minutes=20)
        lease = lease_of(budget.reserve(Ask(3)))
        budget.settle(lease, Usage(3, 3, left=SMALL.reserve + 4, resets_at=resets_at))
        clock.sleep(10)
        one = lease_of(budgets(SMALL).reserve(Ask(3)))
        two = lease_of(budgets(SMALL).reserve(Ask(3)))
        assert (one.grant.requests, two.grant.requests) == (3, 1)
        budget.settle(one, Usage(3, 3, left=SMALL.reserve + 1, resets_at=resets_at))
        budget.settle(two, Usage(1, 1, left=SMALL.reserve, resets_at=resets_at))
        assert pause_of(budget.reserve(Ask(1))) == Pause(Obstacle.HOUR, resets_at + 2 * SECOND - clock.now())

    def test_while_leases_are_in_hand_the_end_of_the_hour_is_not_final(
        self, budgets: Budgets, clock: MemoryClock
    ) -> None:
        """What they give back can still be used, so asking again soon pays."""
        budget, resets_at = budgets(SMALL), NOW + timedelta(minutes=20)
        in_hand = lease_of(budget.reserve(Ask(3)))
        clock.sleep(10)
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1, SMALL.reserve + 3, resets_at))
        refused = pause_of(budget.reserve(Ask(1)))
        assert (refused.obstacle, refused.wait < MINUTE) == (Obstacle.HOUR, True)
        budget.settle(in_hand, Usage(1, 1, SMALL.reserve + 2, resets_at))
        assert lease_of(budget.reserve(Ask(3))).grant.requests == 2

    def test_late_answer_of_an_hour_that_is_over_says_nothing(self, budgets: Budgets, clock: MemoryClock) -> None:
        """And of one hour, the answer that overtook the other knows better."""
        budget, first, second = budgets(SMALL), NOW + MINUTE, NOW + MINUTE + HOUR
        late = lease_of(budget.reserve(Ask(1)))
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1, SMALL.reserve + 50, first))
        clock.sleep(55)
        other = lease_of(budget.reserve(Ask(1)))
        clock.sleep(10)
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1, SMALL.reserve + 2, second))
        budget.settle(late, Usage(1, 1, SMALL.reserve, first))
        budget.settle(other, Usage(1, 1, SMALL.reserve + 3, second))
        assert lease_of(budget.reserve(Ask(3))).grant.requests == 2

    def test_new_hour_may_be_told_before_it_was_expected(self, budgets: Budgets, clock: MemoryClock) -> None:
        """A clock that goes behind GitHub's still believes in the old one; late answers of that say nothing."""
        budget, first, second = budgets(SMALL), NOW + MINUTE, NOW + MINUTE + HOUR
        late = lease_of(budget.reserve(Ask(1)))
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1, SMALL.reserve + 2, first))
        budget.settle(lease_of(budget.reserve(Ask(1))), Usage(1, 1, SMALL.reserve + 99, second))
        budget.settle(late, Usage(1, 1, SMALL.reserve, first))
        clock.sleep(5)
        assert lease_of(budget.reserve(Ask(3))).grant.requests == 3

    def test_rest_that_github_asks_of_one_is_everybodys(self, budgets: Budgets, clock: MemoryClock) -> None:
        """A shorter one does not end it earlier."""
        budget = budgets(SMALL)
        one, two = lease_of(budget.reserve(Ask(1))), lease_of(budget.reserve(Ask(1)))
        budget.settle(one, Usage(1, 1, rest=MINUTE))
        budget.settle(two, Usage(1, 1, rest=SECOND))
        assert pause_of(budgets(SMALL).reserve(Ask(1))) == Pause(Obstacle.REFUSED, MINUTE)
        clock.sleep(60)
        lease_of(budgets(SMALL).reserve(Ask(1)))

    @pytest.mark.parametrize("seed", range(3))
    def test_no_minute_and_no_hour_sees_more_than_its_limit(
        self, budgets: Budgets, clock: MemoryClock, seed: int
    ) -> None:
        """Whoever asks, whenever, and sends as late as a lease allows or not at all."""
        random, limits = Random(seed), RateLimits(per_hour=500, per_minute=60, concurrent=10, reserve=50)  # noqa: S311
        budget = budgets(limits)
        sent: list[datetime] = []
        for _ in range(600):
            answer = budget.reserve(Ask(random.randint(1, 5), timedelta(seconds=random.randrange(90))))
            if isinstance(answer, Lease):
                begins = clock.now() + answer.grant.wait
                late = USABLE_FOR * random.random()
                sent += [begins + late] * answer.grant.requests
                if random.random() < 0.8:
                    clock.sleep((answer.grant.wait + late).total_seconds() * random.random())
                    budget.settle(answer, Usage(answer.grant.requests, answer.grant.requests))
            clock.sleep(random.choice((0, 0.1, 2, 30)))
        assert most_within(MINUTE, sent) <= limits.per_minute
        assert most_within(MINUTE, sent) > limits.per_minute / 2
        assert most_within(HOUR - USABLE_FOR, sent) <= 2 * limits.of_an_hour
        assert len(sent) > limits.of_an_hour


def most_within(length: timedelta, instants: list[datetime]) -> int:
    """Return how many of the instants lie in the fullest half-open stretch of that length."""
    ordered, first, most = sorted(instants), 0, 0
    for place, instant in enumerate(ordered):
        while instant - ordered[first] >= length:
            first += 1
        most = max(most, place - first + 1)
    return most
