"""The made-up world in the domain's own values, for what is measured without GitHub."""

import json
from datetime import timedelta

from benchmarks.made_up_world import FIRST_ID, Drawn, World
from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest, Repository, state_of
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster


def roster() -> Roster:
    """Return the roster of the world's people."""
    return parse_roster(json.dumps(World(1, 1).roster_document()), RosterForm.JSON)


def repositories(world: World) -> list[Repository]:
    """Return the world's repositories."""
    return [Repository(FIRST_ID + place, name, "main") for place, name in enumerate(world.names)]


def attributed(world: World) -> list[Attribution]:
    """Return every pull request of the world with its credit by the world's roster and the default policy."""
    attributor = Attributor(roster(), AttributionPolicy())
    return [
        attributor.attribute(_fact(FIRST_ID + place, world.draw(place, number)))
        for place in range(world.repositories)
        for number in range(1, world.pull_requests + 1)
    ]


def _fact(repository_id: int, drawn: Drawn) -> PullRequest:
    author = drawn.author
    return PullRequest(
        repository_id=repository_id,
        number=drawn.number,
        author=None if author is None else Author(author.login, author.id, author.type),
        state=state_of(drawn.merged_at, is_open=drawn.closed_at is None),
        created_at=drawn.created_at,
        updated_at=drawn.updated_at,
        observed_at=drawn.updated_at + timedelta(hours=1),
        merged_at=drawn.merged_at,
        closed_at=drawn.closed_at,
        github_id=10**9 + drawn.number,
        title=drawn.title,
        author_association="CONTRIBUTOR" if drawn.is_outsider else "MEMBER",
        is_draft=drawn.is_draft,
        base_branch="main",
        head_branch=drawn.branch,
        merge_commit=f"{drawn.number:040x}",
        labels=drawn.labels,
    )
