"""Telemetry for people: a live display on a terminal, plain lines elsewhere, both on standard error."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from rich.console import Console
from rich.control import strip_control_codes
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.entrypoints.cli.session import is_interactive
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.ports.telemetry import (
    Event,
    PageCollected,
    RepositoryFinished,
    RosterSynchronised,
    RunFinished,
    RunStarted,
    Telemetry,
    WaitingForSource,
)

BAR_WIDTH = 24


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
def progress_on(console: Console) -> Iterator[Display]:
    """Give the display that suits the console."""
    display = LiveProgress(console) if is_interactive(console) else PlainProgress(console)
    try:
        yield display
    finally:
        display.end()


class PlainProgress(Display):
    """One line for each repository that is done, and for each longer wait."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def _show(self, event: Event) -> None:
        line = line_of(event)
        if line is not None:
            # There is nothing to style or fold, and rich would look for it as long as an unchanged repository takes.
            print(strip_control_codes(line), file=self._console.file, flush=True)


class LiveProgress(Display):
    """A bar over the repositories while a run lasts, and lines above it for what is remarkable."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        columns = (TextColumn("{task.description}"), BarColumn(BAR_WIDTH), MofNCompleteColumn(), TimeElapsedColumn())
        read = TextColumn("{task.fields[facts]} pull requests read")
        self._live = Progress(*columns, read, console=console, transient=True)
        self._facts: dict[str, int] = {}
        self._task: TaskID | None = None

    def end(self) -> None:
        """Take the bar away."""
        super().end()
        self._live.stop()

    def _show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._task = self._live.add_task("repositories", total=event.repositories, facts=0)
                self._live.start()
            case PageCollected() if self._task is not None:
                self._facts[event.repository] = event.facts_seen
                self._live.update(self._task, facts=sum(self._facts.values()))
            case RepositoryFinished() if self._task is not None:
                self._live.advance(self._task)
            case RunFinished():
                # Before the report is printed, which would else begin in the middle of the bar's line.
                self._live.stop()
        is_well = isinstance(event, RepositoryFinished) and event.report.outcome in (
            Outcome.COMPLETE,
            Outcome.UNCHANGED,
        )
        if not is_well and (line := line_of(event)) is not None:
            self._live.console.print(line, markup=False, highlight=False)


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
