"""The budget in memory keeps the contract of the port; credentials are named without being told."""

import re

import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryRequestBudget
from github_tracker.domain.request_budget import (
    USABLE_FOR,
    RateLimits,
    credential_of_installation,
    credential_of_token,
)
from tests.contracts.request_budgets import MINUTE, NOW, Budgets, RequestBudgetContract


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def budgets(clock: MemoryClock) -> Budgets:
    """One account, whoever asks."""
    opened: dict[RateLimits, MemoryRequestBudget] = {}
    return lambda limits: opened.setdefault(limits, MemoryRequestBudget(limits, clock))


class TestMemoryRequestBudget(RequestBudgetContract):
    """What every budget promises."""


@pytest.mark.parametrize("per_minute", [2, 20, 60, 900, 100_000])
def test_pace_leaves_no_minute_over_its_limit(per_minute: int) -> None:
    """A burst and all that begins in a minute and the lateness before it, together."""
    limits = RateLimits(per_minute=per_minute)
    assert limits.burst + (MINUTE + USABLE_FOR) / limits.interval <= per_minute


def test_token_is_not_to_be_found_in_its_name() -> None:
    """The same token has the same name everywhere, another one another."""
    name = credential_of_token("ghp_secret")
    assert re.fullmatch(r"token:[0-9a-f]{32}", name)
    assert name == credential_of_token("ghp_secret") != credential_of_token("ghp_Secret")
    assert credential_of_installation(42) == "installation:42"


@pytest.mark.parametrize("fields", [{"per_hour": 0}, {"per_minute": 1}, {"concurrent": 0}, {"reserve": -1}])
def test_limits_under_which_nothing_could_be_sent_are_refused(fields: dict[str, int]) -> None:
    """At the door."""
    with pytest.raises(ValueError, match=next(iter(fields))):
        RateLimits(**fields)


def test_reserve_of_more_than_the_hour_leaves_nothing() -> None:
    """And not less than nothing."""
    assert RateLimits(per_hour=10, reserve=20).of_an_hour == 0
