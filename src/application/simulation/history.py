"""Pull requests of a simulated organisation: from how each is opened to what becomes of it."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from github_tracker.application.simulation.wording import Wording
from github_tracker.application.simulation.working_time import WorkingTime
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository

_SHORTEST = timedelta(minutes=2)
_MOST_HOURS = 200_000.0
"""More than twenty years: what takes longer is open at the end of any scenario."""


@frozen
class Pace:
    """How long pull requests take, and how many of them never merge."""

    median_hours: tuple[float, float]
    """Median of the cycle time at the beginning and at the end of the scenario."""
    spread: float = 1.15
    """Of the logarithm of cycle times: at 1.15, one in twenty takes nearly seven times the median."""
    left_open: float = 0.03
    """Which part is abandoned and stays open."""
    unmerged: float = 0.09
    """Which part is closed without merging."""


@frozen(eq=False)
class Opening:
    """One pull request as it is opened."""

    author: Author | None
    association: str
    zone: ZoneInfo
    repository: Repository
    created_at: datetime
    wording: Wording
    pace: Pace
    working_time: WorkingTime
    """Of whoever merges or closes it."""
    rng: Random
    """What the rest is drawn from: where several openings share one, in the order of their instants."""


@frozen(eq=False)
class Historian:
    """Writes the history of what was opened."""

    rng: Random
    working_time: WorkingTime
    """Of the whole organisation."""
    repositories: tuple[Repository, ...]

    def write(self, openings: Iterable[Opening]) -> tuple[PullRequest, ...]:
        """Return one pull request for each opening, ordered by repository and number."""
        in_order = sorted(openings, key=lambda opening: (opening.created_at, opening.repository.id))
        numbers = {repository.id: self.rng.randrange(40, 2500) for repository in self.repositories}
        github_id = 2_200_000_000 + self.rng.randrange(10**8)
        pull_requests = []
        for opening in in_order:
            # Issues take numbers too, so those of pull requests have gaps.
            numbers[opening.repository.id] += 1 + min(int(self.rng.expovariate(0.9)), 12)
            github_id += self.rng.randrange(1, 200_000)
            opened = self._opened(opening, numbers[opening.repository.id], github_id)
            pull_requests.append(self._with_outcome(opening, opened))
        return tuple(sorted(pull_requests, key=lambda pull_request: pull_request.key))

    def _opened(self, opening: Opening, number: int, github_id: int) -> PullRequest:
        default = opening.repository.default_branch
        return PullRequest(
            repository_id=opening.repository.id,
            number=number,
            author=opening.author,
            state=PullRequestState.OPEN,
            created_at=opening.created_at,
            updated_at=opening.created_at,
            observed_at=self.working_time.ends_at,
            github_id=github_id,
            title=opening.wording.title,
            author_association=opening.association,
            base_branch="release/2026.1" if opening.rng.random() < 0.03 else default,
            head_branch=opening.wording.head_branch,
            labels=opening.wording.labels,
        )

    def _with_outcome(self, opening: Opening, opened: PullRequest) -> PullRequest:
        fate = opening.rng.random()
        ended_at = self._ended_at(opening)
        if fate < opening.pace.left_open or ended_at >= self.working_time.ends_at:
            touched_at = opening.created_at + timedelta(hours=opening.rng.lognormvariate(2.5, 1.5))
            return evolve(opened, is_draft=opening.rng.random() < 0.3, updated_at=self._before_the_end(touched_at))
        updated_at = self._before_the_end(ended_at + _afterwards(opening.rng))
        if fate < opening.pace.left_open + opening.pace.unmerged:
            is_draft = opening.rng.random() < 0.2
            closed = PullRequestState.CLOSED
            return evolve(opened, state=closed, is_draft=is_draft, closed_at=ended_at, updated_at=updated_at)
        return evolve(
            opened,
            state=PullRequestState.MERGED,
            merged_at=ended_at,
            closed_at=ended_at,
            updated_at=updated_at,
            merge_commit=f"{opening.rng.getrandbits(160):040x}",
        )

    def _ended_at(self, opening: Opening) -> datetime:
        """Return when it would be merged or closed: log-normal working through, then the next working hour."""
        begins_at, ends_at = self.working_time.begins_at, self.working_time.ends_at
        elapsed = (opening.created_at - begins_at) / (ends_at - begins_at)
        before, after = opening.pace.median_hours
        median = before + (after - before) * elapsed
        hours = min(opening.rng.lognormvariate(math.log(median), opening.pace.spread), _MOST_HOURS)
        ended_at = opening.created_at + max(_SHORTEST, timedelta(seconds=round(hours * 3600)))
        return opening.working_time.next_instant(opening.rng, ended_at, opening.zone)

    def _before_the_end(self, instant: datetime) -> datetime:
        return min(instant.replace(microsecond=0), self.working_time.ends_at - timedelta(seconds=1))


def _afterwards(rng: Random) -> timedelta:
    """Return for how long something still changes: a branch deleted at once, a comment, a late link."""
    kind = rng.random()
    if kind < 0.7:
        return timedelta(seconds=rng.randrange(8))
    return timedelta(seconds=int(rng.expovariate(1 / (86_400 if kind < 0.95 else 20 * 86_400))))
