"""A run report as a JSON document."""

import json
from datetime import datetime
from typing import Any, Final

from attrs import asdict, evolve

from github_tracker.domain.run_report import Outcome, RunReport

MOST_LOGGED: Final = 100
"""Repositories that one line of a log tells of: CloudWatch takes no line of more than 256 KB."""

_TROUBLE_FIRST: Final = (Outcome.FAILED, Outcome.DEFERRED, Outcome.COMPLETE, Outcome.UNCHANGED)


def run_fields(report: RunReport) -> dict[str, object]:
    """Return the whole report for JSON, with the sums over its repositories."""
    return asdict(report) | {
        "requests": report.requests,
        "facts_seen": report.facts_seen,
        "facts_changed": report.facts_changed,
        "facts_repaired": report.facts_repaired,
        "facts_dropped": report.facts_dropped,
        "shares_changed": report.shares_changed,
    }


def run_document(report: RunReport) -> dict[str, Any]:
    """Return the whole report in JSON's own types; instants in ISO 8601."""
    document: dict[str, Any] = json.loads(json.dumps(run_fields(report), default=datetime.isoformat))
    return document


def logged_run(report: RunReport) -> dict[str, Any]:
    """Return the report as one line of a log holds it: those repositories first that need somebody's attention."""
    ordered = sorted(report.repositories, key=lambda entry: _TROUBLE_FIRST.index(entry.outcome))
    told = run_document(evolve(report, repositories=tuple(ordered[:MOST_LOGGED])))
    whole = {name: value for name, value in run_fields(report).items() if isinstance(value, int)}
    return told | whole | {"repositories_left_out": len(ordered[MOST_LOGGED:])}
