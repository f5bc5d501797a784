"""What attributing costs, in calls and bytes: how much for each pull request, and what it does not depend on."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, log2

import pytest

from benchmarks.crowds import Crowd, pull_requests_of_a_few
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from tests.call_counts import calls_of, peak_bytes_of, steps_of
from tests.unit.examples import merged, opened

USUAL = Crowd(people=500, windows=2)
PULL_REQUESTS = pull_requests_of_a_few(1000)
RULES = list(AttributionRule)


class CountedInstant(datetime):
    """An instant whose comparisons are calls, so that they are counted like all others."""

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]  # narrower than a date's, as datetime's own
        return super().__lt__(other)

    def __gt__(self, other: datetime) -> bool:  # type: ignore[override]  # narrower than a date's, as datetime's own
        return super().__gt__(other)

    def __le__(self, other: datetime) -> bool:  # type: ignore[override]  # narrower than a date's, as datetime's own
        return super().__le__(other)

    def __ge__(self, other: datetime) -> bool:  # type: ignore[override]  # narrower than a date's, as datetime's own
        return super().__ge__(other)


# An hour from noon to one, in which nobody in a crowd changes teams.
NOON = CountedInstant(2021, 3, 1, 12, tzinfo=UTC)
ONE = CountedInstant(2021, 3, 1, 13, tzinfo=UTC)


def calls_for(pull_requests: Sequence[PullRequest], attributor: Attributor) -> int:
    """Return how many calls it takes to attribute them."""
    return calls_of(lambda: deque(map(attributor.attribute, pull_requests), maxlen=0))


def one_in(crowd: Crowd, rule: AttributionRule, login: str = "Person-1") -> tuple[list[PullRequest], Attributor]:
    """Return one pull request of that author's, in which comparisons are calls, and what attributes it."""
    pull_request = merged(Author(login, 4711), NOON, ONE)
    return [pull_request], Attributor(crowd.roster(), AttributionPolicy(rule))


@pytest.mark.parametrize("rule", RULES)
def test_calls_for_each_pull_request_are_few(rule: AttributionRule) -> None:
    """With 1,000 memberships on the roster; under `effort` some of the authors changed teams meanwhile."""
    attributor = Attributor(USUAL.roster(), AttributionPolicy(rule))
    assert calls_for(PULL_REQUESTS, attributor) <= 19 * len(PULL_REQUESTS)


@pytest.mark.parametrize("rule", RULES)
def test_calls_for_a_strangers_pull_request_are_few(rule: AttributionRule) -> None:
    """Most authors of an open project are on no roster, and are compared with every pattern of bots."""
    attributor = Attributor(USUAL.roster(), AttributionPolicy(rule, bot_patterns=("ci-*", "*-deploy", "release?")))
    strangers = [opened(Author(f"Stranger-{number}", number), NOON, number) for number in range(1, 1001)]
    assert calls_for(strangers, attributor) <= 32 * len(strangers)


@pytest.mark.parametrize("rule", RULES)
def test_bytes_for_each_pull_request_are_few(rule: AttributionRule) -> None:
    """Pull requests of one segment hold the same shares, not equal ones each."""
    attributor = Attributor(USUAL.roster(), AttributionPolicy(rule))
    assert peak_bytes_of(lambda: list(map(attributor.attribute, PULL_REQUESTS))) <= 100 * len(PULL_REQUESTS)


@pytest.mark.parametrize("login", ["Person-1", "somebody-else"])
@pytest.mark.parametrize("rule", RULES)
def test_cost_is_independent_of_how_many_others_are_on_the_roster(rule: AttributionRule, login: str) -> None:
    """Step by step the same among 10 people and among 2,000, for one who is on the roster and for one who is not."""
    pull_requests, among_few = one_in(Crowd(10, 1), rule, login)
    _, among_many = one_in(Crowd(2000, 1), rule, login)
    steps = steps_of(lambda: among_few.attribute(pull_requests[0]))
    assert steps_of(lambda: among_many.attribute(pull_requests[0])) == steps > 0


@pytest.mark.parametrize("windows", [2, 10, 100, 1000])
@pytest.mark.parametrize("rule", RULES)
def test_cost_is_logarithmic_in_a_persons_windows(rule: AttributionRule, windows: int) -> None:
    """Twice as many windows cost one comparison more."""
    most = calls_for(*one_in(Crowd(2, 1), rule)) + ceil(log2(windows))
    assert calls_for(*one_in(Crowd(2, windows), rule)) <= most


@pytest.mark.parametrize("days", [1, 7, 50])
def test_average_looks_only_at_the_windows_that_its_time_meets(days: int) -> None:
    """Under `effort`, however many others there are: here a window a day, a thousand in all."""
    attributor = Attributor(Crowd(2, 1000).roster(), AttributionPolicy(AttributionRule.EFFORT))
    met = days + 1
    assert calls_for([merged(Author("Person-1"), NOON, NOON + timedelta(days=days))], attributor) <= 80 + 30 * met
