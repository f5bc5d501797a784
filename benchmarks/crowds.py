"""Rosters of any size, and pull requests of a few of their people."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import frozen

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState
from github_tracker.domain.roster import Roster

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_PERIOD = timedelta(days=1000)
_AUTHORS = 10


@frozen
class Crowd:
    """How many people a roster lists, and how many windows follow one another in each person's 1,000 days."""

    people: int
    windows: int

    @property
    def memberships(self) -> int:
        """How many the roster holds."""
        return self.people * self.windows

    def roster(self) -> Roster:
        """Return the roster: whoever is on it changes teams from window to window, and keeps a rest."""
        teams = tuple(Team(f"team-{number:02}") for number in range(20))
        length = _PERIOD / self.windows
        return Roster(
            teams,
            tuple(
                Membership(
                    teams[(person + window) % len(teams)].name,
                    f"person-{person}",
                    Decimal("0.6"),
                    _BEGIN + window * length,
                    _BEGIN + (window + 1) * length,
                )
                for person in range(self.people)
                for window in range(self.windows)
            ),
        )


def pull_requests_of_a_few(count: int) -> list[PullRequest]:
    """Return pull requests of the same 10 people, whoever else is on the roster; nine of ten merged, after a day."""
    random = Random(1)
    return [_pull_request(number, random) for number in range(1, count + 1)]


def _pull_request(number: int, random: Random) -> PullRequest:
    created_at = _BEGIN + random.random() * (_PERIOD - timedelta(days=1))
    merged_at = created_at + timedelta(days=1) if number % 10 else None
    return PullRequest(
        repository_id=1,
        number=number,
        author=Author(f"Person-{number % _AUTHORS}", 10_000_000 + number % _AUTHORS, "User"),
        state=PullRequestState.OPEN if merged_at is None else PullRequestState.MERGED,
        created_at=created_at,
        updated_at=merged_at or created_at,
        observed_at=merged_at or created_at,
        merged_at=merged_at,
    )
