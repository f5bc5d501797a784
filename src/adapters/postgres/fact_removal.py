"""Removing stored pull requests: facts with their shares and rests, never one without the others."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from attrs import field, frozen
from psycopg import Connection
from psycopg.rows import TupleRow

_KEYS: Final = "unnest(%(repository_ids)b::BIGINT[], %(numbers)b::BIGINT[]) AS key (repository_id, number)"

_REMOVE: Final = f"""
WITH gone AS (
    DELETE FROM {{table}} AS part
    USING {_KEYS}
    WHERE part.repository_id = key.repository_id
        AND part.{{number}} = key.number
    RETURNING part.repository_id
)
SELECT repository_id, count(*)
FROM gone
GROUP BY repository_id
"""

_REMOVE_SHARES: Final = _REMOVE.format(table="pr_metrics", number="pr_number")
_REMOVE_RESTS: Final = _REMOVE.format(table="pr_unattributed", number="number")
_REMOVE_FACTS: Final = _REMOVE.format(table="pull_requests", number="number")


@frozen
class Removed:
    """How many rows went, by repository id."""

    facts: Counter[int] = field(factory=Counter)
    shares: Counter[int] = field(factory=Counter)
    rests: Counter[int] = field(factory=Counter)

    def __add__(self, other: "Removed") -> "Removed":
        """Return both together."""
        return Removed(self.facts + other.facts, self.shares + other.shares, self.rests + other.rests)


def remove_facts(connection: Connection[TupleRow], keys: Sequence[tuple[int, int]]) -> Removed:
    """Remove these pull requests, by (repository id, number), in the transaction that is under way.

    Its caller holds the lock on the settings row, so that nobody writes shares of them meanwhile.
    """
    if not keys:
        return Removed()
    values = {"repository_ids": [key[0] for key in keys], "numbers": [key[1] for key in keys]}

    def remove(statement: str) -> Counter[int]:
        return Counter(dict(connection.execute(statement.encode(), values).fetchall()))

    # What refers to a fact goes before it.
    shares, rests = remove(_REMOVE_SHARES), remove(_REMOVE_RESTS)
    return Removed(remove(_REMOVE_FACTS), shares, rests)
