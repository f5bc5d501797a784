"""How connections are made: with our session settings under those of DB_URL, and with a memory of what went wrong."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from attrs import frozen
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.address import Address
from github_tracker.adapters.postgres.faults import first_line, refuses_credentials
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret

_T = TypeVar("_T")

_PARAMETERS: Final[dict[str, int]] = {
    "connect_timeout": 10,
    # A dead network is noticed within a minute of silence, and within half a minute of an unanswered statement.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""libpq's own, in seconds; the last one in milliseconds."""

STATEMENT_SECONDS: Final = 300
"""What takes longer hangs: no statement here is meant to take more than some seconds."""

_SESSION: Final = (
    "timezone=UTC",
    "application_name=github-tracker",
    # A page waits for a roster change that attributes everything again, but not for a forgotten psql for ever.
    "lock_timeout=1min",
    # The server, too, notices a client that is gone without a word, and lets go of its locks.
    "tcp_keepalives_idle=30",
    "tcp_keepalives_interval=10",
    "tcp_keepalives_count=3",
)


def connection_parameters(url: Secret, statement_seconds: int = STATEMENT_SECONDS) -> dict[str, Any]:
    """Return what to connect with besides the address: our settings, save those that the address sets itself.

    Its `options` come after ours, and the later of two wins. An empty `options` leaves out ours, for proxies that
    refuse them.
    """
    given = conninfo_to_dict(url.reveal())
    parameters: dict[str, Any] = {name: value for name, value in _PARAMETERS.items() if name not in given}
    options = given.get("options")
    if options != "":
        ours = " ".join(f"-c {setting}" for setting in (*_SESSION, f"statement_timeout={statement_seconds}s"))
        parameters["options"] = ours if options is None else f"{ours} {options}"
    return parameters


def admitted(address: Address, connect: Callable[[Secret], _T]) -> _T:
    """Return what `connect` makes of the address; of another one if there is one and the first one's password is wrong.

    Raises SecretUnavailableError if there is no address yet, and what `connect` raises.
    """
    url = address.current()
    try:
        found = connect(url)
    except psycopg.OperationalError as exc:
        if not refuses_credentials(exc):
            raise
        found = connect(_another_than(url, address, exc))
    address.accept()
    return found


def _another_than(refused: Secret, address: Address, exc: psycopg.OperationalError) -> Secret:
    try:
        another = address.after_refusal(refused)
    except SecretUnavailableError as unread:
        # As the same kind of refusal, so that it is as final.
        raise psycopg.OperationalError(f"{first_line(exc)}; and no other address is known: {unread}") from exc
    if another is None:
        raise exc
    return another


class LatestFailure:
    """Why the last attempt to connect failed; None once one has succeeded."""

    text: str | None = None


@frozen
class Origin:
    """What every connection of a pool is made from."""

    address: Address
    failure: LatestFailure
    statement_seconds: int


class PooledConnection(Connection[TupleRow]):
    """A connection that knows its age, and leaves word when it cannot be made.

    The pool connects in threads of its own, and tells those who wait for a connection only that they waited.
    """

    made_at: float

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> "PooledConnection":  # noqa: ARG003  # the address tells
        """Connect; of the parameters, `origin` is where to and how, and the rest are the pool's own."""
        origin: Origin = kwargs.pop("origin")

        def connected(url: Secret) -> "PooledConnection":
            parameters = {**connection_parameters(url, origin.statement_seconds), **kwargs}
            return super(PooledConnection, cls).connect(url.reveal(), **parameters)

        try:
            connection = admitted(origin.address, connected)
        except psycopg.OperationalError as exc:
            origin.failure.text = str(exc)
            raise
        origin.failure.text = None
        connection.made_at = time.monotonic()
        return connection
