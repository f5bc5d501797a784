"""Run one command and write to a file what it took. Small on purpose: a child's peak memory counts from its parent's.

Usage: python -I -S benchmarks/launcher.py RESULT COMMAND [ARGUMENT...]
"""

import json
import os
import sys
import time


def main() -> int:
    """Return the command's exit code."""
    result, *command = sys.argv[1:]
    started = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - started
    taken = {
        # Of the system's one monotonic clock, so that other processes' instants compare.
        "started_at": started,
        "wall_seconds": wall,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        # Linux counts in kilobytes.
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123  # without importing anything
        json.dump(taken, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
