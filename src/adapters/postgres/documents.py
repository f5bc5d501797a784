"""How attributions are handed to PostgreSQL: as JSON, one document a kind of row, whatever the number of rows.

Measured against arrays, one a column: a document of 100 facts takes the client 1 microsecond a fact where psycopg's
arrays take 6, since those are written item by item in Python; the server takes 9 instead of 5.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from github_tracker.domain.attribution import Attribution

Documents = dict[str, str]
"""JSON arrays of objects by the parameter's name; statements read them with json_to_recordset."""

_ENCODER: Final = msgspec.json.Encoder()


class _Fact(msgspec.Struct, gc=False):
    """A row of pull_requests."""

    repository_id: int
    number: int
    author_login: str | None
    author_id: int | None
    author_type: str | None
    state: str
    created_at: datetime
    updated_at: datetime
    observed_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None
    github_id: int | None
    title: str | None
    author_association: str | None
    is_draft: bool
    base_branch: str | None
    head_branch: str | None
    merge_commit: str | None
    labels: tuple[str, ...]
    is_bot: bool


class _Touched(msgspec.Struct, gc=False):
    """A pull request whose shares and rests are to be as the other documents say."""

    repository_id: int
    number: int
    is_bot: bool


class _Share(msgspec.Struct, gc=False):
    repository_id: int
    number: int
    team: str
    weight: Decimal
    rule: str


class _Rest(msgspec.Struct, gc=False):
    repository_id: int
    number: int
    reason: str
    weight: Decimal


def fact_documents(attributions: Iterable[Attribution]) -> Documents:
    """Return the facts."""
    return {"facts": _encoded([_fact(attribution) for attribution in attributions])}


def touched_documents(attributions: Iterable[Attribution]) -> Documents:
    """Return which pull requests' shares and rests are to be replaced."""
    facts = [(attribution.pull_request, attribution.is_bot) for attribution in attributions]
    return {"touched": _encoded([_Touched(fact.repository_id, fact.number, is_bot) for fact, is_bot in facts])}


def share_documents(attributions: Iterable[Attribution]) -> Documents:
    """Return shares and rests."""
    facts = [(attribution, attribution.pull_request) for attribution in attributions]
    return {
        "shares": _encoded(
            [
                _Share(fact.repository_id, fact.number, share.team, share.weight, one.rule)
                for one, fact in facts
                for share in one.shares
            ]
        ),
        "rests": _encoded(
            [
                _Rest(fact.repository_id, fact.number, rest.reason, rest.weight)
                for one, fact in facts
                for rest in one.rest
            ]
        ),
    }


def _fact(attribution: Attribution) -> _Fact:
    fact = attribution.pull_request
    author = fact.author
    return _Fact(
        fact.repository_id,
        fact.number,
        None if author is None else author.login,
        None if author is None else author.id,
        None if author is None else author.account_type,
        fact.state,
        fact.created_at,
        fact.updated_at,
        fact.observed_at,
        fact.merged_at,
        fact.closed_at,
        fact.github_id,
        fact.title,
        fact.author_association,
        fact.is_draft,
        fact.base_branch,
        fact.head_branch,
        fact.merge_commit,
        fact.labels,
        attribution.is_bot,
    )


def _encoded(rows: list[_Fact] | list[_Touched] | list[_Share] | list[_Rest]) -> str:
    return _ENCODER.encode(rows).decode()
