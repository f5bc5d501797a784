"""What PostgreSQL's errors mean for us: whether to try again, and which error of the ports they become.

The SQLSTATE alone does not tell. A connection that breaks or cannot be made has none at all, and libpq keeps the
server's reason for refusing one only as text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout

from github_tracker.ports.errors import SchemaError, StorageError, StorageUnavailableError

_PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleSessionTimeout,
    errors.IdleInTransactionSessionTimeout,
    errors.TooManyConnections,
    errors.ReadOnlySqlTransaction,
)
"""What may be over by the next attempt. A statement timeout is not: the statement would take as long again."""

_CONNECTION_CLASS: Final = "08"

_CREDENTIAL_REFUSALS: Final = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "is not permitted to log in",
)
"""How a server says no to this role or password: SQLSTATE 28P01 and 28000, which libpq does not pass on."""

_REFUSALS: Final = (
    *_CREDENTIAL_REFUSALS,
    "permission denied for database",
    "does not support SSL",
    "certificate verify failed",
)
"""How a server or libpq says no for good, besides that a role or database `does not exist`."""

_REQUESTS_TO_WAIT: Final = (
    "starting up",
    "shutting down",
    "recovery mode",
    "not yet accepting connections",
    "too many connections",
    "too many clients",
    "remaining connection slots",
)
"""How a server that is there asks to come back later."""


def is_passing(exc: Exception) -> bool:
    """Whether a transaction that ended so is worth another attempt.

    Servers that speak another language than English may refuse in words that are not known here; that is then tried
    again like a lost connection, and ends with the same words.
    """
    if isinstance(exc, PoolTimeout):
        return True
    if isinstance(exc, PoolClosed) or not isinstance(exc, psycopg.Error):
        return False
    if exc.sqlstate is not None:
        return isinstance(exc, _PASSING) or exc.sqlstate.startswith(_CONNECTION_CLASS)
    return isinstance(exc, psycopg.OperationalError) and not _is_refusal(str(exc))


def asks_to_wait(exc: Exception) -> bool:
    """Whether a server that is there would let us in later, such as one that is just starting."""
    return isinstance(exc, psycopg.OperationalError) and any(words in str(exc) for words in _REQUESTS_TO_WAIT)


def refuses_credentials(exc: Exception) -> bool:
    """Whether a server did not let this role in with this password, while it might let in another."""
    if not isinstance(exc, psycopg.OperationalError):
        return False
    text = str(exc)
    is_role_unknown = 'FATAL:  role "' in text and "does not exist" in text
    return is_role_unknown or any(words in text for words in _CREDENTIAL_REFUSALS)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn psycopg's errors into those of the ports; the messages of a server never hold a password."""
    try:
        yield
    except PoolTimeout as exc:
        raise StorageUnavailableError("the database gave no connection in time; is it up, and not full?") from exc
    except (psycopg.ProgrammingError, psycopg.InterfaceError) as exc:
        if exc.sqlstate is None:
            # What libpq says of an address that it cannot read quotes the address, with the password in it.
            raise StorageUnavailableError(
                "the database address cannot be read; check the form of DB_URL: postgresql://user:password@host/name"
            ) from None
        raise _translated(exc) from exc
    except psycopg.Error as exc:
        raise _translated(exc) from exc


def _translated(exc: psycopg.Error) -> StorageError:
    line = first_line(exc)
    match exc:
        case errors.UndefinedTable() | errors.UndefinedColumn() | errors.UndefinedObject() | errors.InvalidSchemaName():
            return SchemaError(f"the database lacks what this version needs ({line}); run `github-tracker db migrate`")
        case errors.ReadOnlySqlTransaction():
            return StorageUnavailableError(
                f"DB_URL names a read-only server, such as a replica: {line}; set it to the primary's address"
            )
        case errors.DiskFull():
            return StorageUnavailableError(
                f"the database has no room left: {line}; nothing of the page was stored. Make room and run again"
            )
        case errors.OutOfMemory():
            return StorageError(f"the database ran out of memory: {line}; nothing of the page was stored")
        case errors.QueryCanceled():
            return StorageError(
                f"the database cancelled a statement: {line}; nothing of its transaction was stored. "
                "If it only needs more time, set statement_timeout in DB_URL's options"
            )
        case errors.SerializationFailure() | errors.DeadlockDetected() | errors.LockNotAvailable():
            return StorageError(f"others kept the database busy: {line}; nothing of the transaction was stored")
        case psycopg.OperationalError() if refuses_credentials(exc):
            return StorageUnavailableError(
                f"the database cannot be used: {line}; check the role and the password in its address"
            )
        case psycopg.OperationalError() | errors.IdleInTransactionSessionTimeout():
            return StorageUnavailableError(f"the database cannot be used: {line}")
        case psycopg.ProgrammingError():
            return StorageError(f"the database refused a statement: {line}")
    return StorageError(f"the database refused what was to be stored: {line}")


def _is_refusal(text: str) -> bool:
    return any(words in text for words in _REFUSALS) or ("FATAL" in text and "does not exist" in text)


def first_line(exc: psycopg.Error) -> str:
    """Return the first line of what it says."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[0] if lines else type(exc).__name__
