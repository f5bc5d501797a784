"""Changing tables that others read, so that nobody waits long for it."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from psycopg import Connection, errors
from psycopg.rows import TupleRow

# Shorter than the second after which PostgreSQL looks for deadlocks: whoever waits for us while we wait for him is let
# go before one of us is cancelled.
_BRIEFLY: Final = "SET LOCAL lock_timeout = '500ms'"

_PAUSE_SECONDS: Final = 1.0

# A page first looks what it changes, and then waits at a lock that our transaction may hold till its end, while we wait
# for the tables that it looked at: neither would ever go on. Such a session is ended; its page is stored by another
# attempt, as after a restart of the server. Only those of our own are, since others may not try again.
_LET_GO: Final = """
SELECT pg_terminate_backend(session.pid)
FROM pg_stat_activity AS session
WHERE session.datname = current_database()
    AND session.application_name = 'github-tracker'
    AND session.pid <> pg_backend_pid()
    AND EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = session.pid AND NOT granted)
    AND EXISTS (
        SELECT
        FROM pg_locks
        WHERE pg_locks.pid = session.pid
            AND granted
            AND relation IN ('pull_requests'::REGCLASS, 'pr_metrics'::REGCLASS)
    )
"""


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
            _end_those_who_wait(connection)
        else:
            return


def _end_those_who_wait(connection: Connection[TupleRow]) -> None:
    """Without the right to end those of other roles: they give up by themselves after a minute."""
    with suppress(errors.InsufficientPrivilege), connection.transaction():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        connection.execute(_LET_GO)
