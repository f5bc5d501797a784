"""Runs that many workers share, on PostgreSQL."""

from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.run_rows import repository_report_of, repository_report_text
from github_tracker.domain.planned_run import OpenRun, Planning, RunPart
from github_tracker.domain.work import WorkItem
from github_tracker.ports.planned_runs import PlannedRuns, Task

_BEGIN: Final = """
INSERT INTO planned_runs (id, planned_at)
VALUES (%(run)s, %(planned_at)s)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

_EXPECT: Final = """
INSERT INTO planned_repositories (run_id, repository, place)
SELECT %(run)s, names.name, names.place
FROM unnest(%(names)s::TEXT[]) WITH ORDINALITY AS names (name, place)
ORDER BY names.name
"""

_OPEN: Final = """
SELECT id, planned_at
FROM planned_runs
WHERE closed_at IS NULL
ORDER BY planned_at, id
"""

_EXPECTED: Final = """
SELECT repository
FROM planned_repositories
WHERE run_id = %(run)s
ORDER BY place
"""

_PARTS: Final = """
SELECT report, finished_at, is_over
FROM run_parts
WHERE run_id = %(run)s
ORDER BY finished_at, repository, report::TEXT
"""

_TASK: Final = """
SELECT latest.report
FROM planned_repositories
LEFT JOIN LATERAL (
    SELECT run_parts.report
    FROM run_parts
    WHERE run_parts.run_id = planned_repositories.run_id
        AND run_parts.repository = planned_repositories.repository
    ORDER BY run_parts.finished_at DESC
    LIMIT 1
) AS latest ON TRUE
WHERE planned_repositories.run_id = %(run)s
    AND planned_repositories.repository = %(repository)s
    AND NOT planned_repositories.is_over
"""

# The row is locked, so that a run cannot be closed between the two statements.
_EXPECT_NO_MORE: Final = """
UPDATE planned_repositories
SET is_over = is_over OR %(is_over)s
WHERE run_id = %(run)s
    AND repository = %(repository)s
RETURNING repository
"""

_ADD_PART: Final = """
INSERT INTO run_parts (run_id, repository, finished_at, is_over, report)
VALUES (%(run)s, %(repository)s, %(finished_at)s, %(is_over)s, %(report)s)
ON CONFLICT DO NOTHING
"""

_IS_PENDING: Final = """
SELECT EXISTS (
    SELECT
    FROM planned_repositories
    WHERE run_id = %(run)s
        AND NOT is_over
)
"""

_CLOSE: Final = """
UPDATE planned_runs
SET closed_at = now()
WHERE id = %(run)s
    AND closed_at IS NULL
RETURNING id
"""

_FORGET_PARTS: Final = "DELETE FROM planned_repositories WHERE run_id = %(run)s"


class PostgresPlannedRuns(PlannedRuns):
    """Keeps planned runs in three tables, of which two are empty while no run is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, planning: Planning) -> bool:
        """Keep a planning and open its run."""
        values = {"run": planning.run, "planned_at": planning.planned_at, "names": list(planning.repositories)}

        def write(connection: Connection[TupleRow]) -> bool:
            is_new = connection.execute(_BEGIN, values).fetchone() is not None
            if is_new:
                connection.execute(_EXPECT, values)
            return is_new

        return self._database.transact(write)

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return the runs that are not closed."""
        return self._database.read(
            lambda connection: tuple(_open_run(connection, *row) for row in connection.execute(_OPEN).fetchall())
        )

    def task(self, item: WorkItem) -> Task | None:
        """Return what is expected of this repository; one look at an index."""
        values = {"run": item.run, "repository": item.repository}
        row = self._database.read(lambda connection: connection.execute(_TASK, values).fetchone())
        if row is None:
            return None
        return Task(None if row[0] is None else repository_report_of(row[0]))

    def add_part(self, run: UUID, part: RunPart) -> bool:
        """Keep a part and return whether now everything of the run is over.

        What others keep at the same time is not seen before it is committed, so whether all is over is asked in a
        transaction of its own, after this one: of two that keep the last parts, at least one then sees both.
        """
        values = {
            "run": run,
            "repository": part.report.name,
            "finished_at": part.finished_at,
            "is_over": part.is_over,
            "report": repository_report_text(part.report),
        }

        def write(connection: Connection[TupleRow]) -> bool:
            if connection.execute(_EXPECT_NO_MORE, values).fetchone() is None:
                return False
            connection.execute(_ADD_PART, values)
            return True

        if not self._database.transact(write):
            return False
        row = self._database.read(lambda connection: connection.execute(_IS_PENDING, values).fetchone())
        return row == (False,)

    def close(self, run: UUID) -> bool:
        """Close the run and forget its parts."""

        def write(connection: Connection[TupleRow]) -> bool:
            is_closed = connection.execute(_CLOSE, {"run": run}).fetchone() is not None
            if is_closed:
                connection.execute(_FORGET_PARTS, {"run": run})
            return is_closed

        return self._database.transact(write)


def _open_run(connection: Connection[TupleRow], run: UUID, planned_at: object) -> OpenRun:
    values = {"run": run}
    names = tuple(row[0] for row in connection.execute(_EXPECTED, values).fetchall())
    parts = tuple(
        RunPart(repository_report_of(report), finished_at, is_over)
        for report, finished_at, is_over in connection.execute(_PARTS, values).fetchall()
    )
    return OpenRun(Planning(run, planned_at, names), parts)  # type: ignore[arg-type]  # a column of instants
