"""Where the processor time of a run goes, by library and by function, all threads together.

Each thread has a profiler of its own, whose clock is the thread's processor time: waiting counts nothing. Profiling
costs time too, most of all in small functions that are called often, so shares are to be read and not seconds.

Usage (by `benchmarks.collecting --profile`): python -m benchmarks.run_profile FILE
"""

import cProfile
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from attrs import frozen

from benchmarks import results
from benchmarks.children import measured, python
from benchmarks.collecting_ways import Collector
from github_tracker.ports.secret_store import Secret

CAN_PROFILE_THREADS: Final = sys.version_info < (3, 12)
"""From 3.12 on a process has one profiler, which takes all threads for one."""

_LONGEST: Final = 25


@frozen
class Spent:
    """What one function took, without what it called."""

    library: str
    function: str
    calls: int
    seconds: float


def profile_run(product: Collector, database: Secret) -> list[Spent]:
    """Run `github-tracker collect` under profilers, and return what each function took, the costliest first."""
    with NamedTemporaryFile("r", suffix=".json") as file:
        measured(python("benchmarks.run_profile", file.name), product.variables(database))
        spent = [Spent(**entry) for entry in json.load(file)]
    return sorted(spent, key=lambda entry: -entry.seconds)


def tables(spent: list[Spent]) -> str:
    """Return what each library took, and the costliest functions, as Markdown."""
    total = sum(entry.seconds for entry in spent)
    by_library: dict[str, float] = {}
    for entry in spent:
        by_library[entry.library] = by_library.get(entry.library, 0.0) + entry.seconds
    ordered = sorted(by_library.items(), key=lambda item: -item[1])
    libraries = [(name, _share(seconds, total)) for name, seconds in ordered if seconds > total / 200]
    functions = [
        (f"`{entry.function}`", entry.library, f"{entry.calls:,}", _share(entry.seconds, total))
        for entry in spent[:_LONGEST]
    ]
    return "\n\n".join(
        (
            results.table(("library", "own CPU"), libraries),
            results.table(("function", "library", "calls", "own CPU"), functions),
            f"CPU under the profiler: {total:.2f} s.",
        )
    )


def _share(seconds: float, total: float) -> str:
    return f"{100 * seconds / total:.1f} %"


def _record(path: Path) -> None:
    """Run the product's command in this process, with every thread under a profiler."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def run_profiled(thread: threading.Thread) -> None:
        _profiled(profiles, lambda: run(thread))

    # There is no other way into every thread; mypy takes no function for a method.
    vars(threading)["Thread"].run = run_profiled
    sys.argv = ["github-tracker", "collect", "--json"]
    _profiled(profiles, _command)
    entries = [entry for profile in profiles for entry in profile.getstats()]
    path.write_text(json.dumps(_merged(entries)), encoding="utf-8")


def _profiled(profiles: list[cProfile.Profile], work: Callable[[], object]) -> None:
    profile = cProfile.Profile(time.thread_time)
    profiles.append(profile)
    profile.enable()
    try:
        work()
    finally:
        profile.disable()


def _command() -> None:
    from github_tracker.entrypoints.cli import main  # noqa: PLC0415  # importing is part of what is profiled

    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise


def _merged(entries: list[Any]) -> list[dict[str, object]]:
    calls, seconds = Counter[tuple[str, str]](), dict[tuple[str, str], float]()
    for entry in entries:
        key = _named(entry.code)
        calls[key] += entry.callcount
        seconds[key] = seconds.get(key, 0.0) + entry.inlinetime
    return [
        {"library": library, "function": function, "calls": calls[library, function], "seconds": taken}
        for (library, function), taken in seconds.items()
    ]


def _named(code: Any) -> tuple[str, str]:  # a code object, or the name of a function of C
    if isinstance(code, str):
        name = code.removeprefix("<").removesuffix(">").removeprefix("built-in method ")
        return "C", name.partition(" at 0x")[0]
    path = Path(code.co_filename)
    place = f"{path.stem if path.stem != '__init__' else path.parent.name}.{code.co_qualname}"
    return _library_of(path), place


def _library_of(path: Path) -> str:
    parts = path.parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if "importlib" in str(path):
        return "importing"
    if "src" in parts:
        return f"github_tracker.{'.'.join(parts[parts.index('src') + 1 : -1])}"
    return "standard library"


if __name__ == "__main__":
    _record(Path(sys.argv[1]))
