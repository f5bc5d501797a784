"""Pull requests of a simulated organisation: who opens them when, and what becomes of them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from github_tracker.application.simulation.areas import Area, area_of_team, team_name
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.application.simulation.wording import (
    Wording,
    word_for_dependabot,
    word_for_person,
    word_for_renovate,
)
from github_tracker.application.simulation.workforce import Contributor, Workforce
from github_tracker.application.simulation.working_time import WorkingTime, days_between
from github_tracker.domain.instants import start_of_day, time_zone
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository

# GitHub's own ids of these two apps' accounts.
DEPENDABOT = Author("dependabot[bot]", 49699333, "Bot")
RENOVATE = Author("renovate[bot]", 29139614, "Bot")

_BOTS_PERCENT, _OUTSIDERS_PERCENT, _GHOSTS_PERCENT = 9, 5, 1
_SPREAD = 1.15
"""Of the logarithm of cycle times: one in twenty takes nearly seven times the median."""
_SHORTEST = timedelta(minutes=2)


@frozen
class _Opening:
    """One pull request as it is opened."""

    author: Author | None
    association: str
    zone: ZoneInfo
    team: int
    repository: Repository
    created_at: datetime
    wording: Wording


@frozen(eq=False)
class Historian:
    """Writes the history of a workforce in its repositories."""

    rng: Random
    scenario: Scenario
    working_time: WorkingTime
    workforce: Workforce
    repositories: tuple[Repository, ...]
    _places: dict[str, int] = field(init=False)
    """Of the teams, by name."""
    _bot_days: Sequence[date] = field(init=False)
    """Mondays and Wednesdays."""

    def __attrs_post_init__(self) -> None:
        places = {team_name(team): team for team in range(self.scenario.teams)}
        object.__setattr__(self, "_places", places)
        days = days_between(self.scenario.first_day, self.scenario.last_day)
        object.__setattr__(self, "_bot_days", tuple(day for day in days if day.weekday() in (0, 2)))

    def write(self) -> tuple[PullRequest, ...]:
        """Return exactly as many pull requests as the scenario says, ordered by repository and number."""
        openings = sorted(self._openings(), key=lambda opening: (opening.created_at, opening.repository.id))
        numbers = {repository.id: self.rng.randrange(40, 2500) for repository in self.repositories}
        github_id = 2_200_000_000 + self.rng.randrange(10**8)
        pull_requests = []
        for opening in openings:
            # Issues take numbers too, so those of pull requests have gaps.
            numbers[opening.repository.id] += 1 + min(int(self.rng.expovariate(0.9)), 12)
            github_id += self.rng.randrange(1, 200_000)
            opened = self._opened(opening, numbers[opening.repository.id], github_id)
            pull_requests.append(self._with_outcome(opening, opened))
        return tuple(sorted(pull_requests, key=lambda pull_request: pull_request.key))

    def _openings(self) -> Iterator[_Opening]:
        total = self.scenario.pull_requests
        bots, outsiders, ghosts = (
            total * percent // 100 for percent in (_BOTS_PERCENT, _OUTSIDERS_PERCENT, _GHOSTS_PERCENT)
        )
        yield from (self._by_bot() for _ in range(bots))
        for contributor in _draw(self.rng, self.workforce.outsiders, outsiders):
            yield self._by_person(contributor)
        for contributor in _draw(self.rng, self.workforce.outsiders, ghosts):
            yield evolve(self._by_person(contributor), author=None, association="NONE")
        for contributor in _draw(self.rng, self.workforce.staff, total - bots - outsiders - ghosts):
            yield self._by_person(contributor)

    def _by_person(self, contributor: Contributor) -> _Opening:
        created_at = self.working_time.draw_instant(self.rng, contributor.zone, contributor.days)
        author = contributor.author_on(created_at.date())
        team = self._team_at(contributor, created_at)
        repository, area = self._repository(team)
        wording = word_for_person(self.rng, area, author.login)
        return _Opening(author, contributor.association, contributor.zone, team, repository, created_at, wording)

    def _by_bot(self) -> _Opening:
        # Updates are looked for before anybody is at work.
        seconds = self.rng.randrange(3 * 3600, 6 * 3600)
        created_at = start_of_day(self.rng.choice(self._bot_days)) + timedelta(seconds=seconds)
        team = self.rng.randrange(self.scenario.teams)
        repository, _ = self._repository(team)
        author, word = self.rng.choice(((DEPENDABOT, word_for_dependabot), (RENOVATE, word_for_renovate)))
        return _Opening(author, "CONTRIBUTOR", time_zone("UTC"), team, repository, created_at, word(self.rng))

    def _team_at(self, contributor: Contributor, instant: datetime) -> int:
        held = [entry for entry in contributor.memberships if entry.holds_at(instant)]
        if not held and not contributor.memberships:
            return self.rng.randrange(self.scenario.teams)
        chosen = held or contributor.memberships[:1]
        # A weight of 0 earns nothing, yet the work happens in that team.
        weights = [float(entry.weight) or 0.01 for entry in chosen]
        return self._places[self.rng.choices(chosen, weights)[0].team]

    def _repository(self, team: int) -> tuple[Repository, Area]:
        """Return mostly one of the team's own repositories, and the field of work it belongs to."""
        count = len(self.repositories)
        place = self.rng.randrange(count)
        if self.rng.random() < 0.8:
            place = self.rng.choice(range(team, count, self.scenario.teams) or [team % count])
        return self.repositories[place], area_of_team(place % self.scenario.teams)

    def _opened(self, opening: _Opening, number: int, github_id: int) -> PullRequest:
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
            base_branch="release/2026.1" if self.rng.random() < 0.03 else default,
            head_branch=opening.wording.head_branch,
            labels=opening.wording.labels,
        )

    def _with_outcome(self, opening: _Opening, opened: PullRequest) -> PullRequest:
        fate = self.rng.random()
        ended_at = self._ended_at(opening)
        if fate < 0.03 or ended_at >= self.working_time.ends_at:
            touched_at = opening.created_at + timedelta(hours=self.rng.lognormvariate(2.5, 1.5))
            return evolve(opened, is_draft=self.rng.random() < 0.3, updated_at=self._before_the_end(touched_at))
        updated_at = self._before_the_end(ended_at + self._afterwards())
        if fate < 0.12:
            is_draft = self.rng.random() < 0.2
            closed = PullRequestState.CLOSED
            return evolve(opened, state=closed, is_draft=is_draft, closed_at=ended_at, updated_at=updated_at)
        return evolve(
            opened,
            state=PullRequestState.MERGED,
            merged_at=ended_at,
            closed_at=ended_at,
            updated_at=updated_at,
            merge_commit=f"{self.rng.getrandbits(160):040x}",
        )

    def _ended_at(self, opening: _Opening) -> datetime:
        """Return when it would be merged or closed: log-normal working through, then the next working hour."""
        begins_at, ends_at = self.working_time.begins_at, self.working_time.ends_at
        elapsed = (opening.created_at - begins_at) / (ends_at - begins_at)
        before, after = area_of_team(opening.team).median_hours
        median = before + (after - before) * elapsed
        hours = self.rng.lognormvariate(math.log(median), _SPREAD)
        ended_at = opening.created_at + max(_SHORTEST, timedelta(seconds=round(hours * 3600)))
        return self.working_time.next_instant(self.rng, ended_at, opening.zone)

    def _afterwards(self) -> timedelta:
        """Return for how long something still changes: a branch deleted at once, a comment, a late link."""
        kind = self.rng.random()
        if kind < 0.7:
            return timedelta(seconds=self.rng.randrange(8))
        return timedelta(seconds=int(self.rng.expovariate(1 / (86_400 if kind < 0.95 else 20 * 86_400))))

    def _before_the_end(self, instant: datetime) -> datetime:
        return min(instant.replace(microsecond=0), self.working_time.ends_at - timedelta(seconds=1))


def _draw(rng: Random, contributors: Sequence[Contributor], count: int) -> Iterable[Contributor]:
    """Return that many, each as often as expected of them."""
    weights = list(accumulate(contributor.expected for contributor in contributors))
    return rng.choices(contributors, cum_weights=weights, k=count)
