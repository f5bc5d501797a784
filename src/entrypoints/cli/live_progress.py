"""The display of a run on a terminal."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from github_tracker.domain.run_report import Outcome
from github_tracker.entrypoints.cli.consoles import is_interactive
from github_tracker.entrypoints.cli.progress import Display, line_of
from github_tracker.ports.telemetry import Event, PageCollected, RepositoryFinished, RunFinished, RunStarted

BAR_WIDTH = 24


def live_progress_on(stream: TextIO) -> Display | None:
    """Return the display; None where lines cannot be drawn over."""
    console = Console(file=stream)
    return LiveProgress(console) if is_interactive(console) else None


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
