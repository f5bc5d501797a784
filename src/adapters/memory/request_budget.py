"""A credential's budget in memory: for simulation, and for threads of one process."""

from datetime import datetime
from threading import Lock

from attrs import frozen

from github_tracker.domain.request_budget import HELD_FOR, Account, Ask, Held, Moment, Pause, RateLimits, Usage
from github_tracker.ports.clock import Clock
from github_tracker.ports.request_budget import Lease, RequestBudget


@frozen
class _Open:
    requests: int
    over_at: datetime


class MemoryRequestBudget(RequestBudget):
    """Keeps one credential's account and its leases."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._account = Account()
        self._open: dict[int, _Open] = {}
        self._given = 0
        self._lock = Lock()

    def reserve(self, ask: Ask) -> Lease | Pause:
        """Return leave for some requests, or how long to wait before asking again."""
        with self._lock:
            at = self._moment()
            self._account, granted = self._account.reserve(ask, at)
            if isinstance(granted, Pause):
                return granted
            self._given += 1
            self._open[self._given] = _Open(granted.requests, at.now + granted.wait + HELD_FOR)
            return Lease(self._given, granted)

    def settle(self, lease: Lease, usage: Usage) -> None:
        """Give back what of a lease does not count, note what GitHub told, and end it."""
        with self._lock:
            at = self._moment(besides=lease.id)
            is_over = self._open.pop(lease.id, None) is None
            self._account = self._account.settle(lease.grant, usage, is_over, at)

    def _moment(self, besides: int | None = None) -> Moment:
        """Let go of what is over, and count the rest."""
        now = self._clock.now()
        for id_ in [id_ for id_, one in self._open.items() if one.over_at <= now]:
            del self._open[id_]
        others = [one.requests for id_, one in self._open.items() if id_ != besides]
        return Moment(now, self._limits, Held(len(others), sum(others)))
