"""The audit: what GitHub shows, against what the tables hold, against what the roster in force gives."""

from datetime import datetime
from time import monotonic, sleep

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from tests.torture import stored as statements
from tests.torture.moving_github import TOKEN, Truth
from tests.torture.rosters import ROSTERS
from tests.torture.server import PASSWORD
from tests.torture.stored import Stored, read_stored
from tests.torture.tally import Finding, Harm

PATIENCE_SECONDS = 10.0
"""How long a backend may take to notice that its program is dead."""

_LEFT_BEHIND = """
SELECT 'backend ' || pid || ' is ' || state || ': ' || left(query, 80)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
UNION ALL
SELECT 'lock ' || locktype || ' of ' || pid
FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Audit:
    """Looks at one database again and again; remembers its watermarks, which must never go back."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._watermarks: dict[int, datetime] = {}

    def look(self) -> tuple[Stored, list[Finding]]:
        """Return what is stored, and what is wrong with it at any moment at which no program runs."""
        with psycopg.connect(self._database, autocommit=True) as connection:
            # First: a page that a dead program's backend is just storing would be seen in part otherwise.
            found = _left_behind(connection)
            stored = read_stored(connection)
            found += _duplicated(connection)
            found += _unbalanced(connection)
            found += _stale_rosters(connection, stored)
            found += _secrets(connection)
        found += _stale_shares(stored)
        found += self._watermarks_back(stored)
        return stored, found

    def _watermarks_back(self, stored: Stored) -> list[Finding]:
        found = []
        for repository_id, before in self._watermarks.items():
            now = stored.watermarks.get(repository_id)
            if now is None or now < before:
                found.append(Finding(Harm.WATERMARK, f"repository {repository_id}: {before} became {now}"))
        self._watermarks = {key: mark for key, mark in stored.watermarks.items() if mark is not None}
        return found


def lost(stored: Stored, shown: Truth) -> list[Finding]:
    """Return every pull request that the table lacks or has otherwise than it is shown."""
    found = []
    for key, fact in shown.items():
        held, _ = stored.facts.get(key, (None, False))
        if held != fact:
            found.append(Finding(Harm.LOST, f"{key} is shown as {_version(fact)} and held as {_version(held)}"))
    return found


def silent_partials(stored: Stored, repositories: set[int], before: Truth, after: Truth) -> list[Finding]:
    """Return what a run that says complete did not store, though it was shown all the time.

    What changed while the run lasted is the next run's business.
    """
    standing = {key: fact for key, fact in before.items() if key[0] in repositories and after[key] == fact}
    return [Finding(Harm.SILENT_PARTIAL, finding.what) for finding in lost(stored, standing)]


def not_in_force(stored: Stored, roster: Roster) -> list[Finding]:
    """Return what is wrong where this roster must be in force."""
    if stored.memberships == _members(roster):
        return []
    return [Finding(Harm.STALE, "the roster of the last run is not the one in force")]


def _left_behind(connection: Connection[TupleRow]) -> list[Finding]:
    end = monotonic() + PATIENCE_SECONDS
    while (left := connection.execute(_LEFT_BEHIND).fetchall()) and monotonic() < end:
        sleep(0.02)
    return [Finding(Harm.LOCK_LEFT, row[0]) for row in left]


def _duplicated(connection: Connection[TupleRow]) -> list[Finding]:
    return [
        Finding(Harm.DUPLICATED, f"{table}: {row}")
        for table, statement in statements.DUPLICATES.items()
        for row in connection.execute(statement.encode())
    ]


def _unbalanced(connection: Connection[TupleRow]) -> list[Finding]:
    rows = connection.execute(statements.UNBALANCED).fetchall()
    return [Finding(Harm.UNBALANCED, f"({row[0]}, {row[1]}): {row[2]}") for row in rows if row[2] != 1]


def _secrets(connection: Connection[TupleRow]) -> list[Finding]:
    texts = (row[0] for row in connection.execute(statements.STORED_TEXTS))
    return [Finding(Harm.SECRET, text[-500:]) for text in texts if TOKEN in text or PASSWORD in text]


def _stale_rosters(connection: Connection[TupleRow], stored: Stored) -> list[Finding]:
    found = [Finding(Harm.STALE, f"a share of no listed team: {row}") for row in _rows(connection)]
    found += [Finding(Harm.STALE, row[0]) for row in connection.execute(statements.ROSTER_HISTORY_APART)]
    if stored.memberships and _roster_in_force(stored) is None:
        found.append(Finding(Harm.STALE, f"a roster that was never given: {sorted(map(str, stored.memberships))}"))
    return found


def _rows(connection: Connection[TupleRow]) -> list[TupleRow]:
    return connection.execute(statements.OF_UNLISTED_TEAMS).fetchall()


def _stale_shares(stored: Stored) -> list[Finding]:
    roster = _roster_in_force(stored) or Roster()
    attributor = Attributor(roster, AttributionPolicy(stored.rule))
    found = []
    for key, (fact, is_bot) in stored.facts.items():
        given = attributor.attribute(fact)
        flattened = _flattened(fact, stored.names[key[0]])
        shares = {(share.team, share.weight): flattened for share in given.shares}
        held = {(share.team, share.weight): share.flattened for share in stored.shares.get(key, ())}
        rests = {str(rest.reason): rest.weight for rest in given.rest}
        flags = {(share.rule, share.is_bot) for share in stored.shares.get(key, ())} or {(stored.rule, given.is_bot)}
        if (shares, rests, {(stored.rule, given.is_bot)}, given.is_bot) != (
            held,
            stored.rests.get(key, {}),
            flags,
            is_bot,
        ):
            parts = sorted(map(str, (*held, *stored.rests.get(key, {}).items())))
            wanted = sorted(map(str, (*shares, *rests.items())))
            found.append(Finding(Harm.STALE, f"{key} has {parts} {flags} and should have {wanted} by {stored.rule}"))
    orphans = (stored.shares.keys() | stored.rests.keys()) - stored.facts.keys()
    return found + [Finding(Harm.STALE, f"{key} has shares and no fact") for key in orphans]


def _flattened(fact: PullRequest, repository: str) -> tuple[object, ...]:
    author = None if fact.author is None else fact.author.login
    return repository, author, fact.title, fact.created_at, fact.merged_at, fact.closed_at, str(fact.state)


def _roster_in_force(stored: Stored) -> Roster | None:
    return next((roster for roster in ROSTERS if _members(roster) == stored.memberships), None)


def _members(roster: Roster) -> frozenset[tuple[object, ...]]:
    return frozenset((held.team, held.login, held.weight, held.joined_at, held.left_at) for held in roster.memberships)


def _version(fact: PullRequest | None) -> str:
    return "nothing" if fact is None else f"{fact.title}, {fact.state}, updated {fact.updated_at:%d %H:%M:%S}"
