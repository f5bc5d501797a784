"""How run reports become rows, and rows become them again."""

import json
from datetime import datetime

from attrs import asdict
from psycopg.rows import TupleRow

from github_tracker.domain.anomaly import Anomaly, AnomalyKind
from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport

_KINDS = frozenset(AnomalyKind)
"""What a newer version may have found beside these is passed over."""


def run_values(report: RunReport) -> dict[str, object]:
    """Return the columns of `runs` for a report."""
    repositories = [_fields_of(repository) for repository in report.repositories]
    return {
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "outcome": report.outcome.value,
        "roster_version": report.roster_version,
        "requests": report.requests,
        "facts_seen": report.facts_seen,
        "facts_changed": report.facts_changed,
        "facts_repaired": report.facts_repaired,
        "shares_changed": report.shares_changed,
        "repositories": json.dumps(repositories, default=datetime.isoformat),
        "anomalies": json.dumps([asdict(anomaly) for anomaly in report.anomalies]),
    }


def report_of(row: TupleRow) -> RunReport:
    """Return the report of (started_at, finished_at, outcome, roster_version, repositories, anomalies)."""
    started_at, finished_at, outcome, roster_version, repositories, anomalies = row
    return RunReport(
        started_at=started_at,
        finished_at=finished_at,
        outcome=RunOutcome(outcome),
        roster_version=roster_version,
        repositories=tuple(map(repository_report_of, repositories)),
        anomalies=tuple(
            Anomaly(AnomalyKind(entry["kind"]), entry["message"]) for entry in anomalies if entry["kind"] in _KINDS
        ),
    )


def repository_report_text(report: RepositoryReport) -> str:
    """Return one repository's report as JSON."""
    return json.dumps(_fields_of(report), default=datetime.isoformat)


def _fields_of(report: RepositoryReport) -> dict[str, object]:
    """A message may quote what GitHub sent, and JSONB refuses what is no text to it: the report would be lost."""
    fields = asdict(report)
    return fields if report.message is None else fields | {"message": storable_text(report.message)}


def repository_report_of(fields: dict[str, object]) -> RepositoryReport:
    """Return the report that these fields of JSON tell.

    Fields that a newer version wrote and this one does not know are passed over.
    """
    known = {name: value for name, value in fields.items() if name in RepositoryReport.__annotations__}
    retry_at = known.get("retry_at")
    known["outcome"] = Outcome(str(known["outcome"]))
    known["retry_at"] = datetime.fromisoformat(retry_at) if isinstance(retry_at, str) else None
    return RepositoryReport(**known)  # type: ignore[arg-type]  # the row was written by run_values
