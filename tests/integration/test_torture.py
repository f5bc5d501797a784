"""A little of `make torture` with every change: real processes on a real PostgreSQL, and nothing may go wrong."""

import io

import pytest
from rich.console import Console

from tests.torture.plan import Plan, carry_out, new_seed
from tests.torture.tally import Torture

SEED = new_seed()


@pytest.mark.slow
def test_killed_cut_off_and_doubled_collections_lose_nothing() -> None:
    """Nothing is lost, doubled, stale, unbalanced or locked, and no run says complete when it is not."""
    plan = Plan(SEED, kills=6, terminations=3, restarts=1, pairs=1, faults=0)
    tally = carry_out(plan)
    written = io.StringIO()
    tally.print(Console(file=written, width=200))
    assert tally.is_clean, f"seed {SEED}\n{written.getvalue()}"
    rounds = [tally.rounds(torture) for torture in (Torture.KILL, Torture.TERMINATION, Torture.RESTART, Torture.PAIR)]
    assert rounds == [6, 3, 1, 1]
