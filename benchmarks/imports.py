"""What each entrypoint loads before it does anything: its cold start.

Processor time is that of a whole process that does nothing else; what of it goes to which library is told by
`python -X importtime`, whose own cost makes its sums a little larger.

Usage: python -m benchmarks.imports [--rounds N]
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from benchmarks import results
from benchmarks.children import Taken, in_turns, measured, medians

_COMMAND: Final = str(Path(sys.executable).with_name("github-tracker"))
_INTERPRETER: Final = "the interpreter alone"
_SHOWN: Final = 5
ENTRYPOINTS: Final = {
    _INTERPRETER: [sys.executable, "-c", "pass"],
    "`github-tracker --help`": [_COMMAND, "--help"],
    "`github-tracker collect --help`": [_COMMAND, "collect", "--help"],
    "lambda_collector": [sys.executable, "-c", "import github_tracker.entrypoints.lambda_collector"],
    "lambda_planner": [sys.executable, "-c", "import github_tracker.entrypoints.lambda_planner"],
    "lambda_worker": [sys.executable, "-c", "import github_tracker.entrypoints.lambda_worker"],
    "lambda_api": [sys.executable, "-c", "import github_tracker.entrypoints.lambda_api"],
}


@frozen
class Loaded:
    """What a process imports."""

    modules: int
    seconds: float
    """Of importing, by `-X importtime`."""
    by_library: dict[str, float]
    """The same in seconds, by the first part of the modules' names."""

    @property
    def costliest(self) -> list[tuple[str, float]]:
        """Return the libraries that take longest, with their seconds."""
        return sorted(self.by_library.items(), key=lambda item: -item[1])[:_SHOWN]


def loaded_by(command: Sequence[str]) -> Loaded:
    """Return what a command imports, what every interpreter loads by itself included."""
    done = subprocess.run(
        command, env={"PYTHONPROFILEIMPORTTIME": "1"}, capture_output=True, text=True, check=True, cwd="/"
    )
    by_library: dict[str, float] = {}
    modules = 0
    for line in done.stderr.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if not line.startswith("import time:") or not own.strip().isdecimal():
            continue
        library = rest.rpartition("|")[2].strip().partition(".")[0]
        known = "the standard library" if library in sys.stdlib_module_names else library
        by_library[known] = by_library.get(known, 0.0) + int(own) / 1e6
        modules += 1
    return Loaded(modules, sum(by_library.values()), by_library)


def table(found: dict[str, Taken], loaded: dict[str, Loaded]) -> str:
    """Return what each entrypoint takes, as Markdown."""
    alone = found[_INTERPRETER].cpu_seconds
    lines = [
        (
            name,
            f"{found[name].cpu_seconds:.2f} s",
            f"{found[name].cpu_seconds - alone:.2f} s",
            f"{found[name].peak_bytes / 1e6:.0f} MB",
            f"{loaded[name].modules:,}",
            f"{loaded[name].seconds:.2f} s",
            ", ".join(f"{library} {seconds:.2f}" for library, seconds in loaded[name].costliest),
        )
        for name in found
    ]
    heads = ("entrypoint", "CPU", "beyond the interpreter", "memory", "modules", "importing", "costliest (s)")
    return results.table(heads, lines)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="What each entrypoint loads before it does anything.")
    parser.add_argument("--rounds", type=int, default=9, help="of how many the median is; default: 9")
    given = parser.parse_args()
    ways = {name: lambda command=command: measured(command)[0] for name, command in ENTRYPOINTS.items()}
    # The first round fills the caches of files and of bytecode, and is not counted.
    taken = {name: rounds[1:] for name, rounds in in_turns(ways, given.rounds + 1, lambda _: None).items()}
    found = {name: medians(rounds) for name, rounds in taken.items()}
    loaded = {name: loaded_by(command) for name, command in ENTRYPOINTS.items()}
    print(table(found, loaded))
    document = {
        "given": vars(given),
        "rounds": {name: [asdict(one) for one in rounds] for name, rounds in taken.items()},
        "imports": {name: asdict(one) for name, one in loaded.items()},
    }
    print(f"\n{results.keep('imports', document)}")


if __name__ == "__main__":
    main()
