"""CPU time of several ways to do something, measured so that they can be compared on a machine that is busy."""

from collections.abc import Callable, Mapping
from statistics import median
from time import process_time

Work = Callable[[], object]


def cpu_seconds(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Return the median CPU seconds of each, by name.

    They take turns, so that whatever disturbs the machine for a while disturbs all of them; a first round that warms
    up is not counted.
    """
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            started = process_time()
            work()
            if turn:
                spent[name].append(process_time() - started)
    return {name: median(seconds) for name, seconds in spent.items()}
