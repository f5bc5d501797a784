"""How a run report looks: a short table for people, JSON for programs."""

import json
from datetime import datetime

from attrs import asdict
from rich.console import Console
from rich.table import Table

from github_tracker.domain.run_report import Outcome, RunReport

_LONGEST_TABLE = 20


def run_json(report: RunReport) -> str:
    """Return the whole report as JSON; instants in ISO 8601."""
    fields = asdict(report) | {
        "requests": report.requests,
        "facts_seen": report.facts_seen,
        "facts_changed": report.facts_changed,
        "shares_changed": report.shares_changed,
    }
    return json.dumps(fields, default=datetime.isoformat, indent=2)


def print_run(report: RunReport, console: Console) -> None:
    """Print what the run did: a row a repository while they are few, and one line for the whole."""
    if len(report.repositories) <= _LONGEST_TABLE:
        console.print(_table(report))
    counts = {outcome: len(report.with_outcome(outcome)) for outcome in Outcome}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no repository"
    seconds = (report.finished_at - report.started_at).total_seconds()
    console.print(
        f"Run {report.outcome}: {parts}; {report.facts_changed} of {report.facts_seen} pull requests new or changed, "
        f"{report.shares_changed} shares changed, {report.requests} requests, {seconds:.1f} s.",
        highlight=False,
        soft_wrap=True,
    )
    if report.facts_seen and not report.facts_changed and report.outcome == "complete":
        console.print("Nothing has changed since the last run.")


def _table(report: RunReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("repository", overflow="fold")
    table.add_column("outcome")
    for heading in ("pages", "requests", "seen", "changed", "shares"):
        table.add_column(heading, justify="right")
    table.add_column("why")
    for entry in report.repositories:
        table.add_row(
            entry.name,
            entry.outcome,
            str(entry.pages),
            str(entry.requests),
            str(entry.facts_seen),
            str(entry.facts_changed),
            str(entry.shares_changed),
            "" if entry.message is None else f"{entry.code}: {entry.message}",
        )
    return table
