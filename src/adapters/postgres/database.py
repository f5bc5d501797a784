"""Connections and transactions, whole and retried where that is right."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from threading import Lock
from typing import Final, TypeVar

import psycopg
from psycopg import Connection, IsolationLevel, errors
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from github_tracker.adapters.postgres.address import Address
from github_tracker.adapters.postgres.connections import (
    STATEMENT_SECONDS,
    LatestFailure,
    Origin,
    PooledConnection,
    admitted,
    connection_parameters,
)
from github_tracker.adapters.postgres.faults import asks_to_wait, is_passing, translated_errors
from github_tracker.adapters.postgres.observation import observed
from github_tracker.ports.caller import CALLER
from github_tracker.ports.secret_store import Secret, SecretSource
from github_tracker.ports.telemetry import Telemetry

DEFAULT_POOL_SIZE: Final = 10

PATIENCE_SECONDS: Final = 30.0
"""How long after its first failure a transaction is tried again; a restart or a failover takes some seconds."""

_READ_ONLY_PATIENCE_SECONDS: Final = 10.0
_CONNECTION_SECONDS: Final = 1.0
_CANCELLATION_SECONDS: Final = 2.0
_FIRST_WAIT_SECONDS: Final = 0.1
_LONGEST_WAIT_SECONDS: Final = 2.0
_JITTER_SECONDS: Final = 0.4

_CLAIM: Final = "SELECT pg_try_advisory_xact_lock(%s)"

T = TypeVar("T")

Work = Callable[[Connection[TupleRow]], T]


class Database:
    """A pool of connections; everything is done in whole transactions, which are retried where that is right."""

    def __init__(
        self,
        pool: ConnectionPool[PooledConnection],
        claims_pool: ConnectionPool[PooledConnection],
        failure: LatestFailure,
        patience_seconds: float = PATIENCE_SECONDS,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._pool = pool
        self._claims_pool = claims_pool
        self._failure = failure
        self._patience_seconds = patience_seconds
        self._telemetry = telemetry
        self._lock = Lock()
        self._renewed_at = 0.0
        self._claims: set[PooledConnection] = set()
        self._is_short_of_connections = False

    def without_patience(self) -> "Database":
        """Return the same pool for work that is tried once: where the result is not worth any waiting."""
        return Database(self._pool, self._claims_pool, self._failure, patience_seconds=0.0, telemetry=self._telemetry)

    def transact(self, work: Work[T]) -> T:
        """Return what `work` returns, committed; on an error nothing of it stays.

        What may pass is tried again from the start, so work must be idempotent: a connection lost while committing
        leaves the outcome unknown. Raises StorageError, or StorageUnavailableError if nobody else would fare better.
        """

        def once() -> T:
            with self._lent() as connection, connection.transaction():
                return work(connection)

        with observed(self._telemetry), translated_errors():
            return self._retried(once)

    def execute(self, statement: str, values: Mapping[str, object]) -> list[TupleRow]:
        """Return the rows of one statement that is a transaction by itself; tried again like `transact`.

        Without BEGIN and COMMIT it is one exchange with the server instead of three.
        """

        def once() -> list[TupleRow]:
            with self._lent() as connection, _autocommitting(connection):
                cursor = connection.execute(statement.encode(), values)
                return [] if cursor.description is None else cursor.fetchall()

        with observed(self._telemetry), translated_errors():
            return self._retried(once)

    def read(self, work: Work[T]) -> T:
        """Return what `work` reads in one read-only transaction with one snapshot; tried again like `transact`."""

        def once() -> T:
            with self._snapshot() as connection:
                return work(connection)

        with observed(self._telemetry), translated_errors():
            return self._retried(once)

    @contextmanager
    def reading(self) -> Iterator[Connection[TupleRow]]:
        """Give a connection for one read-only transaction with one snapshot, for results that are streamed.

        Only its beginning is tried again: what has been handed on cannot be taken back.
        """
        with translated_errors(), ExitStack() as stack:
            # How long whoever reads takes is not the database's time, so only the beginning is observed.
            with observed(self._telemetry), translated_errors():
                connection = self._retried(lambda: stack.enter_context(self._snapshot()))
            yield connection

    @contextmanager
    def claim(self, key: int) -> Iterator[bool]:
        """Hold an advisory lock on the key; False if somebody else holds it. Without a connection, it is taken as held.

        It lies in a transaction of its own: it passes through proxies that pool transactions, goes with its holder,
        and holds no snapshot. It gives way as soon as storing is short of connections.
        """
        with ExitStack() as stack:
            try:
                is_held = stack.enter_context(self._claimed(key))
            except psycopg.Error:
                is_held = True
            yield is_held

    @contextmanager
    def _snapshot(self) -> Iterator[Connection[TupleRow]]:
        with (
            self._lent() as connection,
            _read_only(connection, IsolationLevel.REPEATABLE_READ),
            connection.transaction(),
        ):
            yield connection

    @contextmanager
    def _claimed(self, key: int) -> Iterator[bool]:
        if self._is_short_of_connections:
            raise PoolTimeout
        connection = self._claims_pool.getconn(timeout=_CONNECTION_SECONDS)
        try:
            with _read_only(connection, IsolationLevel.READ_COMMITTED):
                try:
                    row = connection.execute(_CLAIM, [key]).fetchone()
                    with self._lock:
                        self._claims.add(connection)
                    yield row == (True,)
                finally:
                    with self._lock:
                        self._claims.discard(connection)
                    with suppress(psycopg.Error):
                        connection.rollback()
        finally:
            self._claims_pool.putconn(connection)

    def _retried(self, action: Callable[[], T]) -> T:
        return _retried(action, _Patience(self._patience_seconds))

    @contextmanager
    def _lent(self) -> Iterator[Connection[TupleRow]]:
        caller = CALLER.get()
        connection = self._take()
        try:
            with nullcontext() if caller is None else caller.served(partial(_cancel, connection)):
                yield connection
        except errors.ReadOnlySqlTransaction:
            # The address may lead to another server by now.
            connection.close()
            raise
        finally:
            if caller is not None and caller.has_left:
                # What was asked to be cancelled may be so a moment later, and must not be somebody else's statement.
                connection.close()
            elif connection.closed:
                self._renew(connection)
            self._pool.putconn(connection)

    def _take(self) -> PooledConnection:
        try:
            return self._pool.getconn(timeout=_CONNECTION_SECONDS)
        except PoolTimeout:
            self._let_claims_go()
            if self._failure.text is None:
                raise
            raise psycopg.OperationalError(self._failure.text) from None

    def _renew(self, broken: PooledConnection) -> None:
        """Replace what lies idle as well: it leads to the same dead server, and each would cost an attempt.

        Asking each connection before it is lent would tell too, for a round trip a transaction.
        """
        with self._lock:
            if broken.made_at <= self._renewed_at:
                return
            self._renewed_at = time.monotonic()
        self._pool.drain()
        self._claims_pool.drain()

    def _let_claims_go(self) -> None:
        """Close the claims' connections: they only save work, and may be what the server's limit lacks."""
        with self._lock:
            claims = tuple(self._claims)
            self._claims.clear()
            self._is_short_of_connections = self._is_short_of_connections or bool(claims)
        for connection in claims:
            connection.close()


@contextmanager
def open_database(
    url: Secret | SecretSource,
    pool_size: int = DEFAULT_POOL_SIZE,
    patience_seconds: float = PATIENCE_SECONDS,
    statement_seconds: int = STATEMENT_SECONDS,
    telemetry: Telemetry | None = None,
) -> Iterator[Database]:
    """Open a pool and close it at the end. Raises StorageUnavailableError if no connection can be made.

    As many connections as in the pool are made for claims, when they are needed: a server's process takes a while to
    get ready for storing, so those that hold a claim are none of those that store.

    An address that comes from a source is read again when its password is refused, and the pool goes on with that.
    """
    address = Address(url)
    with observed(telemetry):
        _check(address, patience_seconds)
    failure = LatestFailure()
    origin = Origin(address, failure, statement_seconds)
    with translated_errors(), _pool(origin, pool_size, 1) as pool, _pool(origin, pool_size, 0) as claims_pool:
        yield Database(pool, claims_pool, failure, patience_seconds, telemetry)


def _pool(origin: Origin, most: int, fewest: int) -> ConnectionPool[PooledConnection]:
    """Return a pool that opens when it is entered."""
    return ConnectionPool(
        connection_class=PooledConnection,
        min_size=fewest,
        max_size=most,
        open=False,
        # Whoever waits for a connection tries again by himself; the pool would go on for nobody.
        reconnect_timeout=0.0,
        kwargs={"origin": origin},
    )


def check_connection(url: Secret | SecretSource, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Connect once, so that a wrong address or password is told at once and as what it is.

    Only a server that is there and asks to wait is asked again: where nobody answers, the address is likely wrong.
    """
    _check(Address(url), patience_seconds)


def _check(address: Address, patience_seconds: float) -> None:
    patience = _Patience(patience_seconds)

    def connect(url: Secret) -> None:
        psycopg.connect(url.reveal(), **connection_parameters(url)).close()

    with translated_errors():
        _retried(lambda: admitted(address, connect), lambda exc: asks_to_wait(exc) and patience(exc))


@contextmanager
def _autocommitting(connection: Connection[TupleRow]) -> Iterator[None]:
    connection.autocommit = True
    try:
        yield
    finally:
        try:
            connection.autocommit = False
        except psycopg.Error:
            connection.close()


@contextmanager
def _read_only(connection: Connection[TupleRow], level: IsolationLevel) -> Iterator[None]:
    """Let transactions begin as read-only ones of this level: said by BEGIN itself, it costs no statement."""
    connection.read_only, connection.isolation_level = True, level
    try:
        yield
    finally:
        try:
            connection.read_only, connection.isolation_level = None, None
        except psycopg.Error:
            # It broke, and must not be lent to somebody who writes.
            connection.close()


def _cancel(connection: PooledConnection) -> None:
    """Ask the server to give up what the connection is waiting for; if it cannot be asked, its time limit is left."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=_CANCELLATION_SECONDS)


def _retried(action: Callable[[], T], is_worth_it: Callable[[Exception], bool]) -> T:
    try:
        return action()
    except Exception as exc:  # noqa: BLE001  # whatever is not worth it is raised again
        failure: Exception | None = exc
    # Nearly all that is done succeeds at once, and stamina's preparations would take a tenth of its time here. The
    # first failure is handed to it as that of its own first attempt.
    import stamina  # noqa: PLC0415  # loads in 7 ms, which most runs never need

    for attempt in stamina.retry_context(
        on=is_worth_it,
        attempts=None,
        timeout=None,
        wait_initial=_FIRST_WAIT_SECONDS,
        wait_max=_LONGEST_WAIT_SECONDS,
        wait_jitter=_JITTER_SECONDS,
    ):
        with attempt:
            if failure is not None:
                first, failure = failure, None
                raise first
            return action()
    raise AssertionError("a retry either returns or raises")  # pragma: no cover


class _Patience:
    """Says whether to try again after an error; counts from the first one, since that may have come late."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._first_failure_at: float | None = None

    def __call__(self, exc: Exception) -> bool:
        now = time.monotonic()
        if self._first_failure_at is None:
            self._first_failure_at = now
        seconds = self._seconds
        if isinstance(exc, errors.ReadOnlySqlTransaction):
            seconds = min(seconds, _READ_ONLY_PATIENCE_SECONDS)
        return is_passing(exc) and now < self._first_failure_at + seconds
