"""Any sequence of rosters and policies on the store in memory."""

from hypothesis import given, settings

from tests.contracts.memory import memory_store
from tests.contracts.roster_sequences import Step, assert_same_as_fresh, sequences


@settings(max_examples=60)
@given(sequences())
def test_sequence_of_changes_ends_as_a_fresh_store(steps: list[Step]) -> None:
    """In every share, rest, flag and figure, and verify finds nothing."""
    assert_same_as_fresh(memory_store(), memory_store(), steps)
