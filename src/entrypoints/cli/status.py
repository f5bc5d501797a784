"""`github-tracker status`: how the collection stands."""

import json
from datetime import datetime, timedelta

import click
from rich.console import Console

from github_tracker.application.status import CollectionStatus, ReportStatus
from github_tracker.domain.planned_run import OpenRun
from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.run_report import Outcome, RunReport
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.run_ending import EXIT_CODES
from github_tracker.entrypoints.cli.run_rendering import print_findings
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import duration_of
from github_tracker.entrypoints.run_document import run_fields
from github_tracker.ports.clock import Clock
from github_tracker.ports.collection_repository import CollectionState

_COLUMNS = (
    Column("repository"),
    Column("last outcome"),
    Column("newest change (UTC)"),
    Column("walked over (UTC)", least_needed=1),
    Column("note"),
)


@click.command("status")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(is_demo: bool, is_json: bool) -> int:
    """Show what the last run did and how far each repository has come; asks GitHub nothing.

    The exit code is that of the last run, so that a monitor can call it; before the first run it is 3.
    """
    with container_for(is_demo, settings_for(is_demo)) as container:
        status: CollectionStatus = container.resolve(ReportStatus)()
        now = container.resolve(Clock).now()
    if is_json:
        click.echo(status_json(status))
    else:
        print_status(status, now, console())
    return ExitCode.PARTIAL if status.latest_run is None else EXIT_CODES[status.latest_run.outcome]


def status_json(status: CollectionStatus) -> str:
    """Return the status as JSON; instants in ISO 8601."""
    fields = {
        "latest_run": None if status.latest_run is None else run_fields(status.latest_run),
        "repositories": [_state_fields(state) for state in status.repositories],
        "under_way": [_open_run_fields(run) for run in status.under_way],
    }
    return json.dumps(fields, default=datetime.isoformat, indent=2)


def print_status(status: CollectionStatus, now: datetime, out: Console) -> None:
    """Print when the last run was, a row a repository, what went wrong, and what is remarkable."""
    if status.repositories:
        print_columns(out, _COLUMNS, [_row(state) for state in status.repositories])
    for run in status.under_way:
        out.print(_run_under_way(run, now), markup=False, highlight=False)
    if status.latest_run is None:
        out.print("No run has ended yet: `github-tracker collect` makes one.", markup=False, highlight=False)
        return
    print_findings(status.latest_run, out)
    out.print(_last_run(status.latest_run, now), markup=False, highlight=False)


def _row(state: CollectionState) -> tuple[str, ...]:
    checkpoint = state.checkpoint
    return (
        storable_text(state.repository.full_name),
        "none yet" if state.last_outcome is None else state.last_outcome.value,
        _minute(checkpoint.watermark),
        _minute(checkpoint.walked_at),
        _note(state),
    )


def _note(state: CollectionState) -> str:
    if state.missing_since is not None:
        return f"missing since {_minute(state.missing_since)}"
    if state.last_outcome in (Outcome.DEFERRED, Outcome.FAILED):
        return state.last_code or ""
    return "unfinished" if state.checkpoint.cursor is not None else ""


def _minute(instant: datetime | None) -> str:
    return "-" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def _last_run(report: RunReport, now: datetime) -> str:
    counts = {outcome: len(report.with_outcome(outcome)) for outcome in Outcome}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no repository"
    ago = duration_of(max(now - report.finished_at, timedelta(0)))
    return f"Last run {report.outcome}, {ago} ago ({_minute(report.finished_at)} UTC): {parts}."


def _run_under_way(run: OpenRun, now: datetime) -> str:
    planned = len(run.planning.repositories)
    ago = duration_of(max(now - run.planning.planned_at, timedelta(0)))
    return f"A run that workers share is under way since {ago}: {planned - len(run.pending)} of {planned} are done."


def _open_run_fields(run: OpenRun) -> dict[str, object]:
    return {
        "run": str(run.planning.run),
        "planned_at": run.planning.planned_at,
        "repositories": len(run.planning.repositories),
        "pending": run.pending,
    }


def _state_fields(state: CollectionState) -> dict[str, object]:
    checkpoint = state.checkpoint
    return {
        "id": state.repository.id,
        "name": state.repository.full_name,
        "last_outcome": state.last_outcome,
        "code": state.last_code,
        "message": state.last_message,
        "watermark": checkpoint.watermark,
        "walked_at": checkpoint.walked_at,
        "is_unfinished": checkpoint.cursor is not None,
        "missing_since": state.missing_since,
    }
