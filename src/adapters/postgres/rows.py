"""How facts, rosters and attributions become columns, and columns become them again."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState

Arrays = dict[str, list[object]]

FACT_COLUMNS: Final = (
    "repository_id",
    "number",
    "author_login",
    "author_id",
    "author_type",
    "state",
    "created_at",
    "updated_at",
    "observed_at",
    "merged_at",
    "closed_at",
    "github_id",
    "title",
    "author_association",
    "is_draft",
    "base_branch",
    "head_branch",
    "merge_commit",
    "labels",
    "is_bot",
)
"""In the order of `fact_row`; `fact_of` takes all but is_bot."""

FactRow = tuple[
    int,
    int,
    str | None,
    int | None,
    str | None,
    str,
    datetime,
    datetime,
    datetime,
    datetime | None,
    datetime | None,
    int | None,
    str | None,
    str | None,
    bool,
    str | None,
    str | None,
    str | None,
    list[str],
    bool,
]


def fact_arrays(attributions: Iterable[Attribution]) -> Arrays:
    """Return one array a column: one statement then takes any number of facts."""
    rows = [_fact_row(attribution) for attribution in attributions]
    return {name: [row[place] for row in rows] for place, name in enumerate(FACT_COLUMNS)}


def fact_of(row: FactRow) -> PullRequest:
    """Return the fact of a row of FACT_COLUMNS."""
    author = None if row[2] is None else Author(row[2], row[3], row[4])
    return PullRequest(
        repository_id=row[0],
        number=row[1],
        author=author,
        state=PullRequestState(row[5]),
        created_at=row[6],
        updated_at=row[7],
        observed_at=row[8],
        merged_at=row[9],
        closed_at=row[10],
        github_id=row[11],
        title=row[12],
        author_association=row[13],
        is_draft=row[14],
        base_branch=row[15],
        head_branch=row[16],
        merge_commit=row[17],
        labels=tuple(row[18]),
    )


def share_arrays(attributions: Sequence[Attribution]) -> Arrays:
    """Return shares, rests, and which pull requests they replace those of, as arrays."""
    shares = [(attribution, share) for attribution in attributions for share in attribution.shares]
    rests = [(attribution, rest) for attribution in attributions for rest in attribution.rest]
    return {
        "touched_repository_id": [attribution.pull_request.repository_id for attribution in attributions],
        "touched_number": [attribution.pull_request.number for attribution in attributions],
        "touched_is_bot": [attribution.is_bot for attribution in attributions],
        "share_repository_id": [attribution.pull_request.repository_id for attribution, _ in shares],
        "share_number": [attribution.pull_request.number for attribution, _ in shares],
        "share_team": [share.team for _, share in shares],
        "share_weight": [share.weight for _, share in shares],
        "share_rule": [attribution.rule.value for attribution, _ in shares],
        "rest_repository_id": [attribution.pull_request.repository_id for attribution, _ in rests],
        "rest_number": [attribution.pull_request.number for attribution, _ in rests],
        "rest_reason": [rest.reason.value for _, rest in rests],
        "rest_weight": [rest.weight for _, rest in rests],
    }


MembershipRow = tuple[str, str, Decimal, datetime | None, datetime | None, list[str], int | None]


def membership_of(row: MembershipRow) -> Membership:
    """Return the membership of (team name, username, weight, joined, left, aliases, github_id)."""
    team, login, weight, joined_at, left_at, aliases, github_id = row
    return Membership(team, login, weight, joined_at, left_at, tuple(aliases), github_id)


def _fact_row(attribution: Attribution) -> tuple[object, ...]:
    fact = attribution.pull_request
    author = fact.author
    return (
        fact.repository_id,
        fact.number,
        None if author is None else author.login,
        None if author is None else author.id,
        None if author is None else author.account_type,
        fact.state.value,
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
        json.dumps(fact.labels),
        attribution.is_bot,
    )
