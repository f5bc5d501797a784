"""Loss-free collection as a whole, in memory: whatever happens to it, at any call.

LAWS_EXAMPLES in the environment asks for more examples than an ordinary run has time for.
"""

import os
from contextlib import nullcontext
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.collection_laws import CollectionOfMovingRepositories, CollectionWithHiddenRows
from tests.contracts.memory import memory_store

_EXAMPLES: Final = int(os.environ.get("LAWS_EXAMPLES", "150"))


@pytest.mark.parametrize("machine", [CollectionOfMovingRepositories, CollectionWithHiddenRows])
def test_collection_loses_nothing(machine: type[CollectionOfMovingRepositories]) -> None:
    """Three processes at most, each with faults, crashes and lost commits at any call."""
    run_state_machine_as_test(
        lambda: machine(lambda: nullcontext(memory_store())),  # type: ignore[arg-type]  # as its documentation shows
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=40,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
