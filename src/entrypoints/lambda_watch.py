"""What every Lambda function tells CloudWatch around its work: lines of JSON under one id, and metrics."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from github_tracker.adapters.cloudwatch.json_log import json_log
from github_tracker.adapters.cloudwatch.metrics import CloudWatchTelemetry
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.setting_values import LogLevel, read_log_level


class LambdaWatch:
    """One a process; `metrics` is to be told what happens."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._is_cold = True
        self.metrics: Final = CloudWatchTelemetry(service)

    @contextmanager
    def over(self, context: Any, correlation_id: str | None = None) -> Iterator[None]:  # AWS's own form
        """Let every line of the block bear the id, AWS's own unless given; its metrics are written however it ends."""
        request_id = request_id_of(context)
        told = {"correlation_id": correlation_id or request_id, "cold_start": self._is_cold}
        if correlation_id is not None:
            told["function_request_id"] = request_id
        self._is_cold = False
        json_log(self._service).begin(log_level(os.environ).value, **told)
        try:
            yield
        finally:
            self.metrics.flush(**told)


def request_id_of(context: Any) -> str:
    """Return AWS's id of the invocation, which a repeated one keeps."""
    return str(getattr(context, "aws_request_id", None) or "unknown")


def log_level(environment: Mapping[str, str]) -> LogLevel:
    """Return from which severity on the log speaks: unlike on the command line, INFO unless LOG_LEVEL says otherwise.

    One that cannot be read counts as unset here, since the log must speak to tell so.
    """
    text = environment.get("LOG_LEVEL", "").strip()
    try:
        return read_log_level(text) if text else LogLevel.INFO
    except BadInputError:
        return LogLevel.INFO
