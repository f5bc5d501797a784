"""Forgetting people on PostgreSQL."""

from functools import partial
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres import roster_statements
from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.roster_repository import read_in_force, record_version
from github_tracker.domain.forgetting import Forgetting
from github_tracker.domain.roster_change import difference
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.forgotten_authors import ForgettingOrder, ForgettingResult, ForgottenAuthors
from github_tracker.ports.roster_repository import RosterUpdate

_NAMES: Final = """
logins AS (
    SELECT *
    FROM unnest(%(old_logins)s::TEXT[], %(new_logins)s::TEXT[]) AS login (old, new)
),
ids AS (
    SELECT *
    FROM unnest(%(old_ids)s::BIGINT[], %(new_ids)s::BIGINT[]) AS id (old, new)
)
"""

_FORGET_IN_FACTS: Final = f"""
WITH {_NAMES}
UPDATE pull_requests
SET
    author_login = coalesce(
        (SELECT new FROM logins WHERE old = lower(pull_requests.author_login)),
        %(pseudonym)s
    ),
    author_id = coalesce((SELECT new FROM ids WHERE old = pull_requests.author_id), pull_requests.author_id),
    title = NULL,
    head_branch = NULL
WHERE lower(author_login) = ANY (%(old_logins)s::TEXT[])
    OR author_id = ANY (%(old_ids)s::BIGINT[])
"""

_FORGET_IN_SHARES: Final = """
UPDATE pr_metrics
SET
    author = pull_requests.author_login,
    title = NULL
FROM pull_requests
WHERE pull_requests.repository_id = pr_metrics.repository_id
    AND pull_requests.number = pr_metrics.pr_number
    AND pull_requests.author_login = ANY (%(new_logins)s::TEXT[])
"""

_FORGET_IN_ENTRIES: Final = f"""
WITH {_NAMES}
UPDATE {{table}} AS entry
SET
    github_username = coalesce(
        (SELECT new FROM logins WHERE old = lower(entry.github_username)),
        entry.github_username
    ),
    aliases = ARRAY(
        SELECT coalesce((SELECT new FROM logins WHERE old = lower(given.alias)), given.alias)
        FROM unnest(entry.aliases) WITH ORDINALITY AS given (alias, place)
        ORDER BY given.place
    ),
    github_id = coalesce((SELECT new FROM ids WHERE old = entry.github_id), entry.github_id)
WHERE lower(github_username) = ANY (%(old_logins)s::TEXT[])
    OR github_id = ANY (%(old_ids)s::BIGINT[])
    OR EXISTS (
        SELECT
        FROM unnest(entry.aliases) AS given (alias)
        WHERE lower(given.alias) = ANY (%(old_logins)s::TEXT[])
    )
"""

_FORGET_IN_MEMBERSHIPS: Final = _FORGET_IN_ENTRIES.format(table="team_memberships")

_FORGET_IN_HISTORY: Final = _FORGET_IN_ENTRIES.format(table="membership_history")

_ADD_MARK: Final = """
INSERT INTO forgotten_authors (mark, pseudonym, pseudonym_id)
VALUES (%(digest)s, %(pseudonym)s, %(pseudonym_id)s)
"""


class PostgresForgottenAuthors(ForgottenAuthors):
    """Rewrites facts, shares and rosters, and keeps marks in forgotten_authors.

    PostgreSQL keeps what a row held before until it is vacuumed, and its log and backups for longer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, order: ForgettingOrder) -> ForgettingResult:
        """Put pseudonyms in place of logins and ids, in one transaction."""
        return self._database.transact(partial(_forget, order))

    def rehearse(self, order: ForgettingOrder) -> ForgettingResult:
        """Do it and take it back: what is counted is what would happen."""

        def rehearse(connection: Connection[TupleRow]) -> ForgettingResult:
            with connection.transaction(force_rollback=True):
                return _forget(order, connection)

        return self._database.transact(rehearse)


def _forget(order: ForgettingOrder, connection: Connection[TupleRow]) -> ForgettingResult:
    """The lock on settings keeps pages and rosters out; those that were begun find another version afterwards."""
    before = read_in_force(connection, roster_statements.LOCK_IN_FORCE)
    if order.roster_version != before.version:
        raise RosterChangedError(f"the roster is now version {before.version}")
    values = _values(order.forgetting)
    facts = connection.execute(_FORGET_IN_FACTS, values).rowcount
    shares = connection.execute(_FORGET_IN_SHARES, values).rowcount
    memberships = connection.execute(_FORGET_IN_MEMBERSHIPS, values).rowcount
    connection.execute(_FORGET_IN_HISTORY, values)
    for mark in order.forgetting.disguise(before.disguise.key).marks:
        connection.execute(
            _ADD_MARK,
            {"digest": mark.digest, "pseudonym": mark.pseudonym, "pseudonym_id": mark.pseudonym_id},
        )
    after = read_in_force(connection, roster_statements.IN_FORCE).roster
    update = RosterUpdate(after, before.policy, order.changed_by, order.changed_at)
    record_version(connection, before.version + 1, difference(after, after), update)
    return ForgettingResult(facts, shares, memberships)


def _values(forgetting: Forgetting) -> dict[str, object]:
    return {
        "old_logins": [old for old, _ in forgetting.logins],
        "new_logins": [new for _, new in forgetting.logins],
        "old_ids": [old for old, _ in forgetting.ids],
        "new_ids": [new for _, new in forgetting.ids],
        "pseudonym": forgetting.pseudonym,
    }
