"""Use cases in threads that take turns: one goes on from one call of a port to the next, and all others rest.

What comes of the call that a process rests at is told to it with its turn: done, refused, done but not told, or the
process is killed. So every order of calls, and every fault, can be played from one thread, and played again.
"""

from collections.abc import Callable
from threading import Semaphore, Thread
from typing import Final, TypeVar

from attrs import frozen

from github_tracker.ports.errors import PortError
from tests.contracts.moving_github import Break

_PATIENCE_SECONDS: Final = 60.0

T = TypeVar("T")


class Killed(BaseException):
    """What ends a process at once: nothing catches it, and nothing that it would still do is done."""


@frozen
class Call:
    """A call of a port that a process rests at."""

    method: str
    subject: str
    """Which name or repository it is about."""
    is_of_store: bool = True


@frozen
class Order:
    """What comes of a call: the faults come instead of it, or after it was done."""

    instead: BaseException | None = None
    afterwards: BaseException | None = None
    breaks: Break | None = None


PROCEED: Final = Order()


class Turns:
    """Lets a process rest at each call until it has its turn."""

    def __init__(self, work: Callable[["Turns"], None]) -> None:
        self.resting_at: Call | None = None
        self.order = PROCEED
        self.raised: list[tuple[Call, PortError]] = []
        """Every fault that a call ended with."""
        self.error: PortError | None = None
        """What the process ended with, if not well."""
        self._is_killed = False
        self._crash: BaseException | None = None
        self._has_turn, self._rests = Semaphore(0), Semaphore(0)
        self._work = work
        self._thread = Thread(target=self._main, daemon=True)
        self._thread.start()
        self._wait()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of the process."""
        return self.resting_at is None

    @property
    def was_killed(self) -> bool:
        """Whether it ended by being killed."""
        return self._is_killed

    def go_on(self, order: Order = PROCEED) -> None:
        """Let the process do its call as ordered, and go on to the next one or to its end."""
        self.order = order
        self._has_turn.release()
        self._wait()

    def kill(self) -> None:
        """End the process where it is."""
        if not self.has_ended:
            self.go_on(Order(instead=Killed()))

    def call(self, call: Call, act: Callable[[], T]) -> T:
        """Rest, then do what is ordered; for the process's own threads."""
        if self._is_killed:
            raise Killed
        self.resting_at = call
        self._rests.release()
        self._has_turn.acquire()
        try:
            return self._carry_out(self.order, act)
        except Killed:
            self._is_killed = True
            raise
        except PortError as exc:
            self.raised.append((call, exc))
            raise

    @staticmethod
    def _carry_out(order: Order, act: Callable[[], T]) -> T:
        if order.instead is not None:
            raise order.instead
        result = act()
        if order.afterwards is not None:
            raise order.afterwards
        return result

    def _main(self) -> None:
        try:
            self._work(self)
        except Killed:
            pass
        except PortError as exc:
            self.error = exc
        except BaseException as exc:  # noqa: BLE001  # raised again where the process is watched
            self._crash = exc
        self.resting_at = None
        self._rests.release()

    def _wait(self) -> None:
        """A process that neither rests nor ends has lost its way; without this the tests would hang."""
        assert self._rests.acquire(timeout=_PATIENCE_SECONDS), f"lost after {self.resting_at}"
        if self.has_ended:
            self._thread.join()
        if self._crash is not None:
            raise self._crash
