"""How fast the product collects, beside the least that could do it and beside a newcomer's loop, in the same run.

Usage: python -m benchmarks.collecting [--repositories N] [--pull-requests N] [--latency S] [--rounds N] [--newcomer N]
"""

import argparse
import sys
from collections.abc import Callable
from statistics import median
from typing import Final

from attrs import asdict, field, frozen

from benchmarks import results
from benchmarks.children import StandIn, Taken, in_turns, medians, stand_in
from benchmarks.collecting_ways import (
    ALL,
    THREADS,
    Collector,
    DisagreementError,
    Wanted,
    check_first_walk,
    collector,
    expect,
    facts_digest,
    pages,
    run_floor,
    run_naive,
)
from benchmarks.database_server import Databases, database_server
from benchmarks.floor import TABLE
from benchmarks.loaded_modules import run_imports
from benchmarks.made_up_world import World
from benchmarks.run_profile import CAN_PROFILE_THREADS, profile_run, tables
from github_tracker.ports.secret_store import Secret

FLOOR: Final = "floor"
PLAIN_FLOOR: Final = "floor, glibc's arenas"
FIRST: Final = "first walk"
AGAIN: Final = "first increment"
UNCHANGED: Final = "unchanged"
IMPORTS: Final = "imports alone"
NEWCOMER: Final = "newcomer's loop"


@frozen
class Round:
    """The ways to collect of one round; the later ones go on with the database of the first walk."""

    world: World
    github: StandIn
    server: Databases
    product: Collector
    databases: dict[str, Secret] = field(factory=dict)
    server_seconds: dict[str, list[float]] = field(factory=dict)
    stand_in_seconds: dict[str, list[float]] = field(factory=dict)
    requests: dict[str, list[int]] = field(factory=dict)
    phases: dict[str, list[tuple[float, float, float]]] = field(factory=dict)
    """Seconds until the first request came in, until the last one did, and from then to the end."""

    def floor(self) -> Taken:
        """Read and store by the least that could do it."""
        self.databases[FLOOR] = database = self.server.with_table(TABLE)
        return self._observed(FLOOR, lambda: run_floor(self.world, self.github, database), {"list": pages(self.world)})

    def plain_floor(self) -> Taken:
        """Do the same with memory as it comes, which is what anybody would write first."""
        database = self.server.with_table(TABLE)
        wanted: Wanted = {"list": pages(self.world)}
        return self._observed(PLAIN_FLOOR, lambda: run_floor(self.world, self.github, database, "many"), wanted)

    def first_walk(self) -> Taken:
        """Collect everything into an empty database, and compare it with what the floor stored."""
        self.databases[FIRST] = database = self.server.migrated()
        least, more = pages(self.world), self.world.repositories
        wanted: Wanted = {"list": (least, least + more), "repository": (0, more), ALL: (least, least + more)}
        taken = self._observed(FIRST, lambda: self.product.run(database)[0], wanted)
        check_first_walk(self.world, database)
        if facts_digest(database) != facts_digest(self.databases[FLOOR]):
            raise DisagreementError("the product stored other facts than the floor")
        return taken

    def first_increment(self) -> Taken:
        """Collect again: nothing has changed, but no entity tag is known yet, so that pages come in full."""
        return self._observed(AGAIN, self._run_again, {"list": self.world.repositories})

    def unchanged(self) -> Taken:
        """Collect once more: now every answer says that nothing has changed."""
        return self._observed(UNCHANGED, self._run_again, dict.fromkeys(("list", "304"), self.world.repositories))

    def _run_again(self) -> Taken:
        return self.product.run(self.databases[FIRST])[0]

    def _observed(self, name: str, way: Callable[[], Taken], wanted: Wanted) -> Taken:
        self.server.settle()
        self.github.served()
        before = self.server.cpu_seconds()
        taken = way()
        self.server_seconds.setdefault(name, []).append(self.server.cpu_seconds() - before)
        served = self.github.served()
        self.stand_in_seconds.setdefault(name, []).append(served.cpu_seconds)
        self.requests.setdefault(name, []).append(served.requests["list"] + served.requests.get("repository", 0))
        phases = (served.first_at - taken.started_at, served.last_at - served.first_at)
        self.phases.setdefault(name, []).append((*phases, taken.wall_seconds - sum(phases)))
        expect(served.requests, wanted)
        return taken


def main() -> None:
    """Measure, print and keep."""
    given = _arguments()
    world = World(given.repositories, given.pull_requests)
    with (
        stand_in(world, given.latency, given.newcomer) as github,
        database_server() as server,
        collector(world, github) as product,
    ):
        if given.profile:
            print(_profiled(given.profile, product, server.migrated()))
            return
        ways = Round(world, github, server, product)
        turns = {
            FLOOR: ways.floor,
            PLAIN_FLOOR: ways.plain_floor,
            FIRST: ways.first_walk,
            AGAIN: ways.first_increment,
            UNCHANGED: ways.unchanged,
            IMPORTS: lambda: run_imports(product, ways.databases[FIRST]),
        }
        taken = in_turns(turns, given.rounds, _say)
        found = {name: medians(rounds) for name, rounds in taken.items()}
        if given.newcomer:
            _say(f"{NEWCOMER}: {given.newcomer} repositories, to be scaled up")
            found[NEWCOMER] = run_naive(world, github, given.newcomer)
    print(_table(world, found))
    print(f"\n{_remarks(given, world, github, ways, found)}")
    document = _document(given, taken, found, ways)
    print(f"\n{results.keep(given.name, document)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast the product collects, beside the floor.")
    parser.add_argument("--repositories", type=int, default=50, help="default: 50")
    parser.add_argument("--pull-requests", type=int, default=200, help="of each repository; default: 200")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer; default: 0.1")
    parser.add_argument("--rounds", type=int, default=5, help="of how many the median is; default: 5")
    parser.add_argument("--newcomer", type=int, default=5, help="repositories for the newcomer's loop, 0: leave it out")
    parser.add_argument("--name", default="collecting", help="of the JSON file in build/bench; default: collecting")
    profile_help = "instead, tell where the CPU of one run goes: of the first (default), or of one without changes"
    parser.add_argument("--profile", choices=("first", "unchanged"), nargs="?", const="first", help=profile_help)
    given = parser.parse_args()
    if given.profile and not CAN_PROFILE_THREADS:
        parser.error(
            "--profile needs Python 3.11: from 3.12 on, a process has one profiler, which takes all threads for one"
        )
    return given


def _profiled(run: str, product: Collector, database: Secret) -> str:
    if run == "unchanged":
        # The first walk, and the increment that is told the entity tags.
        product.run(database)
        product.run(database)
    return tables(profile_run(product, database))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _table(world: World, found: dict[str, Taken]) -> str:
    floor = found[FLOOR]
    lines = [
        (
            name,
            f"{one.wall_seconds:.2f} s",
            f"{one.cpu_seconds:.2f} s",
            f"{one.peak_bytes / 1e6:.0f} MB",
            f"{one.wall_seconds / floor.wall_seconds:.2f}",
            f"{one.cpu_seconds / floor.cpu_seconds:.2f}",
            f"{one.cpu_seconds / world.total * 10_000:.2f} s",
        )
        for name, one in found.items()
    ]
    heads = ("way", "wall", "CPU", "peak memory", "wall / floor", "CPU / floor", "CPU / 10,000")
    return results.table(heads, lines)


def _remarks(given: argparse.Namespace, world: World, github: StandIn, ways: Round, found: dict[str, Taken]) -> str:
    latency_floor = -(-world.repositories // THREADS) * given.latency
    unchanged, imports = found[UNCHANGED], found[IMPORTS]
    beyond = unchanged.wall_seconds - imports.wall_seconds
    ratio = f", {beyond / latency_floor:.2f} times the latency floor of {latency_floor:.2f} s" if latency_floor else ""
    serving = {name: median(seconds) for name, seconds in ways.stand_in_seconds.items()}
    storing = {name: median(seconds) for name, seconds in ways.server_seconds.items()}
    return "\n".join(
        (
            f"{world.repositories} repositories x {world.pull_requests} pull requests of "
            f"{github.bytes_a_pull_request / 1000:.1f} KB ({github.compressed_bytes_a_pull_request / 1000:.1f} KB "
            f"compressed), {given.latency * 1000:.0f} ms a request, {THREADS} threads, medians of {given.rounds} "
            "rounds.",
            f"Unchanged, beyond imports: CPU {unchanged.cpu_seconds - imports.cpu_seconds:.2f} s, wall {beyond:.2f} s"
            f"{ratio}.",
            f"Requests: {_requests(ways.requests)}.",
            f"Before the first request, until the last, and after it: {_phases(ways.phases)}.",
            f"CPU of the stand-in: {_seconds(serving)}. CPU of PostgreSQL: {_seconds(storing)}.",
        )
    )


def _requests(by_name: dict[str, list[int]]) -> str:
    return ", ".join(f"{name} {median(counts):.0f}" for name, counts in by_name.items())


def _phases(by_name: dict[str, list[tuple[float, float, float]]]) -> str:
    parts = []
    for name, rounds in by_name.items():
        middle = [f"{median(phase):.2f}" for phase in zip(*rounds, strict=True)]
        parts.append(f"{name} {' + '.join(middle)} s")
    return ", ".join(parts)


def _seconds(by_name: dict[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in by_name.items())


def _document(
    given: argparse.Namespace, taken: dict[str, list[Taken]], found: dict[str, Taken], ways: Round
) -> results.Document:
    return {
        "given": vars(given),
        "medians": {name: asdict(one) for name, one in found.items()},
        "rounds": {name: [asdict(one) for one in rounds] for name, rounds in taken.items()},
        "requests": ways.requests,
        "phases_seconds": ways.phases,
        "stand_in_cpu_seconds": ways.stand_in_seconds,
        "postgresql_cpu_seconds": ways.server_seconds,
    }


if __name__ == "__main__":
    main()
