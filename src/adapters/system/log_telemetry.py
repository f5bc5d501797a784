"""Telemetry as lines of the standard library's log."""

import logging
from typing import Final

from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.run_report import Outcome
from github_tracker.ports.telemetry import (
    DatabaseUnavailable,
    Event,
    PageCollected,
    RepositoryFinished,
    RequestFailed,
    RosterSynchronised,
    RunFinished,
    RunStarted,
    Telemetry,
    WaitingForSource,
)

_LOG: Final = logging.getLogger("github_tracker.collection")


class LogTelemetry(Telemetry):
    """Writes one line an event; what went wrong as warnings, pages as debug, and nothing of mere measurements.

    Where a line is about one repository, it also bears fields, for logs that keep them.
    """

    def observe(self, event: Event) -> None:
        """Write the event's line."""
        match event:
            case RunStarted():
                _LOG.info("run started: repositories=%d", event.repositories)
            case RosterSynchronised():
                result = event.result
                _LOG.info("roster version=%d shares_changed=%d", result.version, result.shares_changed)
            case PageCollected():
                name = storable_text(event.repository)
                _LOG.debug("page of %s: seen=%d changed=%d", name, event.facts_seen, event.facts_changed)
            case WaitingForSource():
                _LOG.warning(
                    "waiting until %s: %s", event.until.isoformat(timespec="seconds"), storable_text(event.reason)
                )
            case RequestFailed():
                _LOG.debug("request failed: %s", event.code)
            case DatabaseUnavailable():
                _LOG.warning("database unavailable: %s", event.message)
            case RepositoryFinished():
                report = event.report
                is_well = report.outcome in (Outcome.COMPLETE, Outcome.UNCHANGED)
                level = logging.INFO if is_well else logging.WARNING
                # What no encoding can carry would end in a traceback of the log itself.
                name, message = storable_text(report.name), storable_text(report.message or "")
                fields = {"repository": name, "outcome": report.outcome.value, "code": report.code}
                _LOG.log(level, "%s: %s %s", name, report.outcome.value, message, extra=fields)
            case RunFinished():
                report_of_run = event.report
                _LOG.info("run %s: requests=%d", report_of_run.outcome, report_of_run.requests)
                for anomaly in report_of_run.anomalies:
                    _LOG.warning("%s: %s", anomaly.kind.value, anomaly.message)
