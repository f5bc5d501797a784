"""How long to wait before trying again: doubling, capped, and spread so that many do not come back at once."""

import random


def backoff_seconds(failures: int, first: float, longest: float) -> float:
    """Return a time between half of and the whole of first x 2^(failures - 1), at most `longest`."""
    whole = min(first * float(2 ** (failures - 1)), longest)
    return whole * random.uniform(0.5, 1.0)  # noqa: S311  # spreading, not secrecy
