"""What a run report is to programs: JSON, and an exit code."""

import json
from datetime import datetime

from github_tracker.domain.run_report import RunOutcome, RunReport
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.run_document import run_fields

EXIT_CODES = {
    RunOutcome.COMPLETE: ExitCode.COMPLETE,
    RunOutcome.PARTIAL: ExitCode.PARTIAL,
    RunOutcome.FAILED: ExitCode.FAILED,
}


def run_json(report: RunReport) -> str:
    """Return the whole report as JSON; instants in ISO 8601."""
    import msgspec  # noqa: PLC0415  # --help needs it not

    # json indents in Python, letter by letter.
    return msgspec.json.format(json.dumps(run_fields(report), default=datetime.isoformat), indent=2)
