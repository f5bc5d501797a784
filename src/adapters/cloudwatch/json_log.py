"""The log of a Lambda function: every line one JSON object, under the id of the request that it belongs to."""

import json
import logging
import sys
from functools import cache, partial
from typing import Final, TextIO

from aws_lambda_powertools.logging import Logger

_RUNTIME: Final = "awslambdaric"

_as_json: Final = partial(json.dumps, default=str, separators=(",", ":"))
"""ASCII only: a lone surrogate in a name could not be written otherwise."""


class JsonLog:
    """Lets the standard library's loggers write through Powertools' formatter; one a process for each service."""

    def __init__(self, service: str) -> None:
        self._handler = _StandardOutput()
        self._log = Logger(
            service=service,
            # Given, so that it does not read LOG_LEVEL itself, where anything may stand; this logger says nothing.
            level=logging.WARNING,
            logger_handler=self._handler,
            json_serializer=_as_json,
            utc=True,
            use_rfc3339=True,
        )
        logging.getLogger(service).propagate = False

    def begin(self, level: str, **keys: object) -> None:
        """Let every line from now on bear these keys, and none of those before; ours are told from this level on."""
        root = logging.getLogger()
        # The runtime's handler would write every line again, as plain text.
        others = [one for one in root.handlers if not type(one).__module__.startswith(_RUNTIME)]
        root.handlers = [*(one for one in others if one is not self._handler), self._handler]
        # Libraries tell at DEBUG what they send and receive, secrets included, so the level is not for them.
        root.setLevel(logging.WARNING)
        logging.getLogger("github_tracker").setLevel(level)
        logging.captureWarnings(capture=True)
        self._log.structure_logs(append=False, formatter_options=None, name="%(name)s", **keys)


@cache
def json_log(service: str) -> JsonLog:
    """Return the process's log; Powertools cannot set up the same one twice."""
    return JsonLog(service)


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Writes to what standard output is at that moment."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """Take no other: the base class sets one when it begins."""
