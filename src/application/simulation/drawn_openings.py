"""Pull requests as a drawn workforce opens them: as many as the scenario says, by staff, outsiders, ghosts and bots."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from attrs import evolve, field, frozen

from github_tracker.application.simulation.areas import Area, area_of_team, team_name
from github_tracker.application.simulation.history import Opening, Pace
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.application.simulation.wording import word_for_dependabot, word_for_person, word_for_renovate
from github_tracker.application.simulation.workforce import Contributor, Workforce, team_worked_for
from github_tracker.application.simulation.working_time import WorkingTime, days_between
from github_tracker.domain.instants import start_of_day, time_zone
from github_tracker.domain.pull_request import Author, Repository

# GitHub's own ids of these two apps' accounts.
DEPENDABOT = Author("dependabot[bot]", 49699333, "Bot")
RENOVATE = Author("renovate[bot]", 29139614, "Bot")

_BOTS_PERCENT, _OUTSIDERS_PERCENT, _GHOSTS_PERCENT = 9, 5, 1


@frozen(eq=False)
class OpeningDrawer:
    """Draws who of a workforce opens what in its repositories."""

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

    def draw(self) -> Iterator[Opening]:
        """Yield exactly as many as the scenario says, in no order."""
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

    def _by_person(self, contributor: Contributor) -> Opening:
        created_at = self.working_time.draw_instant(self.rng, contributor.zone, contributor.days)
        author = contributor.author_on(created_at.date())
        worked_for = team_worked_for(self.rng, contributor.memberships, created_at)
        team = self.rng.randrange(self.scenario.teams) if worked_for is None else self._places[worked_for]
        repository, area = self._repository(team)
        return Opening(
            author=author,
            association=contributor.association,
            zone=contributor.zone,
            repository=repository,
            created_at=created_at,
            wording=word_for_person(self.rng, area, author.login),
            pace=Pace(area_of_team(team).median_hours),
            working_time=self.working_time,
            rng=self.rng,
        )

    def _by_bot(self) -> Opening:
        # Updates are looked for before anybody is at work.
        seconds = self.rng.randrange(3 * 3600, 6 * 3600)
        created_at = start_of_day(self.rng.choice(self._bot_days)) + timedelta(seconds=seconds)
        team = self.rng.randrange(self.scenario.teams)
        repository, _ = self._repository(team)
        author, word = self.rng.choice(((DEPENDABOT, word_for_dependabot), (RENOVATE, word_for_renovate)))
        return Opening(
            author=author,
            association="CONTRIBUTOR",
            zone=time_zone("UTC"),
            repository=repository,
            created_at=created_at,
            wording=word(self.rng),
            pace=Pace(area_of_team(team).median_hours),
            working_time=self.working_time,
            rng=self.rng,
        )

    def _repository(self, team: int) -> tuple[Repository, Area]:
        """Return mostly one of the team's own repositories, and the field of work it belongs to."""
        count = len(self.repositories)
        place = self.rng.randrange(count)
        if self.rng.random() < 0.8:
            place = self.rng.choice(range(team, count, self.scenario.teams) or [team % count])
        return self.repositories[place], area_of_team(place % self.scenario.teams)


def _draw(rng: Random, contributors: Sequence[Contributor], count: int) -> Iterable[Contributor]:
    """Return that many, each as often as expected of them."""
    weights = list(accumulate(contributor.expected for contributor in contributors))
    return rng.choices(contributors, cum_weights=weights, k=count)
