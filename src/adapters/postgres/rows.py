"""How columns become facts and memberships again."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState

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
"""In the order of FactRow; `fact_of` takes all but is_bot."""

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


MembershipRow = tuple[str, str, Decimal, datetime | None, datetime | None, list[str], int | None]


def membership_of(row: MembershipRow) -> Membership:
    """Return the membership of (team name, username, weight, joined, left, aliases, github_id)."""
    team, login, weight, joined_at, left_at, aliases, github_id = row
    return Membership(team, login, weight, joined_at, left_at, tuple(aliases), github_id)
