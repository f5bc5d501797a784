"""A GitHub that is asked only with leave: every request is paid from a budget that all who use its credential share."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.request_budget import Ask, Obstacle, Pause, Usage
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import LimitedSourceError, SourceError, StorageError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.request_budget import Lease, RequestBudget
from github_tracker.ports.telemetry import Telemetry, WaitingForSource

LEASE_SIZE: Final = 10
"""Requests reserved at a time: as many as are sent within a lease's short life, so that few are given back."""

_TOLD_FROM: Final = 1.0
"""Seconds; shorter waits are not worth telling anybody."""


class BudgetedSource(GitHubSource):
    """Asks another source, and changes nothing that it gives out.

    Leases are kept from one repository to the next, each used by one thread at a time, so that an unchanged
    repository does not cost statements of its own.
    """

    def __init__(
        self,
        source: GitHubSource,
        budget: RequestBudget,
        clock: Clock,
        telemetry: Telemetry,
        lease_size: int = LEASE_SIZE,
    ) -> None:
        self._source = source
        self._budget = budget
        self._clock = clock
        self._telemetry = telemetry
        self._lease_size = lease_size
        self._idle: list[_Purse] = []
        self._lock = Lock()

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the repository that answers to owner/name today."""
        with self._paid(deadline) as purse:
            resolved = self._source.resolve(full_name, deadline)
            purse.pay(resolved.requests)
        return resolved

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the source's pages, each paid before it is asked for; what repeating took is charged afterwards.

        A wait that ends before the deadline is waited for, else LimitedSourceError tells when to come back. Raises
        StorageUnavailableError where the budget cannot be asked.
        """
        pages = iter(self._source.pages(repository, checkpoint, deadline))
        while True:
            with self._paid(deadline) as purse:
                page = next(pages, None)
                if page is None:
                    return
                purse.pay_page(page)
            yield page
            if page.is_last:
                return

    def release(self) -> None:
        """Give back what is left of all leases, when nothing more will be asked for a while.

        A lease that cannot be given back is over soon by itself, so that is no fault worth telling. The source beneath
        is released as well.
        """
        with self._lock:
            idle, self._idle = self._idle, []
        for purse in idle:
            with suppress(StorageError):
                self._budget.settle(purse.lease, purse.usage)
        self._source.release()

    @contextmanager
    def _paid(self, deadline: datetime | None) -> Iterator["_Purse"]:
        """Give a purse for one request; whatever becomes of the request, what it took is paid from it.

        After an error that does not tell what was sent the lease is left to run out, so that all of it counts.
        """
        purse = self._purse(deadline)
        try:
            yield purse
        except LimitedSourceError as exc:
            purse.pay(exc.requests)
            purse.rest = max(exc.retry_at - self._clock.now(), timedelta(0))
            # At once, so that nobody else goes on; what GitHub said must come through even so.
            with suppress(StorageError):
                self._budget.settle(purse.lease, purse.usage)
            raise
        except SourceError as exc:
            purse.pay(exc.requests)
            self._put_back(purse)
            raise
        self._put_back(purse)

    def _purse(self, deadline: datetime | None) -> "_Purse":
        """Return a purse that a request can be paid from now, waited for if need be."""
        while True:
            if (kept := self._kept_purse()) is not None:
                return kept
            asked_at = self._clock.now()
            patience = None if deadline is None else max(deadline - asked_at, timedelta(0))
            answer = self._budget.reserve(Ask(self._lease_size, patience))
            if isinstance(answer, Pause):
                self._wait(answer.obstacle, asked_at + answer.wait, deadline)
                continue
            purse = _Purse(answer, usable_until=asked_at + answer.grant.usable_for)
            self._wait(Obstacle.PACE, asked_at + answer.grant.wait, deadline)
            if purse.is_usable(self._clock.now()):
                return purse
            self._put_back(purse)

    def _wait(self, obstacle: Obstacle, until: datetime, deadline: datetime | None) -> None:
        seconds = (until - self._clock.now()).total_seconds()
        if seconds <= 0:
            return
        reason = f"no request may be sent before {until.isoformat(timespec='seconds')}: {obstacle}"
        if deadline is not None and until >= deadline:
            raise LimitedSourceError(reason, until)
        if seconds > _TOLD_FROM:
            self._telemetry.observe(WaitingForSource(reason, until))
        self._clock.sleep(seconds)

    def _kept_purse(self) -> "_Purse | None":
        """Return a purse that can still pay, if there is one; those that no longer can are settled."""
        now = self._clock.now()
        with self._lock:
            spent = [purse for purse in self._idle if not purse.is_usable(now)]
            self._idle = [purse for purse in self._idle if purse.is_usable(now)]
            kept = self._idle.pop() if self._idle else None
        for purse in spent:
            self._budget.settle(purse.lease, purse.usage)
        return kept

    def _put_back(self, purse: "_Purse") -> None:
        with self._lock:
            self._idle.append(purse)


class _Purse:
    """A lease, and what became of it so far; in the hands of one thread at a time."""

    def __init__(self, lease: Lease, usable_until: datetime) -> None:
        self.lease = lease
        self.rest: timedelta | None = None
        self._usable_until = usable_until
        self._sent = self._charged = 0
        self._told: tuple[datetime, int] | None = None

    def is_usable(self, now: datetime) -> bool:
        """Whether a request can be paid from it."""
        return self._sent < self.lease.grant.requests and now < self._usable_until

    def pay(self, requests: int, free: int = 0) -> None:
        """Count requests, some of them free of the hour's limit."""
        self._sent += requests
        self._charged += requests - free

    def pay_page(self, page: FactPage) -> None:
        """Count what a page took, and remember what was told with it."""
        self.pay(page.requests, page.free_requests)
        if page.limit_resets_at is not None and page.requests_left is not None:
            # One thread's answers come in order: the last one knows best, of whichever hour.
            self._told = page.limit_resets_at, page.requests_left

    @property
    def usage(self) -> Usage:
        """What the lease is settled by."""
        resets_at, left = (None, None) if self._told is None else self._told
        return Usage(self._sent, self._charged, left, resets_at, self.rest)
