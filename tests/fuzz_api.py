"""`make fuzz`: many thousands of requests, right and wrong ones, made from the API's own description of itself.

Usage: python -m tests.fuzz_api [--cases N]
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from github_tracker.entrypoints.api.openapi import openapi_document
from tests.integration.api_world import Api, memory_api

LEAST_CASES: Final = 10_000

# Two days that are each right may be in the wrong order, which no schema can say.
CONFIG: Final = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "429"]
"""
_RAN: Final = re.compile(r"(?P<count>[0-9][0-9,]*) generated")


def main() -> int:
    """Run until enough cases were tried; the exit code says whether one found a fault."""
    parser = argparse.ArgumentParser(description="Fuzz the metrics API over a store in memory, with every check.")
    parser.add_argument("--cases", type=int, default=LEAST_CASES, metavar="N", help="at least (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first round (default: %(default)s)")
    given = parser.parse_args()
    tried, seed = 0, given.seed
    while tried < given.cases:
        with memory_api() as api:
            code, count = _round(api, given.cases - tried, seed)
        tried += count
        if code != 0 or count == 0:
            return 1
        seed += 1
    sys.stdout.write(f"fuzz: {tried} cases, no fault\n")
    return 0


def _round(api: Api, cases: int, seed: int) -> tuple[int, int]:
    """Return the exit code and how many cases were tried."""
    operations = len(openapi_document()["paths"])  # type: ignore[arg-type]  # a mapping, as in every such document
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(CONFIG)
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file",
                str(config),
                "run",
                f"{api.url}/openapi.json",
                "--header",
                f"X-API-Key: {api.reader}",
                "--checks",
                "all",
                "--max-examples",
                str(max(50, cases // operations)),
                "--workers",
                "2",
                "--seed",
                str(seed),
                "--continue-on-failure",
                "--no-color",
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            cwd=folder,
        )
    sys.stdout.write(done.stdout)
    found = _RAN.search(done.stdout)
    return done.returncode, int(found["count"].replace(",", "")) if found else 0


if __name__ == "__main__":
    sys.exit(main())
