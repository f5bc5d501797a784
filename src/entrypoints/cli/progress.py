"""Telemetry for people: a live display on a terminal, plain lines elsewhere, both on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.ports.telemetry import (
    Event,
    PageCollected,
    RepositoryFinished,
    RosterSynchronised,
    RunStarted,
    Telemetry,
    WaitingForSource,
)


@contextmanager
def progress_on(console: Console) -> Iterator[Telemetry]:
    """Give the telemetry that suits the console; a live display is taken away at the end."""
    if not console.is_terminal:
        yield PlainProgress(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[facts]} pull requests"), console=console, transient=True) as live:
        yield LiveProgress(live)


class PlainProgress(Telemetry):
    """One line for each repository that is done, and for each longer wait."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = RLock()

    def observe(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        line = line_of(event)
        if line is not None:
            with self._lock:
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveProgress(Telemetry):
    """A bar over the repositories, and lines above it for what went wrong."""

    def __init__(self, live: Progress) -> None:
        self._live = live
        self._facts: dict[str, int] = {}
        self._task: TaskID | None = None
        self._lock = RLock()

    def observe(self, event: Event) -> None:
        """Move the bar."""
        with self._lock:
            match event:
                case RunStarted():
                    self._task = self._live.add_task("collecting", total=event.repositories, facts=0)
                case PageCollected() if self._task is not None:
                    self._facts[event.repository] = event.facts_seen
                    self._live.update(self._task, facts=sum(self._facts.values()))
                case RepositoryFinished() if self._task is not None:
                    self._live.advance(self._task)
                    if event.report.outcome in (Outcome.FAILED, Outcome.DEFERRED):
                        self._live.console.print(line_of(event), markup=False, highlight=False)
                case WaitingForSource():
                    self._live.console.print(line_of(event), markup=False, highlight=False)


def line_of(event: Event) -> str | None:
    """Return what the event is called in one line; None for those that are not worth one."""
    match event:
        case RosterSynchronised() if event.result.is_new_version:
            result = event.result
            text = f"roster version {result.version}: {result.memberships_added} memberships added, "
            text += f"{result.memberships_removed} removed"
            if result.facts_examined:
                text += f"; {result.facts_examined} stored pull requests attributed again, "
                text += f"{result.shares_changed} shares changed"
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
        return f"{report.name}: {report.outcome} ({report.code}): {report.message}"
    return (
        f"{report.name}: {report.outcome}, {report.facts_seen} pull requests seen, {report.facts_changed} changed, "
        f"{report.requests} request{'s' if report.requests != 1 else ''}"
    )
