"""Facts and shares on PostgreSQL: a page in one transaction, and nothing rewritten that did not change."""

import json
from collections.abc import Generator
from datetime import datetime
from functools import partial
from typing import Final

from attrs import evolve, frozen
from psycopg import Connection
from psycopg.rows import TupleRow

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.documents import fact_documents, share_documents, touched_documents
from github_tracker.adapters.postgres.fact_removal import remove_facts
from github_tracker.adapters.postgres.fact_statements import FIND_CHANGED, WRITE_FACTS
from github_tracker.adapters.postgres.page_addition import add_page
from github_tracker.adapters.postgres.rows import FACT_COLUMNS, fact_of
from github_tracker.adapters.postgres.share_statements import replace_shares
from github_tracker.adapters.postgres.state_statements import WRITE_STATE, state_values
from github_tracker.domain.attribution import Attribution, Credit, Rest, Share
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.errors import ContradictedFactError
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.retention import is_expired
from github_tracker.ports.errors import RosterChangedError, StateChangedError
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored

_ROWS_AT_A_TIME: Final = 1000

_FACT_COLUMNS: Final = ", ".join(FACT_COLUMNS)

_STATE_COLUMNS: Final = """
    state.version, state.checkpoint, state.watermark, state.etag, state.walked_at, settings.roster_version,
    settings.retention_floor
"""

_FROM_STATE: Final = """
FROM collection_state AS state
CROSS JOIN settings
WHERE state.repository_id = %(repository_id)s
"""

_STATE: Final = f"""
SELECT {_STATE_COLUMNS},
    ARRAY(
        SELECT stored.number
        FROM json_array_elements_text(%(numbers)s::JSON) AS given (number)
        CROSS JOIN LATERAL (
            SELECT pull_requests.number
            FROM pull_requests
            WHERE pull_requests.repository_id = %(repository_id)s
                AND pull_requests.number = given.number::BIGINT
            LIMIT 1
        ) AS stored
    ),
    set_config('plan_cache_mode', 'force_generic_plan', TRUE)
{_FROM_STATE}
"""
"""With the numbers of those of the page that are stored; see fact_statements for LATERAL.

It is the first statement of a transaction, whose other statements leave the planner one way: see decision 17.
"""

_LOCK_STATE: Final = f"SELECT {_STATE_COLUMNS} {_FROM_STATE} FOR SHARE OF settings FOR NO KEY UPDATE OF state"

_FACTS_OF_REPOSITORY: Final = f"""
SELECT {_FACT_COLUMNS}
FROM pull_requests
WHERE repository_id = %(repository_id)s
ORDER BY number
"""

_FACT: Final = f"""
SELECT {_FACT_COLUMNS}, (SELECT attribution_rule FROM settings)
FROM pull_requests
WHERE repository_id = %(repository_id)s
    AND number = %(number)s
"""

_SHARES: Final = """
SELECT teams.name, pr_metrics.weight
FROM pr_metrics
INNER JOIN teams ON teams.id = pr_metrics.team_id
WHERE pr_metrics.repository_id = %(repository_id)s
    AND pr_metrics.pr_number = %(number)s
ORDER BY teams.name COLLATE "C"
"""

_RESTS: Final = """
SELECT reason, weight
FROM pr_unattributed
WHERE repository_id = %(repository_id)s
    AND number = %(number)s
ORDER BY reason COLLATE "C"
"""


class PostgresMetricsRepository(MetricsRepository):
    """Keeps facts in pull_requests, shares in pr_metrics and rests in pr_unattributed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store_page(self, page: AttributedPage) -> PageStored:
        """Store facts, shares and checkpoint in one transaction, after a look at what really changes."""
        return self._database.transact(partial(_store_page, page))

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Yield the facts of one repository by number, through a server-side cursor."""
        with self._database.reading() as connection, connection.cursor(name="facts") as cursor:
            cursor.itersize = _ROWS_AT_A_TIME
            cursor.execute(_FACTS_OF_REPOSITORY, {"repository_id": repository_id})
            for row in cursor:
                yield fact_of(row)

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Return the stored attribution of one pull request."""
        return self._database.read(partial(_attribution, {"repository_id": repository_id, "number": number}))


def _attribution(key: dict[str, int], connection: Connection[TupleRow]) -> Attribution | None:
    row = connection.execute(_FACT, key).fetchone()
    if row is None:
        return None
    shares = tuple(Share(*share) for share in connection.execute(_SHARES, key))
    rests = tuple(Rest(RestReason(reason), weight) for reason, weight in connection.execute(_RESTS, key))
    *fact, is_bot, rule = row
    return Attribution(fact_of((*fact, is_bot)), AttributionRule(rule), Credit(shares, rests), is_bot)


def _store_page(page: AttributedPage, connection: Connection[TupleRow]) -> PageStored:
    """Look first without a lock; only a page that changes something takes locks, and looks at the versions again."""
    incoming = _newest_of_each(page.attributions)
    stored, floor, known = _look(page, incoming, connection)
    changed = _find_changed(page.repository_id, incoming, known, connection)
    if not any(changed.split(floor)) and _with_later_watermark(page.checkpoint, stored) == stored:
        return PageStored(page.state_version, 0, 0, facts_dropped=_count_expired(incoming, floor))
    if not known:
        kept, _ = changed.split(floor)
        added = add_page(connection, evolve(page, attributions=tuple(kept)), floor)
        if added is not None:
            version, parts = added
            return PageStored(
                state_version=version,
                facts_changed=len(kept),
                shares_changed=parts,
                facts_repaired=_count_behind(stored, kept),
                facts_dropped=_count_expired(incoming, floor),
            )
    floor = _lock(page, connection)
    kept, expired = changed.split(floor)
    parts = 0
    if kept:
        connection.execute(WRITE_FACTS, fact_documents(kept), prepare=True)
        parts = replace_shares(connection, {**touched_documents(kept), **share_documents(kept)})
    removed = remove_facts(connection, [attribution.pull_request.key for attribution in expired])
    return PageStored(
        state_version=_write_state(page, connection),
        facts_changed=len(kept) + removed.facts.total(),
        shares_changed=parts + removed.shares.total() + removed.rests.total(),
        facts_repaired=_count_behind(stored, [*kept, *expired]),
        facts_dropped=_count_expired(incoming, floor),
    )


@frozen
class _Changed:
    """What of a page is not known, or supersedes what is stored."""

    attributions: tuple[Attribution, ...] = ()
    known: frozenset[int] = frozenset()
    """Numbers of those of which something is stored."""

    def split(self, floor: datetime | None) -> tuple[list[Attribution], list[Attribution]]:
        """Return those to be stored, and those expired ones of which something is to be removed."""
        kept = [one for one in self.attributions if not is_expired(one.pull_request, floor)]
        known = [one for one in self.attributions if one.pull_request.number in self.known]
        return kept, [one for one in known if is_expired(one.pull_request, floor)]


def _count_behind(stored: Checkpoint, attributions: list[Attribution]) -> int:
    return sum(stored.is_behind(attribution.pull_request.updated_at) for attribution in attributions)


def _count_expired(attributions: list[Attribution], floor: datetime | None) -> int:
    return sum(is_expired(attribution.pull_request, floor) for attribution in attributions)


def _look(
    page: AttributedPage, incoming: list[Attribution], connection: Connection[TupleRow]
) -> tuple[Checkpoint, datetime | None, frozenset[int]]:
    """Return the stored checkpoint, the retention floor, and which of the numbers are stored."""
    numbers = json.dumps([attribution.pull_request.number for attribution in incoming])
    values = {"repository_id": page.repository_id, "numbers": numbers}
    *state, floor, known, _ = _checked(page, connection.execute(_STATE.encode(), values).fetchone())
    return Checkpoint(*state[1:5]), floor, frozenset(known)


def _lock(page: AttributedPage, connection: Connection[TupleRow]) -> datetime | None:
    """Let nobody else change what the page is stored by; return the retention floor."""
    row = _checked(page, connection.execute(_LOCK_STATE.encode(), {"repository_id": page.repository_id}).fetchone())
    floor: datetime | None = row[6]
    return floor


def _checked(page: AttributedPage, row: TupleRow | None) -> TupleRow:
    if row is None or row[0] != page.state_version:
        raise StateChangedError(f"repository {page.repository_id}: another run has stored a page meanwhile")
    if row[5] != page.roster_version:
        raise RosterChangedError(f"the roster is now version {row[5]}")
    return row


def _newest_of_each(attributions: tuple[Attribution, ...]) -> list[Attribution]:
    """One row a key, ordered by key: a statement cannot write a row twice, and order prevents deadlocks."""
    newest: dict[tuple[int, int], Attribution] = {}
    for attribution in attributions:
        fact = attribution.pull_request
        known = newest.get(fact.key)
        if known is not None and fact.contradicts(known.pull_request):
            raise ContradictedFactError(*fact.key)
        if known is None or fact.supersedes(known.pull_request):
            newest[fact.key] = attribution
    return [newest[key] for key in sorted(newest)]


def _find_changed(
    repository_id: int, incoming: list[Attribution], known: frozenset[int], connection: Connection[TupleRow]
) -> _Changed:
    """Compare those that are known with what is stored; what is not known is new, so a first walk compares nothing."""
    changed = {attribution.pull_request.number for attribution in incoming} - known
    if known:
        to_compare = [attribution for attribution in incoming if attribution.pull_request.number in known]
        for number, is_contradicted in connection.execute(FIND_CHANGED, fact_documents(to_compare), prepare=True):
            if is_contradicted:
                raise ContradictedFactError(repository_id, number)
            changed.add(number)
    return _Changed(
        attributions=tuple(attribution for attribution in incoming if attribution.pull_request.number in changed),
        known=known,
    )


def _with_later_watermark(checkpoint: Checkpoint, stored: Checkpoint) -> Checkpoint:
    return evolve(checkpoint, watermark=max(filter(None, (checkpoint.watermark, stored.watermark)), default=None))


def _write_state(page: AttributedPage, connection: Connection[TupleRow]) -> int:
    row = connection.execute(f"{WRITE_STATE} RETURNING version".encode(), state_values(page)).fetchone()
    if row is None:
        raise StateChangedError(f"repository {page.repository_id}: its state is gone")
    return int(row[0])
