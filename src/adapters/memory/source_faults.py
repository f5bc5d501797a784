"""A GitHub in memory that takes its time and misbehaves as told: at which request or page of which repository."""

from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from attrs import frozen

from github_tracker.adapters.memory.github_source import MemoryRequest
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    RepositoryUnavailableError,
    SourceError,
    TransientSourceError,
    UnauthorisedError,
)


class FaultKind(StrEnum):
    """What befalls a request."""

    TRANSIENT = "transient"
    """A server error that outlasts every retry."""
    LIMITED = "limited"
    """A rate limit: waited for if it ends before the deadline."""
    UNAVAILABLE = "unavailable"
    """The repository is missing or blocked."""
    UNAUTHORISED = "unauthorised"
    """The credential is refused, which stops the whole run."""
    MALFORMED = "malformed"
    """An answer that no documentation knows."""
    SLOW = "slow"
    """The proper answer, late."""


@frozen
class SourceFault:
    """One fault of GitHub, and which requests it is for."""

    repository: str
    """Full name, compared without case."""
    kind: FaultKind
    run: int | None = None
    """Of the collector, counted from 1; None: every run."""
    page: int | None = None
    """Of the list of pull requests; None: any request."""
    request: int | None = None
    """The how-manieth for this repository in a run, counted from 1; None: any."""
    times: int = 1
    """How many of the requests that fit in a run it befalls."""
    lasts: timedelta = timedelta(minutes=1)
    """How long a rate limit or a late answer lasts."""


class SourceFaults:
    """Lets the time of each request pass, and the faults that were set for it happen. Used as an Interference."""

    def __init__(self, clock: Clock, faults: tuple[SourceFault, ...], request_time: timedelta = timedelta(0)) -> None:
        self._clock = clock
        self._faults = faults
        self._request_time = request_time
        self._run = 0
        self._requests: Counter[str] = Counter()
        self._met: Counter[int] = Counter()
        self._lock = Lock()

    def begin_run(self) -> None:
        """Count the next run from here; what is counted in a run begins anew."""
        with self._lock:
            self._run += 1
            self._requests.clear()
            self._met.clear()

    def __call__(self, request: MemoryRequest) -> None:
        """Let happen what was set for this request. Raises what GitHub's real source would raise."""
        self._clock.sleep(self._request_time.total_seconds())
        for fault in self._befalling(request):
            self._happen(fault, request)

    def _befalling(self, request: MemoryRequest) -> list[SourceFault]:
        name = request.repository.lower()
        with self._lock:
            self._requests[name] += 1
            found = []
            for place, fault in enumerate(self._faults):
                if self._fits(fault, name, request.page):
                    self._met[place] += 1
                    found += [fault] if self._met[place] <= fault.times else []
            return found

    def _fits(self, fault: SourceFault, name: str, page: int | None) -> bool:
        return (
            fault.repository.lower() == name
            and fault.run in (None, self._run)
            and fault.page in (None, page)
            and fault.request in (None, self._requests[name])
        )

    def _happen(self, fault: SourceFault, request: MemoryRequest) -> None:
        if fault.kind is FaultKind.SLOW:
            self._clock.sleep(fault.lasts.total_seconds())
            return
        over_at = self._clock.now() + fault.lasts
        if fault.kind is FaultKind.LIMITED and (request.deadline is None or over_at < request.deadline):
            self._clock.sleep(fault.lasts.total_seconds())
            return
        error = _error(fault.kind, request.repository, over_at)
        error.requests = 1
        raise error


def _error(kind: FaultKind, repository: str, over_at: datetime) -> SourceError:
    match kind:
        case FaultKind.LIMITED:
            return LimitedSourceError(f"{repository}: simulated rate limit until {over_at.isoformat()}", over_at)
        case FaultKind.UNAVAILABLE:
            return RepositoryUnavailableError(repository, "simulated as missing")
        case FaultKind.UNAUTHORISED:
            return UnauthorisedError(f"{repository}: simulated refusal of the credential")
        case FaultKind.MALFORMED:
            return MalformedSourceError(f"{repository}: simulated answer that no documentation knows")
        case _:
            return TransientSourceError(f"{repository}: simulated server error")
