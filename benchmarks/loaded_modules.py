"""What a run loads, and what loading it costs by itself: a process that imports the same modules and ends."""

import gc
import importlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from benchmarks.children import Taken, measured, python
from benchmarks.collecting_ways import Collector
from github_tracker.entrypoints.cli import OBJECTS_BETWEEN_COLLECTIONS
from github_tracker.entrypoints.process_memory import without_looking_for_garbage
from github_tracker.ports.secret_store import Secret

_known: dict[str, str] = {}


def run_imports(product: Collector, database: Secret) -> Taken:
    """Import all that an unchanged run of `github-tracker collect` imports, and nothing else."""
    listed = _listed_by_a_run(product, database)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(listed)
        file.flush()
        return measured(python("benchmarks.loaded_modules", "import", file.name))[0]


def _listed_by_a_run(product: Collector, database: Secret) -> str:
    """Ask a run once; the same code loads the same modules."""
    if "run" not in _known:
        with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
            measured(python("benchmarks.loaded_modules", "list", file.name), product.variables(database))
            _known["run"] = Path(file.name).read_text(encoding="utf-8")
    return _known["run"]


def _list_modules(path: Path) -> None:
    before = set(sys.modules)
    from github_tracker.entrypoints.cli import main  # noqa: PLC0415  # what it loads is what is asked for

    sys.argv = ["github-tracker", "collect", "--json"]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
    path.write_text(json.dumps([name for name in sys.modules if name not in before]), encoding="utf-8")


def _import_modules(path: Path) -> None:
    # As the command line does, so that loading costs the same here.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    names: list[str] = json.loads(path.read_text(encoding="utf-8"))
    with without_looking_for_garbage():
        # The product's first: some of them see to it that libraries load less than they would by themselves.
        for name in sorted(names, key=lambda name: not name.startswith("github_tracker.")):
            # Some are parts of others and have no file of their own.
            with suppress(ImportError):
                importlib.import_module(name)


if __name__ == "__main__":
    what, given = sys.argv[1:]
    _list_modules(Path(given)) if what == "list" else _import_modules(Path(given))
    sys.stdout.flush()
    os._exit(0)
