"""Pull requests as the people of a plan open them.

Everybody draws from a stream of their own, so that a changed habit, a new colleague or a move changes what one person
does and nothing else: two runs of a what-if differ in what was asked and in no accident.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from attrs import field, frozen

from github_tracker.application.simulation.areas import AREAS, Area
from github_tracker.application.simulation.daily_hours import FixedHours
from github_tracker.application.simulation.history import Opening
from github_tracker.application.simulation.plan import OrganisationPlan, PlannedBot, PlannedPerson
from github_tracker.application.simulation.wording import word_for_dependabot, word_for_person
from github_tracker.application.simulation.workforce import team_worked_for
from github_tracker.application.simulation.working_time import WorkingTime, days_between
from github_tracker.domain.instants import time_zone
from github_tracker.domain.pull_request import Repository

_WORKING_DAYS: Final = 5
_DAYS: Final = 7
_LEAST_CHANCES: Final = 16


@frozen(eq=False)
class PlanReader:
    """Lets everybody of a plan open what they open."""

    plan: OrganisationPlan
    seed: int
    _places: dict[str, tuple[Repository, ...]] = field(init=False)
    """Where each team works."""
    _areas: dict[str, Area] = field(init=False)
    """What each team's titles speak of."""

    def __attrs_post_init__(self) -> None:
        teams = [team.name for team in self.plan.roster.teams]
        areas = {team: AREAS[place % len(AREAS)] for place, team in enumerate(teams)}
        places = {team: self._named(names) for team, names in self.plan.owned}
        object.__setattr__(self, "_areas", areas)
        object.__setattr__(self, "_places", places)

    def openings(self) -> Iterator[Opening]:
        """Yield what people and bots open, in no order."""
        for person in self.plan.people:
            yield from self._by_person(person)
        for bot in self.plan.bots:
            yield from self._by_bot(bot)

    def _by_person(self, person: PlannedPerson) -> Iterator[Opening]:
        rng = self._stream(person.author.login)
        time = self._working_time(person)
        for day in days_between(self.plan.first_day, self.plan.last_day):
            # Drawn on days off as well: an absence takes away what falls into it and moves nothing else.
            for _ in range(_count(rng, person.pull_requests_a_week / _WORKING_DAYS)):
                own = Random(rng.getrandbits(64))
                created_at = time.instant_on(own, person.zone, day)
                is_inside = time.begins_at <= created_at < time.ends_at
                if is_inside and not time.is_day_off(day) and _works_at(person, created_at, day):
                    yield self._opening(person, created_at, own, time)

    def _opening(self, person: PlannedPerson, created_at: datetime, rng: Random, time: WorkingTime) -> Opening:
        team = team_worked_for(rng, person.memberships, created_at)
        area = rng.choice(AREAS) if team is None else self._areas[team]
        return Opening(
            author=person.author,
            association="MEMBER" if person.memberships else "CONTRIBUTOR",
            zone=person.zone,
            repository=rng.choice(self._places.get(team or "") or self.plan.repositories),
            created_at=created_at,
            wording=word_for_person(rng, area, person.author.login),
            pace=person.pace,
            working_time=time,
            rng=rng,
        )

    def _by_bot(self, bot: PlannedBot) -> Iterator[Opening]:
        rng = self._stream(bot.author.login)
        people = self._working_hours(FixedHours(), frozenset())
        repositories = self._named(bot.repositories) or self.plan.repositories
        for day in days_between(self.plan.first_day, self.plan.last_day):
            for _ in range(_count(rng, bot.pull_requests_a_week / _DAYS)):
                own = Random(rng.getrandbits(64))
                created_at = people.begins_at + (day - self.plan.first_day)
                yield Opening(
                    author=bot.author,
                    association="CONTRIBUTOR",
                    zone=time_zone("UTC"),
                    repository=own.choice(repositories),
                    created_at=created_at + timedelta(seconds=own.randrange(86_400)),
                    wording=word_for_dependabot(own),
                    pace=bot.pace,
                    working_time=people,
                    rng=own,
                )

    def _working_time(self, person: PlannedPerson) -> WorkingTime:
        absent = {
            day
            for absence in person.absences
            for day in days_between(
                max(absence.first_day, self.plan.first_day), min(absence.last_day, self.plan.last_day)
            )
        }
        return self._working_hours(person.hours, frozenset(absent))

    def _working_hours(self, hours: FixedHours, absent: frozenset[date]) -> WorkingTime:
        plan = self.plan
        return WorkingTime(plan.first_day, plan.last_day, plan.holidays | absent, hours, liveliness=0.0)

    def _named(self, names: tuple[str, ...]) -> tuple[Repository, ...]:
        wanted = {name.lower() for name in names}
        return tuple(one for one in self.plan.repositories if one.full_name.lower() in wanted)

    def _stream(self, login: str) -> Random:
        # Seeding with text hashes it with SHA-512, the same everywhere; hash() would differ by process.
        return Random(f"{self.seed}/{login.lower()}")


def _works_at(person: PlannedPerson, instant: datetime, day: date) -> bool:
    if person.first_day is not None or person.last_day is not None:
        return (person.first_day or date.min) <= day <= (person.last_day or date.max)
    return not person.memberships or any(held.holds_at(instant) for held in person.memberships)


def _count(rng: Random, expected: float) -> int:
    """Return a count of nearly Poisson's distribution: many chances, each of them small.

    Only comparisons and divisions, which are the same on every processor.
    """
    chances = max(_LEAST_CHANCES, int(expected * 4) + 1)
    return sum(rng.random() < expected / chances for _ in range(chances))
