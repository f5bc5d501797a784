"""The access log: one line of JSON a request, on standard error."""

import json
import sys
from datetime import UTC, datetime

from github_tracker.entrypoints.api.edge import LogLine


def write_line(line: LogLine) -> None:
    """Write the line with the time before it, all at once."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stderr.write(json.dumps({"time": time, **line}) + "\n")
    sys.stderr.flush()
