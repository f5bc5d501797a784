"""Changing tables that others read, so that nobody waits long for it."""

import time
from collections.abc import Callable
from typing import Final

from psycopg import Connection, errors
from psycopg.rows import TupleRow

# Shorter than the second after which PostgreSQL looks for deadlocks: whoever waits for us while we wait for him is let
# go before one of us is cancelled.
_BRIEFLY: Final = "SET LOCAL lock_timeout = '500ms'"

_PAUSE_SECONDS: Final = 1.0


def change_politely(
    connection: Connection[TupleRow], change: Callable[[Connection[TupleRow]], None], patience_seconds: float
) -> None:
    """Do it in a part of the transaction, which is taken back and tried again while others hold what it needs.

    They wait for it for half a second at a time. Raises LockNotAvailable when patience is over.
    """
    until = time.monotonic() + patience_seconds
    while True:
        try:
            with connection.transaction():
                connection.execute(_BRIEFLY)
                change(connection)
        except errors.LockNotAvailable:
            if time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
