"""`make fuzz`: many thousands of requests, right and wrong ones, made from the API's own description of itself.

Usage: python -m tests.fuzz_api [--cases N] [--seed N]
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from github_tracker.entrypoints.api.edge import LogLine
from tests.integration.api_world import Api, memory_api

LEAST_CASES: Final = 10_000
_LEAST_EXAMPLES: Final = 30
_MOST_EXAMPLES: Final = 200
"""Of each operation in each round: several short rounds with seeds of their own reach further than a long one."""

# Stored values are met often, and random ones as well. Two days that are each right may be in the wrong order, which
# no schema can say.
_CONFIG: Final = """
[dictionaries.teams]
values = {teams}
[dictionaries.owners]
values = ["Acme", "acme"]
[dictionaries.repositories]
values = ["Widgets", "widgets"]
[dictionaries.numbers]
values = [1, 2, 3, 4, 6, 7, 9]

[dictionaries.beginnings]
values = ["2023-12-25", "2024-01-01", "2024-01-08"]
[dictionaries.endings]
values = ["2024-01-09", "2024-02-01", "2024-04-01"]

[parameters]
"query.from" = {{ dictionary = "beginnings", probability = 0.7 }}
"query.to" = {{ dictionary = "endings", probability = 0.7 }}
"path.team_id" = {{ dictionary = "teams", probability = 0.6 }}
"path.owner" = {{ dictionary = "owners", probability = 0.85 }}
"path.repo" = {{ dictionary = "repositories", probability = 0.85 }}
"path.number" = {{ dictionary = "numbers", probability = 0.7 }}

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "422", "429"]
"""
_CASES: Final = re.compile(r"(?P<count>[0-9][0-9,]*) generated")
_OPERATIONS: Final = re.compile(r"Tested: +(?P<count>[0-9]+)")
_COLUMNS: Final = ("2xx", "304", "400", "401", "404", "405", "422", "other 4xx", "5xx")


def main(arguments: list[str] | None = None) -> int:
    """Run until enough cases were tried; the exit code says whether anything is wrong."""
    parser = argparse.ArgumentParser(description="Fuzz the metrics API over a store in memory, with every check.")
    parser.add_argument("--cases", type=int, default=LEAST_CASES, metavar="N", help="at least (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first round (default: %(default)s)")
    given = parser.parse_args(arguments)
    tried, answers, seed = 0, Answers(), given.seed
    while tried < given.cases:
        fuzzed = fuzz_round(given.cases - tried, seed)
        sys.stdout.write(fuzzed.output)
        answers.counts.update(fuzzed.answers.counts)
        tried, seed = tried + fuzzed.cases, seed + 1
        if fuzzed.faults:
            sys.stdout.write("".join(f"fuzz: {fault}\n" for fault in fuzzed.faults))
            return 1
    sys.stdout.write(f"\n{answers.table()}\n\nfuzz: {tried} cases, no fault\n")
    return 0


@frozen
class Answers:
    """How often which operation answered with what, by the API's own log."""

    counts: Counter[tuple[str, str]] = field(factory=Counter)
    """By path template and column."""

    @classmethod
    def in_log(cls, document: Mapping[str, Any], log: Iterable[LogLine]) -> "Answers":
        """Return what the log tells."""
        templates = {path: re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", path)) for path in document["paths"]}
        found = cls()
        for line in log:
            path = str(line["path"]).rstrip("/")
            named = (name for name, form in templates.items() if path == name or form.fullmatch(path))
            found.counts[next(named, "(none)"), _column_of(line["status"])] += 1
        return found

    def faults(self, document: Mapping[str, Any]) -> list[str]:
        """Return which operations were never answered well, or never asked for without a key."""
        faults = []
        for path, found in document["paths"].items():
            if not self.counts[path, "2xx"]:
                faults.append(f"{path} was never answered with 2xx")
            if all(operation.get("security") != [] for operation in found.values()) and not self.counts[path, "401"]:
                faults.append(f"{path} was never asked for without a key")
        return faults

    def table(self) -> str:
        """Return operations by statuses."""
        paths = sorted({path for path, _ in self.counts})
        width = max(map(len, paths))
        lines = ["".join([" " * width, *(f"{name:>11}" for name in _COLUMNS)])]
        lines += [
            f"{path:<{width}}" + "".join(f"{self.counts[path, column]:>11}" for column in _COLUMNS) for path in paths
        ]
        return "\n".join(lines)


@frozen
class Fuzzed:
    """What became of a round."""

    output: str
    cases: int
    answers: Answers
    faults: tuple[str, ...]


def fuzz_round(cases: int, seed: int) -> Fuzzed:
    """Run every phase with every check once, with about so many cases."""
    with memory_api() as api:
        document = api.ask("/openapi.json").json
        examples = min(max(_LEAST_EXAMPLES, cases // len(document["paths"])), _MOST_EXAMPLES)
        code, output = _run(api, document, examples, seed)
        answers = Answers.in_log(document, tuple(api.log))
    faults = answers.faults(document)
    if code != 0:
        faults.append(f"schemathesis ended with {code}")
    operations, tried = _number(_OPERATIONS, output), _number(_CASES, output)
    if operations != len(document["paths"]):
        faults.append(f"{operations} of {len(document['paths'])} operations were tested")
    if not tried:
        faults.append("nothing was tried")
    return Fuzzed(output, tried, answers, tuple(faults))


def _run(api: Api, document: object, examples: int, seed: int) -> tuple[int, str]:
    """The description is handed over as a file: where it is loaded from, schemathesis tests nothing."""
    with tempfile.TemporaryDirectory() as folder:
        config, description = Path(folder) / "schemathesis.toml", Path(folder) / "openapi.json"
        config.write_text(_CONFIG.format(teams=[team.id for team in api.store.teams.teams()]))
        description.write_text(json.dumps(document))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                *("run", str(description), "--url", api.url, "--header", f"X-API-Key: {api.reader}"),
                *("--checks", "all", "--continue-on-failure", "--max-examples", str(examples)),
                *("--workers", "2", "--seed", str(seed), "--no-color"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=folder,
        )
    return done.returncode, done.stdout


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found["count"].replace(",", "")) if found else 0


def _column_of(status: object) -> str:
    exact, rough = str(status), f"{str(status)[0]}xx"
    if exact in _COLUMNS:
        return exact
    return rough if rough in _COLUMNS else f"other {rough}"


if __name__ == "__main__":
    sys.exit(main())
