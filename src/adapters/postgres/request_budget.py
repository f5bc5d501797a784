"""A credential's budget on PostgreSQL: one row, locked for one short transaction a lease."""

from datetime import datetime
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.request_budget import HELD_FOR, Account, Ask, Held, Moment, Pause, RateLimits, Usage
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import StorageError
from github_tracker.ports.request_budget import Lease, RequestBudget

_OPEN: Final = """
INSERT INTO request_budgets (credential)
VALUES (%(credential)s)
ON CONFLICT (credential) DO NOTHING
"""

# Whoever stops dead between two statements, as a frozen worker does, must not keep all others waiting.
_DO_NOT_DALLY: Final = "SET LOCAL idle_in_transaction_session_timeout = '5s'"

_LOCK: Final = """
SELECT left_in_hour, resets_at, told_left, paced_until, rests_until
FROM request_budgets
WHERE credential = %(credential)s
FOR NO KEY UPDATE
"""

# A statement of its own, after the lock: the time before waiting for it would be the past by now.
_LET_GO: Final = """
DELETE FROM request_leases
WHERE credential = %(credential)s
    AND over_at <= coalesce(%(now)s::TIMESTAMPTZ, clock_timestamp())
"""

_HELD: Final = """
SELECT
    coalesce(%(now)s::TIMESTAMPTZ, clock_timestamp()),
    count(*) FILTER (WHERE id IS DISTINCT FROM %(lease)s::BIGINT),
    coalesce(sum(requests) FILTER (WHERE id IS DISTINCT FROM %(lease)s::BIGINT), 0),
    coalesce(bool_or(id = %(lease)s::BIGINT), FALSE)
FROM request_leases
WHERE credential = %(credential)s
"""

_SAVE: Final = """
UPDATE request_budgets
SET
    left_in_hour = %(left)s,
    resets_at = %(resets_at)s,
    told_left = %(told_left)s,
    paced_until = %(paced_until)s,
    rests_until = %(rests_until)s
WHERE credential = %(credential)s
"""

_LEND: Final = """
INSERT INTO request_leases (credential, requests, over_at)
VALUES (%(credential)s, %(requests)s, %(over_at)s)
RETURNING id
"""

_END: Final = "DELETE FROM request_leases WHERE id = %(lease)s"


class PostgresRequestBudget(RequestBudget):
    """Keeps one credential's account in request_budgets, and what is in hand in request_leases.

    The rules are the domain's, so a lease is two round trips under the row's lock besides the commit; the lock is
    never held while anybody waits for anything else.
    """

    def __init__(self, database: Database, credential: str, limits: RateLimits, clock: Clock | None = None) -> None:
        """Time is the database's, or what a clock that is passed tells."""
        self._database = database
        self._credential = credential
        self._limits = limits
        self._clock = clock

    def reserve(self, ask: Ask) -> Lease | Pause:
        """Return leave for some requests, or how long to wait before asking again."""

        def reserve(connection: Connection[TupleRow]) -> Lease | Pause:
            account, at, _ = self._locked(connection, lease=None)
            account, granted = account.reserve(ask, at)
            if isinstance(granted, Pause):
                return granted
            values = {"requests": granted.requests, "over_at": at.now + granted.wait + HELD_FOR}
            with connection.pipeline():
                connection.execute(_SAVE, self._values(account))
                lent = connection.execute(_LEND, {"credential": self._credential, **values})
            return Lease(_row(lent.fetchone())[0], granted)

        return self._database.transact(reserve)

    def settle(self, lease: Lease, usage: Usage) -> None:
        """Give back what of a lease does not count, note what GitHub told, and end it."""

        def settle(connection: Connection[TupleRow]) -> None:
            account, at, is_open = self._locked(connection, lease.id)
            account = account.settle(lease.grant, usage, not is_open, at)
            with connection.pipeline():
                connection.execute(_SAVE, self._values(account))
                connection.execute(_END, {"lease": lease.id})

        self._database.transact(settle)

    def _locked(self, connection: Connection[TupleRow], lease: int | None) -> tuple[Account, Moment, bool]:
        """Return the account under its lock, what it is judged by, and whether this lease is still open."""
        values = {"credential": self._credential, "lease": lease, "now": self._now()}
        with connection.pipeline():
            connection.execute(_DO_NOT_DALLY)
            locked = connection.execute(_LOCK, values)
            connection.execute(_LET_GO, values)
            counted = connection.execute(_HELD, values)
        row = locked.fetchone()
        if row is None:
            connection.execute(_OPEN, values)
            return self._locked(connection, lease)
        left, resets_at, told_left, paced_until, rests_until = row
        now, leases, requests, is_open = _row(counted.fetchone())
        account = Account(left, resets_at, told_left, paced_until, rests_until)
        return account, Moment(now, self._limits, Held(leases, requests)), is_open

    def _now(self) -> datetime | None:
        return None if self._clock is None else self._clock.now()

    def _values(self, account: Account) -> dict[str, object]:
        return {
            "credential": self._credential,
            "left": account.left,
            "resets_at": account.resets_at,
            "told_left": account.told_left,
            "paced_until": account.paced_until,
            "rests_until": account.rests_until,
        }


def _row(row: TupleRow | None) -> TupleRow:
    if row is None:
        raise StorageError("the database answered a statement of the request budget without a row")
    return row
