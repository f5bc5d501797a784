"""Every fault on every kind of page, once and lasting, in a first walk and in an increment, over a store in memory."""

import pytest

from tests.contracts.memory import memory_store
from tests.integration.fault_checks import ALL_CELLS, Cell, check_cell


@pytest.mark.parametrize("cell", ALL_CELLS, ids=str)
def test_fault_is_told_and_repaired(cell: Cell, caplog: pytest.LogCaptureFixture) -> None:
    """Overcome or said aloud, never silently partial; one run later everything is as if it had not been."""
    check_cell(cell, memory_store(), caplog)
