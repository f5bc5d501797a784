"""Whether collecting ten times as much takes ten times as much: processor time a pull request, and memory.

Usage: python -m benchmarks.growth [--repositories N] [--pull-requests N N...] [--latency S] [--rounds N]
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from attrs import asdict

from benchmarks import results
from benchmarks.children import Taken, Way, in_turns, medians, stand_in
from benchmarks.collecting import FIRST, FLOOR, Round
from benchmarks.collecting_ways import collector, run_floor
from benchmarks.database_server import Databases, database_server
from benchmarks.loaded_modules import run_imports
from benchmarks.made_up_world import World

LOADING: Final = {FIRST: "imports alone", FLOOR: "the floor's imports alone"}
_SIZES: Final = [200, 2000]


def main() -> None:
    """Measure, print and keep."""
    given = _arguments()
    worlds = [World(given.repositories, each) for each in given.pull_requests]
    with ExitStack() as stack:
        server = stack.enter_context(database_server())
        ways = _ways(worlds, given.latency, server, stack)
        taken = in_turns(ways, given.rounds, lambda text: print(text, file=sys.stderr, flush=True))
    found = {name: medians(rounds) for name, rounds in taken.items()}
    print(_table(worlds, found))
    print(
        f"\n{given.repositories} repositories, {given.latency * 1000:.0f} ms a request, medians of {given.rounds} "
        "rounds. CPU a pull request is what goes beyond loading all modules: "
        f"{found[LOADING[FIRST]].cpu_seconds:.2f} s, and {found[LOADING[FLOOR]].cpu_seconds:.2f} s for the floor."
    )
    rounds = {name: [asdict(one) for one in rounds] for name, rounds in taken.items()}
    print(f"\n{results.keep('growth', {'given': vars(given), 'rounds': rounds})}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Whether ten times as much takes ten times as much.")
    parser.add_argument("--repositories", type=int, default=50, help="default: 50")
    parser.add_argument(
        "--pull-requests", type=int, nargs="+", default=_SIZES, help="of each repository; default: 200 and 2000"
    )
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer; default: 0.1")
    parser.add_argument("--rounds", type=int, default=3, help="of how many the median is; default: 3")
    return parser.parse_args()


def _ways(worlds: Sequence[World], latency: float, server: Databases, stack: ExitStack) -> dict[str, Way]:
    ways: dict[str, Way] = {}
    for world in worlds:
        github = stack.enter_context(stand_in(world, latency))
        product = stack.enter_context(collector(world, github))
        one = Round(world, github, server, product)
        ways[_name(FLOOR, world)] = one.floor
        ways[_name(FIRST, world)] = one.first_walk
    # The last one's; all of them load the same.
    ways[LOADING[FIRST]] = lambda: run_imports(one.product, one.databases[FIRST])
    ways[LOADING[FLOOR]] = lambda: run_floor(World(0, 0), one.github, one.databases[FLOOR])
    return ways


def _table(worlds: Sequence[World], found: dict[str, Taken]) -> str:
    lines = []
    for way in (FLOOR, FIRST):
        least = found[_name(way, worlds[0])]
        for world in worlds:
            one = found[_name(way, world)]
            loading = found[LOADING[way]]
            each = _cpu_each(one, loading, world)
            lines.append(
                (
                    way,
                    f"{world.total:,}",
                    f"{one.wall_seconds:.1f} s",
                    f"{one.cpu_seconds:.2f} s",
                    f"{each * 1e6:.0f} µs ({each / _cpu_each(least, loading, worlds[0]):.2f})",
                    f"{one.peak_bytes / 1e6:.0f} MB ({one.peak_bytes / least.peak_bytes:.2f})",
                )
            )
    return results.table(("way", "pull requests", "wall", "CPU", "CPU a pull request", "peak memory"), lines)


def _cpu_each(taken: Taken, loading: Taken, world: World) -> float:
    return (taken.cpu_seconds - loading.cpu_seconds) / world.total


def _name(way: str, world: World) -> str:
    return f"{way}, {world.total:,}"


if __name__ == "__main__":
    main()
