"""How many pull requests a second of CPU are attributed, by rule, size of the roster and windows of each person.

Usage: python -m benchmarks.attribution [--pull-requests N] [--rounds N] [--json]
"""

import argparse
import json
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial

from benchmarks.cpu_time import cpu_seconds
from benchmarks.crowds import Crowd, pull_requests_of_a_few
from github_tracker.domain.attribution import Attributor
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest

USUAL = Crowd(people=500, windows=2)
CROWDS = (USUAL, *(Crowd(people, 1) for people in (10, 1000, 100_000)), *(Crowd(10, n) for n in (1, 10, 100, 1000)))


def rates(
    crowds: Iterable[Crowd], pull_requests: Sequence[PullRequest], rounds: int
) -> dict[Crowd, dict[AttributionRule, float]]:
    """Return pull requests attributed in a second of CPU, by crowd and rule; all of them measured in turns."""
    works = {}
    for crowd in crowds:
        roster = crowd.roster()
        for rule in AttributionRule:
            attributor = Attributor(roster, AttributionPolicy(rule))
            works[_name(crowd, rule)] = partial(_attribute_all, attributor, pull_requests)
    spent = cpu_seconds(works, rounds)
    return {
        crowd: {rule: len(pull_requests) / spent[_name(crowd, rule)] for rule in AttributionRule} for crowd in crowds
    }


def table(found: dict[Crowd, dict[AttributionRule, float]]) -> Iterable[str]:
    """Yield the lines of a Markdown table: one crowd each, every rule's rate and what it is of the first crowd's."""
    yield f"| people | windows each | memberships | {' | '.join(rule.value for rule in AttributionRule)} |"
    yield f"|{'---:|' * (3 + len(AttributionRule))}"
    first = next(iter(found.values()))
    for crowd, rate in found.items():
        cells = [f"{rate[rule]:,.0f} ({rate[rule] / first[rule]:.2f})" for rule in AttributionRule]
        yield f"| {crowd.people:,} | {crowd.windows:,} | {crowd.memberships:,} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Pull requests attributed in a second of CPU.")
    parser.add_argument("--pull-requests", type=int, default=20_000, help="of how many; default: 20,000")
    parser.add_argument("--rounds", type=int, default=5, help="of how many rounds the median is; default: 5")
    parser.add_argument("--json", action="store_true", help="as JSON instead of a table")
    given = parser.parse_args()
    found = rates(dict.fromkeys(CROWDS), pull_requests_of_a_few(given.pull_requests), given.rounds)
    if given.json:
        print(json.dumps([_document(crowd, rate) for crowd, rate in found.items()], indent=1))
    else:
        print("\n".join(table(found)))
        print("\nPull requests attributed in a second of CPU on one core; in brackets, compared with the first line.")


def _attribute_all(attributor: Attributor, pull_requests: Sequence[PullRequest]) -> None:
    deque(map(attributor.attribute, pull_requests), maxlen=0)


def _document(crowd: Crowd, rate: dict[AttributionRule, float]) -> dict[str, object]:
    sizes = {"people": crowd.people, "windows": crowd.windows, "memberships": crowd.memberships}
    return sizes | {"pull_requests_a_cpu_second": {rule.value: round(rate[rule]) for rule in AttributionRule}}


def _name(crowd: Crowd, rule: AttributionRule) -> str:
    return f"{crowd.people} x {crowd.windows}, {rule.value}"


if __name__ == "__main__":
    main()
