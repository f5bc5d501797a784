"""Repositories, checkpoints and run reports on PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.run_rows import report_of, run_values
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository, storable_text
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunReport
from github_tracker.ports.collection_repository import DISPLACED, CollectionRepository, CollectionState, NotedOutcome
from github_tracker.ports.errors import RepositoryUnavailableError

_CLAIMS: Final = 2_906_114_000_000_000_000
"""Repositories' ids are added to it: advisory locks are known by a number that the whole database shares."""

_SELECT_STATE: Final = """
SELECT
    repositories.id, repositories.full_name, repositories.default_branch,
    state.checkpoint, state.watermark, state.etag, state.walked_at,
    state.version, state.last_outcome, state.last_code, state.last_message, repositories.missing_since
FROM repositories
INNER JOIN collection_state AS state ON state.repository_id = repositories.id
"""

_FIND: Final = f"""
{_SELECT_STATE}
WHERE lower(repositories.full_name) = lower(%(name)s)
    OR repositories.known_as @> ARRAY[lower(%(name)s)]
ORDER BY lower(repositories.full_name) <> lower(%(name)s)
LIMIT 1
"""

_FIND_ALL: Final = f"""
SELECT given.name, state.*
FROM json_array_elements_text(%(names)s::JSON) AS given (name)
CROSS JOIN LATERAL ({_FIND.replace("%(name)s", "given.name")}) AS state
"""

_BY_ID: Final = f"{_SELECT_STATE} WHERE repositories.id = %(id)s"

_ALL: Final = f'{_SELECT_STATE} ORDER BY lower(repositories.full_name) COLLATE "C"'

_LOCK_SETTINGS: Final = "SELECT roster_version FROM settings FOR UPDATE"

_RENAME: Final = """
WITH renamed AS (
    UPDATE repositories
    SET full_name = %(full_name)s
    WHERE id = %(id)s
        AND full_name <> %(full_name)s
    RETURNING id
)
UPDATE pr_metrics
SET repository = %(full_name)s
FROM renamed
WHERE pr_metrics.repository_id = renamed.id
"""

_NAME_HOLDER: Final = """
SELECT id, full_name
FROM repositories
WHERE lower(full_name) = lower(%(full_name)s)
    AND id <> %(id)s
"""

_ADD: Final = """
WITH added AS (
    INSERT INTO repositories (id, full_name, default_branch)
    VALUES (%(id)s, %(full_name)s, %(default_branch)s)
    ON CONFLICT (id) DO UPDATE SET default_branch = EXCLUDED.default_branch
    WHERE repositories.default_branch IS DISTINCT FROM EXCLUDED.default_branch
)
INSERT INTO collection_state (repository_id)
VALUES (%(id)s)
ON CONFLICT (repository_id) DO NOTHING
"""
"""Both at once: what refers to the repository is looked at when the statement ends."""

_KNOW_AS: Final = """
UPDATE repositories
SET known_as = ARRAY(SELECT DISTINCT unnest(known_as || %(names)s::TEXT[]) AS name ORDER BY name)
WHERE id = %(id)s
    AND NOT known_as @> %(names)s::TEXT[]
"""

_KNOW_NO_LONGER_AS: Final = """
UPDATE repositories
SET known_as = ARRAY(SELECT name FROM unnest(known_as) AS name WHERE name <> ALL (%(names)s::TEXT[]) ORDER BY name)
WHERE id <> %(id)s
    AND known_as && %(names)s::TEXT[]
"""

_NOTE_OUTCOMES: Final = """
WITH noted AS MATERIALIZED (
    SELECT *
    FROM json_to_recordset(%(outcomes)s::JSON) AS given (
        id BIGINT, outcome TEXT, code TEXT, message TEXT, at TIMESTAMPTZ, is_missing BOOLEAN, is_found BOOLEAN
    )
),
missing AS (
    UPDATE repositories
    SET missing_since = noted.at
    FROM noted
    WHERE repositories.id = noted.id
        AND noted.is_missing
        AND repositories.missing_since IS NULL
),
found AS (
    UPDATE repositories
    SET missing_since = NULL
    FROM noted
    WHERE repositories.id = noted.id
        AND noted.is_found
        AND repositories.missing_since IS NOT NULL
)
UPDATE collection_state AS state
SET last_outcome = noted.outcome, last_code = noted.code, last_message = noted.message
FROM noted
WHERE state.repository_id = noted.id
    AND ROW(state.last_outcome, state.last_code, state.last_message)
        IS DISTINCT FROM ROW(noted.outcome, noted.code, noted.message)
"""

_ADD_RUN: Final = """
INSERT INTO runs (
    started_at, finished_at, outcome, roster_version, requests, facts_seen, facts_changed, facts_repaired,
    shares_changed, repositories, anomalies
)
VALUES (
    %(started_at)s, %(finished_at)s, %(outcome)s, %(roster_version)s, %(requests)s, %(facts_seen)s,
    %(facts_changed)s, %(facts_repaired)s, %(shares_changed)s, %(repositories)s, %(anomalies)s
)
ON CONFLICT (started_at, finished_at) DO NOTHING
"""

_LATEST_RUN: Final = """
SELECT started_at, finished_at, outcome, roster_version, repositories, anomalies
FROM runs
ORDER BY finished_at DESC, id DESC
LIMIT 1
"""


class PostgresCollectionRepository(CollectionRepository):
    """Keeps the collection's state in repositories, collection_state and runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> CollectionState | None:
        """Return the state of the repository known by this name; its own name goes before a former one."""
        rows = self._database.execute(_FIND, {"name": name})
        return _state_of(rows[0]) if rows else None

    def find_all(self, names: Iterable[str]) -> dict[str, CollectionState]:
        """Return the states of those that are known, by the name asked for."""
        rows = self._database.execute(_FIND_ALL, {"names": json.dumps(list(names))})
        return {name: _state_of(row) for name, *row in rows}

    def states(self) -> tuple[CollectionState, ...]:
        """Return the states of all known repositories."""
        with self._database.reading() as connection:
            return tuple(map(_state_of, connection.execute(_ALL)))

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make a repository known under both names and return its state."""
        return self._database.transact(partial(_register, repository, configured_name))

    def claim(self, repository_id: int) -> AbstractContextManager[bool]:
        """Take an advisory lock that goes with its holder."""
        return self._database.claim(_CLAIMS + repository_id)

    def record_outcome(self, repository_id: int, report: RepositoryReport, at: datetime) -> None:
        """Note how the repository's collection ended."""
        self.record_outcomes((NotedOutcome(repository_id, report, at),))

    def record_outcomes(self, outcomes: Iterable[NotedOutcome]) -> None:
        """Note how collections ended with one statement; it writes only what differs. Of one id the last one counts."""
        documents = {noted.repository_id: _outcome_document(noted) for noted in outcomes}
        self._database.execute(_NOTE_OUTCOMES, {"outcomes": json.dumps(list(documents.values()))})

    def record_run(self, report: RunReport) -> None:
        """Keep the report of one run."""
        values = run_values(report)
        self._database.transact(lambda connection: connection.execute(_ADD_RUN, values))

    def latest_run(self) -> RunReport | None:
        """Return the report of the run that finished last."""
        row = self._database.read(lambda connection: connection.execute(_LATEST_RUN).fetchone())
        return None if row is None else report_of(row)


def _outcome_document(noted: NotedOutcome) -> dict[str, object]:
    report = noted.report
    is_missing = report.code == RepositoryUnavailableError.code
    return {
        "id": noted.repository_id,
        "outcome": report.outcome.value,
        "code": report.code,
        # It may quote what GitHub answered.
        "message": None if report.message is None else storable_text(report.message),
        "at": noted.at.isoformat(),
        "is_missing": is_missing,
        "is_found": not is_missing and report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED),
    }


def _register(repository: Repository, configured_name: str, connection: Connection[TupleRow]) -> CollectionState:
    """Names change under the settings lock, so that no page writes shares under a former name meanwhile."""
    values = {"id": repository.id, "full_name": repository.full_name, "default_branch": repository.default_branch}
    before = connection.execute(_BY_ID, values).fetchone()
    former = repository.full_name if before is None else str(before[1])
    if before is None or former != repository.full_name:
        connection.execute(_LOCK_SETTINGS)
        holder = connection.execute(_NAME_HOLDER, values).fetchone()
        if holder is not None:
            connection.execute(_RENAME, {"id": holder[0], "full_name": f"{holder[1]}{DISPLACED}{holder[0]}"})
    is_new = connection.execute(_ADD, values).rowcount == 1
    if not is_new:
        connection.execute(_RENAME, values)
    own_names = {former.lower(), configured_name.lower(), repository.full_name.lower()}
    connection.execute(_KNOW_NO_LONGER_AS, {"id": repository.id, "names": sorted(own_names)})
    other_names = sorted(own_names - {repository.full_name.lower()})
    if other_names:
        connection.execute(_KNOW_AS, {"id": repository.id, "names": other_names})
    if is_new:
        return CollectionState(repository)
    row = connection.execute(_BY_ID, values).fetchone()
    if row is None:
        raise LookupError(json.dumps(values))
    return _state_of(row)


def _state_of(row: Sequence[Any]) -> CollectionState:
    outcome = row[8]
    return CollectionState(
        repository=Repository(*row[0:3]),
        checkpoint=Checkpoint(*row[3:7]),
        version=row[7],
        last_outcome=None if outcome is None else Outcome(outcome),
        last_code=row[9],
        last_message=row[10],
        missing_since=row[11],
    )
