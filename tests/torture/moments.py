"""When something befalls the program: at any time, just after a request, or in the middle of storing."""

from time import sleep

from tests.torture.programs import Program
from tests.torture.world import World

_USUAL_SECONDS = 2.5
_MOST_TRANSACTIONS = 4
"""Of those that even a short run needs: more would let it end before its moment comes."""
_PAUSE_SECONDS = 0.0005

_STORING = """
SELECT backend_xid::TEXT FROM pg_stat_activity
WHERE application_name = 'github-tracker' AND backend_xid IS NOT NULL
"""
"""Transactions of the program that have written something and are not committed yet."""


def wait_for_a_moment(made: World, program: Program) -> None:
    """Wait for some moment in the program's life; half of them lie inside a transaction, or just behind one."""
    random = made.random
    kind = random.random()
    if kind < 0.15:
        program.wait(random.uniform(0, _USUAL_SECONDS))
    elif kind < 0.5:
        count = made.github.requests + random.randint(1, made.usual_requests)
        made.github.wait_for_request(count, lambda: program.is_over)
        program.wait(random.uniform(0, 0.25))
    else:
        _wait_for_storing(made, random.randint(1, _MOST_TRANSACTIONS), program)
        program.wait(random.choice((0, 0.002, 0.005, 0.01, 0.03)))


def _wait_for_storing(made: World, count: int, program: Program) -> None:
    """Wait till so many transactions have been seen at work; short ones are missed."""
    seen: set[str] = set()
    with made.server.connect() as connection:
        while len(seen) < count and not program.is_over:
            seen |= {row[0] for row in connection.execute(_STORING)}
            sleep(_PAUSE_SECONDS)
