"""Whole processes, started and measured from outside: wall, processor time and peak memory, all threads included."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final
from urllib.request import urlopen

from attrs import frozen

from benchmarks.made_up_world import World
from tools.working_tree import CHECKOUT

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_PASSED_ON: Final = ("PATH", "TMPDIR", "HOME", "LANG")


@frozen
class Taken:
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    """Of user and system, as the operating system counts them."""
    peak_bytes: int
    """Of resident memory."""
    started_at: float = 0.0
    """By the system's monotonic clock; 0 of a median."""


def medians(all_taken: Iterable[Taken]) -> Taken:
    """Return the median of each figure by itself."""
    rounds = tuple(all_taken)
    return Taken(
        median(taken.wall_seconds for taken in rounds),
        median(taken.cpu_seconds for taken in rounds),
        int(median(taken.peak_bytes for taken in rounds)),
    )


def measured(command: Sequence[str], variables: Mapping[str, str] | None = None) -> tuple[Taken, str]:
    """Run a command to its end in a clean environment; return what it took and its standard output.

    Raises subprocess.CalledProcessError if it fails.
    """
    own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with tempfile.NamedTemporaryFile("r", suffix=".json") as result:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_LAUNCHER), result.name, *command],
            cwd=CHECKOUT,
            env={**own, "NO_PROXY": "*", **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            done.check_returncode()
        return Taken(**json.load(result)), done.stdout


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


@frozen
class StandIn:
    """The stand-in for GitHub, while it serves."""

    url: str
    bytes_a_pull_request: float
    compressed_bytes_a_pull_request: float

    def served(self) -> "Served":
        """Return what was served since this was last asked."""
        with urlopen(f"{self.url}/_taken") as response:  # noqa: S310  # our own address
            return Served(**json.load(response))


@frozen
class Served:
    """What the stand-in had to do."""

    requests: dict[str, int]
    """By kind; those of a kind that were answered by 304 count as that too."""
    cpu_seconds: float
    first_at: float
    last_at: float
    """When requests came in, by the system's monotonic clock."""


@contextmanager
def stand_in(world: World, latency: float, small_pages_of: int = 0) -> Iterator[StandIn]:
    """Give the stand-in for GitHub, in a process of its own that ends with this."""
    sizes = ("--repositories", str(world.repositories), "--pull-requests", str(world.pull_requests))
    options = ("--latency", str(latency), "--small-pages-of", str(small_pages_of))
    process = subprocess.Popen(
        python("benchmarks.stand_in", *sizes, *options),
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        if process.stdout is None:
            raise RuntimeError("the stand-in has no output")
        said = json.loads(process.stdout.readline())
        entries = said["entries"]
        yield StandIn(said["url"], said["bytes"] / entries, said["compressed"] / entries)
        # Leaving closes its standard input, which ends it.


Way = Callable[[], Taken]


def in_turns(ways: Mapping[str, Way], rounds: int, say: Callable[[str], None]) -> dict[str, list[Taken]]:
    """Run the ways in turns, so that whatever disturbs the machine for a while disturbs all of them."""
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for turn in range(1, rounds + 1):
        for name, way in ways.items():
            last = way()
            taken[name].append(last)
            say(f"round {turn} of {rounds}: {name}: {last.wall_seconds:.2f} s, CPU {last.cpu_seconds:.2f} s")
    return taken
