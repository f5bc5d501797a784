"""Secrets that must show themselves nowhere: whatever a run writes, tells or raises is searched for them."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

import pytest

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import RunReport
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository

TOKEN = "ghp_canary4711"
PASSWORD = "pgcanary4712"


class RecordingSource(GitHubSource):
    """Passes everything on and remembers what was raised: the use case turns it into reports."""

    def __init__(self, inner: GitHubSource, raised: list[Exception]) -> None:
        self._inner = inner
        self._raised = raised

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Pass it on."""
        try:
            return self._inner.resolve(full_name, deadline)
        except Exception as exc:
            self._raised.append(exc)
            raise

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Pass it on."""
        try:
            yield from self._inner.pages(repository, checkpoint, deadline)
        except Exception as exc:
            self._raised.append(exc)
            raise


@contextmanager
def all_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let every logger say all that it can; some libraries hold theirs back by levels of their own."""
    names = [name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)]
    with ExitStack() as stack:
        for name in (None, *names):
            stack.enter_context(caplog.at_level(logging.DEBUG, name))
        yield


def everything_told(
    caplog: pytest.LogCaptureFixture,
    telemetry: MemoryTelemetry,
    reports: list[RunReport],
    raised: list[Exception],
) -> Iterator[str]:
    """Yield all texts that anybody could read: logs of every logger, reports, errors with their causes, events."""
    formatter = logging.Formatter()
    yield from map(formatter.format, caplog.records)
    yield from map(repr, telemetry.events)
    for report in reports:
        yield f"{report!r} {report}"
    for exc in raised:
        yield "".join(traceback.format_exception(exc))
        error: BaseException | None = exc
        while error is not None:
            yield f"{error} {error!r} {error.args!r}"
            error = error.__cause__ or error.__context__
