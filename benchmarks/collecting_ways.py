"""The ways to collect that are compared, each a process of its own, and what must be true after them."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from attrs import frozen

from benchmarks.children import StandIn, Taken, measured, python
from benchmarks.database_server import rows
from benchmarks.made_up_world import FIRST_ID, World
from github_tracker.ports.secret_store import Secret

THREADS: Final = 8
_COMMAND: Final = str(Path(sys.executable).with_name("github-tracker"))
_FACTS: Final = """
SELECT repository_id, number, github_id, author_login, author_id, author_type, author_association, is_bot, title, state,
    is_draft, base_branch, head_branch, merge_commit, labels, created_at, updated_at, merged_at, closed_at
FROM pull_requests
ORDER BY repository_id, number
"""
_CREDITED: Final = """
SELECT
    count(*),
    coalesce(sum(shares.weight + rests.weight), 0),
    count(*) FILTER (WHERE shares.weight + rests.weight <> 1),
    coalesce(sum(shares.count), 0)
FROM pull_requests AS fact
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(pr_metrics.weight), 0) AS weight
    FROM pr_metrics
    WHERE pr_metrics.repository_id = fact.repository_id
        AND pr_metrics.pr_number = fact.number
) AS shares
CROSS JOIN LATERAL (
    SELECT coalesce(sum(pr_unattributed.weight), 0) AS weight
    FROM pr_unattributed
    WHERE pr_unattributed.repository_id = fact.repository_id
        AND pr_unattributed.number = fact.number
) AS rests
"""


class DisagreementError(Exception):
    """A way did something else than it has to, so that its time means nothing."""


@frozen
class Collector:
    """The product's own command on a database; its settings are those that a user would give."""

    world: World
    github: StandIn
    roster: Path

    def variables(self, database: Secret) -> dict[str, str]:
        """Return the environment that it runs in."""
        return {
            "GITHUB_PAT": "any-token-does-here",
            "GITHUB_API_URL": self.github.url,
            "REPOSITORIES": ",".join(self.world.names),
            "TEAM_CONFIG_FILE": str(self.roster),
            "DB_URL": database.reveal(),
            "COLLECT_CONCURRENCY": str(THREADS),
        }

    def run(self, database: Secret) -> tuple[Taken, dict[str, Any]]:
        """Run `github-tracker collect` once; return what it took and its report."""
        taken, out = measured([_COMMAND, "collect", "--json"], self.variables(database))
        report: dict[str, Any] = json.loads(out)
        if report["outcome"] != "complete":
            raise DisagreementError(f"the run's outcome is {report['outcome']}")
        return taken, report


@contextmanager
def collector(world: World, github: StandIn) -> Iterator[Collector]:
    """Give the product's command, set to the world's repositories and roster."""
    with TemporaryDirectory(prefix="github-tracker-bench-") as folder:
        roster = Path(folder) / "teams.json"
        roster.write_text(json.dumps(world.roster_document()), encoding="utf-8")
        yield Collector(world, github, roster)


def run_floor(world: World, github: StandIn, database: Secret, arenas: str = "shared") -> Taken:
    """Run the floor once, with one arena of memory for all threads (shared) or with those that glibc makes (many)."""
    named = [f"{name}={FIRST_ID + place}" for place, name in enumerate(world.names)]
    taken, _ = measured(python("benchmarks.floor", arenas, github.url, database.reveal(), str(THREADS), *named))
    return taken


def run_naive(world: World, github: StandIn, repositories: int) -> Taken:
    """Run a newcomer's loop over the first repositories; return what all of them would take.

    The part that grows with repositories is told by the loop itself and scaled up; starting and importing is not.
    """
    taken, out = measured(python("benchmarks.newcomer", github.url, *world.names[:repositories]))
    loop = json.loads(out)
    if loop["pull_requests"] != repositories * world.pull_requests:
        raise DisagreementError(f"the newcomer's loop saw {loop['pull_requests']} pull requests")
    more = world.repositories / repositories - 1
    return Taken(
        taken.wall_seconds + more * loop["wall_seconds"],
        taken.cpu_seconds + more * loop["cpu_seconds"],
        taken.peak_bytes,
    )


def facts_digest(database: Secret) -> str:
    """Return a digest of all stored facts; when they were observed is of no account."""
    return sha256(repr(rows(database, _FACTS)).encode()).hexdigest()


def check_first_walk(world: World, database: Secret) -> int:
    """Raise DisagreementError unless every fact is stored and credited in full; return how many shares there are."""
    (facts, total, uneven, shares), *_ = rows(database, _CREDITED)
    if (facts, total, uneven) != (world.total, world.total, 0):
        raise DisagreementError(f"{facts} facts, credits add up to {total}, {uneven} do not add up to 1")
    return int(shares)


def pages(world: World) -> int:
    """Return how many list requests a walk over everything takes, 100 a page."""
    return world.repositories * max(1, -(-world.pull_requests // 100))


ALL: Final = "all"
Wanted = Mapping[str, int | tuple[int, int]]
"""Requests by kind, or ALL of them together; a pair is the least and the most."""


def expect(requests: Mapping[str, int], wanted: Wanted) -> None:
    """Raise DisagreementError if the stand-in counted anything else."""
    counted = {kind: count for kind, count in requests.items() if count}
    counted[ALL] = counted.get("list", 0) + counted.get("repository", 0)
    bounds = {kind: found if isinstance(found, tuple) else (found, found) for kind, found in wanted.items()}
    bounds.setdefault(ALL, (0, counted[ALL]))
    is_right = all(least <= counted.get(kind, 0) <= most for kind, (least, most) in bounds.items())
    if not is_right or counted.keys() - bounds.keys():
        raise DisagreementError(f"requests were {counted}, and should have been {wanted}")
