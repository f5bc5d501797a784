"""Telemetry for people: a live display on a terminal, plain lines elsewhere, both on standard error."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final, TextIO

from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.entrypoints.cli.session import may_be_drawn_on
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.ports.telemetry import (
    Event,
    RepositoryFinished,
    RosterSynchronised,
    Telemetry,
    WaitingForSource,
)

_CONTROL_CODES: Final = dict.fromkeys((0x07, 0x08, 0x0B, 0x0C, 0x0D))
"""What would move the cursor or ring the bell; rich leaves them out as well."""


class Display(Telemetry):
    """Shows events until it is ended; what comes later, from threads that nobody waits for, is not shown."""

    def __init__(self) -> None:
        self._is_over = False
        self._lock = RLock()

    def observe(self, event: Event) -> None:
        """Show the event."""
        with self._lock:
            if not self._is_over:
                self._show(event)

    def end(self) -> None:
        """Take away what is drawn, and show nothing any more. Ending twice does no harm."""
        with self._lock:
            self._is_over = True

    @abstractmethod
    def _show(self, event: Event) -> None: ...


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Display]:
    """Give the display that suits the stream."""
    display = _display_on(stream)
    try:
        yield display
    finally:
        display.end()


def _display_on(stream: TextIO) -> Display:
    if may_be_drawn_on(stream):
        from github_tracker.entrypoints.cli.live_progress import live_progress_on  # noqa: PLC0415  # loads rich

        display = live_progress_on(stream)
        if display is not None:
            return display
    return PlainProgress(stream)


class PlainProgress(Display):
    """One line for each repository that is done, and for each longer wait."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def _show(self, event: Event) -> None:
        line = line_of(event)
        if line is not None:
            # There is nothing to style or fold, and rich would look for it as long as an unchanged repository takes.
            try:
                print(line.translate(_CONTROL_CODES), file=self._stream, flush=True)
            except OSError:
                # Nobody reads any more, or the disk is full: no reason to end what is being done.
                self.end()


def line_of(event: Event) -> str | None:
    """Return what the event is called in one line; None for those that are not worth one."""
    match event:
        case RosterSynchronised() if event.result.is_new_version:
            result = event.result
            text = f"roster version {result.version}: {count_of(result.memberships_added, 'membership')} added, "
            text += f"{result.memberships_removed} removed"
            if result.facts_examined:
                text += f"; {count_of(result.facts_examined, 'stored pull request')} attributed again, "
                text += f"{count_of(result.shares_changed, 'share')} changed"
            return text
        case RepositoryFinished():
            return repository_line(event.report)
        case WaitingForSource():
            return f"waiting until {event.until:%H:%M:%S} UTC: {event.reason}"
        case _:
            return None


def repository_line(report: RepositoryReport) -> str:
    """Return what came of one repository, in one line."""
    if report.outcome in (Outcome.FAILED, Outcome.DEFERRED):
        line = f"{report.name}: {report.outcome} ({report.code}): {report.message}"
        return line if report.retry_at is None else f"{line}; come back at {report.retry_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{report.name}: {report.outcome}, {count_of(report.facts_seen, 'pull request')} seen, "
        f"{report.facts_changed} changed, {count_of(report.requests, 'request')}"
    )
