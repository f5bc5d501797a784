"""What a run on the command line leaves behind."""

import sys
import threading
from collections.abc import Iterator
from io import StringIO

import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource
from github_tracker.application.collect import CollectionPlan
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import RunOutcome
from github_tracker.entrypoints.cli.collect import collect
from github_tracker.entrypoints.cli.progress import progress_on
from github_tracker.entrypoints.containers import simulation_container
from github_tracker.entrypoints.settings import read_settings
from github_tracker.ports.telemetry import Telemetry
from tests.unit.environments import COLLECTING, ROSTER


@pytest.fixture
def unhurried() -> Iterator[None]:
    """Nobody is interrupted, so that a thread that was told to end has not ended yet when the next look is taken."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    yield
    sys.setswitchinterval(interval)


class Closed(StringIO):
    """A standard error that nobody reads."""

    written = 0

    def write(self, _text: str) -> int:
        """Refuse."""
        self.written += 1
        raise BrokenPipeError


def test_run_goes_on_where_nobody_reads_its_progress() -> None:
    """It is complete, and nothing more is shown."""
    settings = read_settings({**COLLECTING, "TEAM_CONFIG_JSON": ROSTER})
    clock, stream = MemoryClock(), Closed()
    github = MemoryGitHubSource(clock)
    github.put_repository(Repository(1, *settings.repositories))
    with progress_on(stream) as display:
        container = simulation_container(clock, github)
        container.register(Telemetry, instance=display)
        report = collect(container, settings, CollectionPlan(settings.repositories), display)
    assert (report.outcome, stream.written) == (RunOutcome.COMPLETE, 1)


@pytest.mark.usefixtures("unhurried")
def test_run_leaves_no_thread() -> None:
    """Whoever sees one when the process ends takes it for one that still waits for GitHub, and cleans nothing up."""
    settings = read_settings({**COLLECTING, "TEAM_CONFIG_JSON": ROSTER})
    clock = MemoryClock()
    github = MemoryGitHubSource(clock)
    github.put_repository(Repository(1, *settings.repositories))
    others = set(threading.enumerate())
    with progress_on(StringIO()) as display:
        plan = CollectionPlan(settings.repositories, concurrency=2)
        report = collect(simulation_container(clock, github), settings, plan, display)
        left = set(threading.enumerate()) - others
    assert report.outcome is RunOutcome.COMPLETE
    assert not left
