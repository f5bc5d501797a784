"""Connections and transactions, and the one place where psycopg's errors become ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import psycopg
import stamina
from psycopg import Connection, errors
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from github_tracker.ports.errors import SchemaError, StorageError, StorageUnavailableError
from github_tracker.ports.secret_store import Secret

DEFAULT_POOL_SIZE: Final = 10
_ATTEMPTS: Final = 4
_SESSION_OPTIONS: Final = "-c timezone=UTC -c application_name=github-tracker"
_RETRIABLE: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.AdminShutdown, errors.CrashShutdown)
_NO_SCHEMA: Final = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject, errors.InvalidSchemaName)

T = TypeVar("T")


class Database:
    """A pool of connections; everything is done in whole transactions, which are retried where that is right."""

    def __init__(self, pool: ConnectionPool[Connection[TupleRow]]) -> None:
        self._pool = pool

    def transact(self, work: Callable[[Connection[TupleRow]], T]) -> T:
        """Return what `work` returns, committed; on an error nothing of it stays.

        Deadlocks, serialization failures and lost connections are retried from the start, so work must be
        idempotent: a connection lost while committing leaves the outcome unknown. Raises StorageError.
        """
        with translated_errors():
            for attempt in stamina.retry_context(on=_is_retriable, attempts=_ATTEMPTS, wait_initial=0.1, wait_max=2.0):
                with attempt, self._pool.connection() as connection, connection.transaction():
                    return work(connection)
        raise AssertionError("a retry either returns or raises")  # pragma: no cover

    @contextmanager
    def reading(self) -> Iterator[Connection[TupleRow]]:
        """Give a connection for one read-only transaction with one snapshot, for results that are streamed."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection


@contextmanager
def open_database(url: Secret, pool_size: int = DEFAULT_POOL_SIZE) -> Iterator[Database]:
    """Open a pool and close it at the end. Raises StorageUnavailableError if no connection can be made."""
    check_connection(url)
    pool: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
        url.reveal(),
        min_size=1,
        max_size=pool_size,
        timeout=30.0,
        open=False,
        kwargs={"options": _SESSION_OPTIONS},
    )
    with translated_errors(), pool:
        yield Database(pool)


def check_connection(url: Secret) -> None:
    """Connect once, so that a wrong address or password is told at once and as what it is."""
    with translated_errors():
        psycopg.connect(url.reveal(), connect_timeout=10, options=_SESSION_OPTIONS).close()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn psycopg's errors into those of the ports; the messages of a server never hold a password."""
    try:
        yield
    except _NO_SCHEMA as exc:
        raise SchemaError(
            f"the database lacks what this version needs ({_first_line(exc)}); run `github-tracker db migrate`"
        ) from exc
    except PoolTimeout as exc:
        raise StorageUnavailableError("the database gave no connection in time; is it up, and not full?") from exc
    except (psycopg.ProgrammingError, psycopg.InterfaceError) as exc:
        if exc.sqlstate is None:
            # What libpq says of an address that it cannot read quotes the address, with the password in it.
            raise StorageUnavailableError(
                "the database address cannot be read; check the form of DB_URL: postgresql://user:password@host/name"
            ) from None
        raise StorageError(f"the database refused a statement: {_first_line(exc)}") from exc
    except psycopg.OperationalError as exc:
        raise StorageUnavailableError(f"the database cannot be used: {_first_line(exc)}") from exc
    except psycopg.Error as exc:
        raise StorageError(f"the database refused what was to be stored: {_first_line(exc)}") from exc


def _is_retriable(exc: Exception) -> bool:
    """A lost connection has no SQLSTATE; a refused one has none either, but trying again is right for it too."""
    if isinstance(exc, PoolTimeout):
        return False
    return isinstance(exc, _RETRIABLE) or (isinstance(exc, psycopg.OperationalError) and exc.sqlstate is None)


def _first_line(exc: psycopg.Error) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[0] if lines else type(exc).__name__
