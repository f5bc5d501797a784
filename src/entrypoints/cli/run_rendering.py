"""How a run report looks to people."""

from rich.console import Console

from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.entrypoints.cli.progress import repository_line
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of

_LONGEST_TABLE = 20

_COLUMNS = (
    Column("repository"),
    Column("outcome"),
    Column("requests", is_figure=True),
    Column("pages", is_figure=True, least_needed=1),
    Column("seen", is_figure=True),
    Column("changed", is_figure=True),
    Column("shares", is_figure=True),
)


def print_run(report: RunReport, console: Console) -> None:
    """Print what the run did: a row a repository while they are few, what went wrong, and one line for the whole."""
    if 0 < len(report.repositories) <= _LONGEST_TABLE:
        print_columns(console, _COLUMNS, _rows(report))
    print_findings(report, console)
    for line in (_summary(report), *_remarks(report)):
        console.print(line, markup=False, highlight=False)


def print_findings(report: RunReport, console: Console) -> None:
    """Print a line for each repository that did not get through, and for each anomaly."""
    for entry in report.with_outcome(Outcome.FAILED, Outcome.DEFERRED):
        console.print(repository_line(entry), markup=False, highlight=False)
    for anomaly in report.anomalies:
        console.print(f"Remarkable: {anomaly.message}", markup=False, highlight=False)


def _rows(report: RunReport) -> list[tuple[str, ...]]:
    return [
        (
            entry.name,
            entry.outcome,
            str(entry.requests),
            str(entry.pages),
            str(entry.facts_seen),
            str(entry.facts_changed),
            str(entry.shares_changed),
        )
        for entry in report.repositories
    ]


def _summary(report: RunReport) -> str:
    counts = {outcome: len(report.with_outcome(outcome)) for outcome in Outcome}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no repository"
    seconds = (report.finished_at - report.started_at).total_seconds()
    return (
        f"Run {report.outcome}: {parts}; {report.facts_changed} of {count_of(report.facts_seen, 'pull request')} new "
        f"or changed, {count_of(report.shares_changed, 'share')} changed, {count_of(report.requests, 'request')}, "
        f"{seconds:.1f} s."
    )


def _remarks(report: RunReport) -> tuple[str, ...]:
    remarks = []
    if report.facts_repaired:
        repaired = count_of(report.facts_repaired, "pull request")
        remarks.append(f"Walking over everything again repaired {repaired}.")
    if report.facts_dropped:
        dropped = count_of(report.facts_dropped, "pull request")
        remarks.append(f"Not kept, since they ended before the retention floor: {dropped}.")
    if report.repositories and report.with_outcome(Outcome.UNCHANGED) == report.repositories:
        remarks.append("Nothing has changed since the last run.")
    if report.outcome is not RunOutcome.COMPLETE:
        remarks.append("What was stored stays; the next run goes on from there.")
    return tuple(remarks)
