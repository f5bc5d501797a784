"""What every Lambda function that collects does around its work: it tells, keeps the time, and keeps a container."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import punq
from attrs import frozen

from github_tracker.adapters.s3 import S3ConfigurationFiles
from github_tracker.adapters.system import FanOutTelemetry, LogTelemetry, SystemClock
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.lambda_container import Opening, WarmContainer, lambda_container
from github_tracker.entrypoints.lambda_settings import SettingsReading, read_invocation_settings
from github_tracker.entrypoints.lambda_watch import LambdaWatch, request_id_of
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.configuration_files import ConfigurationFiles
from github_tracker.ports.errors import PortError
from github_tracker.ports.telemetry import RunAborted, Telemetry

_LOG: Final = logging.getLogger("github_tracker.lambda")


class ReportedFailureError(GitHubTrackerError):
    """The work failed, and the log has told it with all that is known; Lambda tries again, then keeps the event."""


@frozen
class Invocation:
    """One event that is worked on."""

    request_id: str
    """AWS's own, which a repeated invocation keeps; every line of the log bears it."""
    function: str
    """The function's name."""
    deadline: datetime | None
    """When Lambda ends the process; None where nobody tells."""
    settings: Settings
    container: punq.Container


class LambdaFunction:
    """One function's process; its container, log and metrics outlive the invocations."""

    def __init__(
        self,
        service: str,
        files: ConfigurationFiles | None = None,
        opening: Opening = lambda_container,
        read: SettingsReading = read_collecting_settings,
        watching: tuple[Telemetry, ...] = (),
    ) -> None:
        """Go by this service name in logs and metrics, with others watching.

        Configuration that is not in the environment is in S3.
        """
        self._files = files or S3ConfigurationFiles()
        self._read = read
        self._clock = SystemClock()
        self._watch = LambdaWatch(service)
        self.telemetry: Final = FanOutTelemetry(self._watch.metrics, LogTelemetry(), *watching)
        self._warm = WarmContainer(self.telemetry, opening)

    @contextmanager
    def invocation(self, context: Any) -> Iterator[Invocation]:  # AWS's own form
        """Give what the work needs, with settings that are read anew and a container that is kept.

        Whatever is raised is logged and told as a run without a report, goes on to Lambda, and costs the container.
        """
        with self.watched(context):
            settings = read_invocation_settings(os.environ, self._files, self._read)
            container = self._warm.container(settings)
            function = str(getattr(context, "function_name", "unknown"))
            yield Invocation(request_id_of(context), function, self._deadline(context), settings, container)

    @contextmanager
    def watched(self, context: Any) -> Iterator[None]:
        """Let the block speak in JSON under the request's id; its metrics are written however it ends."""
        with self._watch.over(context):
            try:
                yield
            except Exception as exc:
                self.telemetry.observe(RunAborted(_code_of(exc)))
                if not isinstance(exc, ReportedFailureError):
                    _LOG.exception("failed: %s", type(exc).__name__, extra={"code": _code_of(exc)})
                self._warm.drop()
                raise
            finally:
                self._warm.rest()

    def _deadline(self, context: Any) -> datetime | None:
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        return None if remaining is None else self._clock.now() + timedelta(milliseconds=remaining())


def _code_of(exc: Exception) -> str:
    if isinstance(exc, PortError):
        return exc.code
    return "bad_input" if isinstance(exc, BadInputError) else type(exc).__name__
