"""What a round came to, and the table of several."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from attrs import frozen
from rich.console import Console
from rich.table import Table

from tests.scale.simulated_github import Limit


@frozen
class WorkerFigures:
    """What one worker did in a round."""

    invocations: int
    deliveries: int
    redeliveries: int
    """Deliveries of an item that had been delivered before and was not acknowledged."""
    requests: int
    worked: timedelta
    """In invocations, waits among it."""


@frozen
class RoundFigures:
    """What a round came to."""

    name: str
    repositories: int
    finished: int
    incomplete: int
    """Repositories of which something is not stored."""
    duration: timedelta
    requests: int
    free_requests: int
    violations: Mapping[Limit, int]
    request_time: timedelta
    storing_time: timedelta
    first_waits: tuple[timedelta, ...]
    """From the planning to the first request for each repository, in order."""
    finish_waits: tuple[timedelta, ...]
    """From the planning to the end of each repository, in order."""
    workers: tuple[WorkerFigures, ...]
    killed: int
    dead_letters: int

    @property
    def violated(self) -> int:
        """Requests that broke a limit."""
        return sum(self.violations.values())

    @property
    def worked(self) -> timedelta:
        """The time of all invocations together."""
        return sum((worker.worked for worker in self.workers), timedelta(0))

    @property
    def waiting_share(self) -> float:
        """Of that time, what was spent neither asking GitHub nor storing."""
        busy = self.request_time + self.storing_time
        return 1 - busy / self.worked if self.worked else 0.0

    @property
    def idle_share(self) -> float:
        """Of the workers' whole time, what was spent neither asking GitHub nor storing."""
        busy = self.request_time + self.storing_time
        return 1 - busy / (len(self.workers) * self.duration) if self.duration else 0.0

    @property
    def fairness(self) -> float:
        """Jain's index over the requests that each worker got."""
        return jain([worker.requests for worker in self.workers])


def jain(shares: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 where all have the same, 1/n where one has everything (Jain et al. 1984).

    >>> jain([3, 3, 3]), jain([1, 0])
    (1.0, 0.5)
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def print_table(rounds: Iterable[RoundFigures], out: Console) -> None:
    """Print one column a round."""
    rounds = list(rounds)
    table = Table(show_edge=False)
    table.add_column("")
    for figures in rounds:
        table.add_column(figures.name, justify="right")
    columns = [_cells(figures) for figures in rounds]
    for label in columns[0]:
        table.add_row(label, *(cells[label] for cells in columns))
    out.print(table)


def _cells(figures: RoundFigures) -> dict[str, str]:
    first, done = figures.first_waits, figures.finish_waits
    return {
        "repositories": f"{figures.repositories:,}",
        "finished": f"{figures.finished:,}",
        "not stored whole": f"{figures.incomplete:,}",
        "duration": clock_text(figures.duration),
        "requests": f"{figures.requests:,}",
        "of them answered 304": f"{figures.free_requests:,}",
        "requests an hour": f"{figures.requests / (figures.duration / timedelta(hours=1)):,.0f}",
        "over the limit of the hour": f"{figures.violations.get(Limit.HOUR, 0):,}",
        "over the limit of the minute": f"{figures.violations.get(Limit.MINUTE, 0):,}",
        "over the limit under way": f"{figures.violations.get(Limit.CONCURRENT, 0):,}",
        "first request, median": clock_text(first[len(first) // 2]),
        "first request, last": clock_text(first[-1]),
        "finished, median": clock_text(done[len(done) // 2]),
        "fairness among workers": f"{figures.fairness:.3f}",
        "workers' idle share": f"{figures.idle_share:.1%}",
        "invocations": f"{sum(worker.invocations for worker in figures.workers):,}",
        "their time": clock_text(figures.worked),
        "of it waiting": f"{figures.waiting_share:.1%}",
        "deliveries": f"{sum(worker.deliveries for worker in figures.workers):,}",
        "redeliveries": f"{sum(worker.redeliveries for worker in figures.workers):,}",
        "workers killed": f"{figures.killed:,}",
        "dead letters": f"{figures.dead_letters:,}",
    }


def clock_text(length: timedelta) -> str:
    """Return a length as hours, minutes and seconds."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
