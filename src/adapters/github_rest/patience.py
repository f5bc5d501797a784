"""How long is waited after a failure, and how often, for one thing that is asked for."""

from datetime import datetime, timedelta
from typing import Final

from github_tracker.adapters.github_rest.backoff import backoff_seconds
from github_tracker.adapters.github_rest.driver_errors import out_of_time
from github_tracker.adapters.github_rest.options import RestOptions
from github_tracker.domain.reading import IncompleteListError
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import LimitedSourceError, TransientSourceError
from github_tracker.ports.telemetry import Telemetry, WaitingForSource

_LONGEST_LIMIT_WAIT: Final = timedelta(hours=2)
"""Limits of GitHub's end within the hour; what claims to last longer is not waited for, deadline or not."""


class Patience:
    """Waits between the attempts at one thing, until it was tried often enough or the deadline is near."""

    def __init__(
        self, options: RestOptions, clock: Clock, telemetry: Telemetry, path: str, deadline: datetime | None
    ) -> None:
        self._options = options
        self._clock = clock
        self._telemetry = telemetry
        self._path = path
        self._deadline = deadline
        self._failed = 0
        self._limited = 0

    @property
    def limit_seconds(self) -> float:
        """How long a request may take that begins now: never past the deadline. Raises OutOfTimeError."""
        if self._deadline is None:
            return self._options.timeout_seconds
        left = (self._deadline - self._clock.now()).total_seconds()
        if left <= 0:
            raise out_of_time(self._path)
        return min(left, self._options.timeout_seconds)

    @property
    def is_cut_short(self) -> bool:
        """Whether the deadline comes before the timeout of a request that begins now."""
        return self.limit_seconds < self._options.timeout_seconds

    def bear(self, exc: LimitedSourceError | TransientSourceError | IncompleteListError) -> None:
        """Wait as long as this failure calls for; raises what there is to be said if it was the last attempt."""
        if isinstance(exc, LimitedSourceError):
            self._bear_limit(exc)
        else:
            self._bear_failure(exc)

    def _bear_limit(self, exc: LimitedSourceError) -> None:
        self._limited += 1
        # One that is told again and again would else keep a run without a deadline for ever.
        if self._limited >= self._options.attempts or exc.retry_at > self._clock.now() + _LONGEST_LIMIT_WAIT:
            raise exc
        self._wait(str(exc), exc.retry_at, exc)

    def _bear_failure(self, exc: TransientSourceError | IncompleteListError) -> None:
        self._failed += 1
        if self._failed >= self._options.attempts:
            raise TransientSourceError(f"{self._path}: {exc}, {self._failed} times in a row") from exc
        options = self._options
        seconds = backoff_seconds(self._failed, options.first_wait_seconds, options.longest_wait_seconds)
        until = self._clock.now() + timedelta(seconds=seconds)
        self._wait(f"{self._path}: {exc}", until, TransientSourceError(f"{self._path}: {exc}, no time left"))

    def _wait(self, reason: str, until: datetime, otherwise: Exception) -> None:
        if self._deadline is not None and until >= self._deadline:
            raise otherwise
        seconds = (until - self._clock.now()).total_seconds()
        if seconds > 1:
            self._telemetry.observe(WaitingForSource(reason, until))
        self._clock.sleep(seconds)
