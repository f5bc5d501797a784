"""The people of a simulated organisation, the roster that says where they belong, and those who stand on none."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from github_tracker.application.simulation.areas import area_of_team, team_key, team_name
from github_tracker.application.simulation.names import NameRegister
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.application.simulation.working_time import days_between
from github_tracker.domain.instants import start_of_day, time_zone
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster

ZONE_NAMES = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Warsaw",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
)
"""Where people sit; each team has its home in one of them."""

_SPILL = timedelta(days=6)
"""How long before joining and after leaving somebody is now and then seen: the roster is not the whole of life."""


class Story(StrEnum):
    """What happens to one person over the simulated time."""

    STAYS = "stays"
    MANAGES = "manages"
    """Belongs with weight 0 and opens a pull request now and then."""
    PART_TIME = "part_time"
    JOINS = "joins"
    LEAVES = "leaves"
    VISITS = "visits"
    """Joins and leaves."""
    RENAMED = "renamed"
    """Changes the login; the roster has the new one, and the old one as an alias."""
    OTHER_CASE = "other_case"
    """Spelled on the roster in another letter case than GitHub spells it."""
    MOVES = "moves"
    HALVES = "halves"
    SIXTY_FORTY = "sixty_forty"


_IN_ONE_TEAM = (
    Story.STAYS, Story.MANAGES, Story.JOINS, Story.STAYS, Story.PART_TIME, Story.LEAVES, Story.RENAMED,
    Story.STAYS, Story.OTHER_CASE, Story.STAYS, Story.JOINS, Story.STAYS, Story.VISITS, Story.STAYS,
    Story.PART_TIME, Story.STAYS, Story.LEAVES, Story.STAYS, Story.OTHER_CASE, Story.STAYS, Story.STAYS,
)  # fmt: skip
_IN_TWO_TEAMS = (Story.MOVES, Story.HALVES, Story.SIXTY_FORTY)


@frozen(eq=False)
class Contributor:
    """Somebody who opens pull requests: where, when, how many and as whom."""

    author: Author
    zone: ZoneInfo
    activity: float
    """How many pull requests a day of presence brings, relative to others."""
    association: str
    days: Sequence[date]
    """The days of presence, weekends among them."""
    memberships: tuple[Membership, ...] = ()
    former_login: str | None = None
    renamed_on: date | None = None

    @property
    def expected(self) -> float:
        """How many pull requests come from here over the whole time, relative to others."""
        return self.activity * len(self.days)

    def author_on(self, day: date) -> Author:
        """Return the author as GitHub named the account that day."""
        if self.former_login is None or self.renamed_on is None or day >= self.renamed_on:
            return self.author
        return evolve(self.author, login=self.former_login)


@frozen(eq=False)
class Workforce:
    """Everybody who opens pull requests."""

    roster: Roster
    staff: tuple[Contributor, ...]
    outsiders: tuple[Contributor, ...]
    """People on no roster."""


@frozen(eq=False)
class Recruiter:
    """Draws the people of a scenario, one after the other."""

    rng: Random
    scenario: Scenario
    names: NameRegister
    _account_ids: set[int] = field(factory=set, init=False)

    def recruit(self) -> Workforce:
        """Return everybody; each team lists exactly as many people as the scenario says."""
        places = staff_places(self.scenario)
        staff = tuple(self._employee(place, story, teams) for place, (story, teams) in enumerate(places))
        outsiders = tuple(self._outsider() for _ in range(max(3, len(staff) // 5)))
        team_places = range(self.scenario.teams)
        teams = tuple(Team(team_name(team), area_of_team(team).description, team_key(team)) for team in team_places)
        memberships = tuple(held for employee in staff for held in employee.memberships)
        return Workforce(Roster(teams, memberships), staff, outsiders)

    def _employee(self, place: int, story: Story, teams: tuple[int, ...]) -> Contributor:
        login = self.names.camel_case_login() if story is Story.OTHER_CASE else self.names.login()
        changes = self._days_of_change()
        former = self.names.login() if story is Story.RENAMED else None
        author = Author(login, self._account_id(), "User")
        # A roster keeper knows some numeric ids; a renamed person's is left out, so that the alias has to decide.
        entry = Membership(
            team_name(teams[0]),
            login.lower() if story is Story.OTHER_CASE else login,
            aliases=() if former is None else (former,),
            github_id=author.id if place % 3 == 0 and former is None else None,
        )
        memberships = _memberships(entry, story, tuple(map(team_name, teams)), changes)
        zone_name = ZONE_NAMES[teams[0] % len(ZONE_NAMES)] if self.rng.random() < 0.7 else self.rng.choice(ZONE_NAMES)
        return Contributor(
            author=author,
            zone=time_zone(zone_name),
            activity=self.rng.lognormvariate(0, 0.45) * (0.2 if story is Story.MANAGES else 1),
            association="MEMBER",
            days=self._days_of_presence(memberships),
            memberships=memberships,
            former_login=former,
            renamed_on=changes[0] if former is not None else None,
        )

    def _outsider(self) -> Contributor:
        return Contributor(
            author=Author(self.names.login(), self._account_id(), "User"),
            zone=time_zone(self.rng.choice(ZONE_NAMES)),
            activity=self.rng.lognormvariate(0, 0.8),
            association=self.rng.choice(("CONTRIBUTOR", "CONTRIBUTOR", "NONE", "FIRST_TIME_CONTRIBUTOR")),
            days=days_between(self.scenario.first_day, self.scenario.last_day),
        )

    def _account_id(self) -> int:
        while True:
            # Accounts of all ages: early ones have short ids.
            account_id = int(10 ** self.rng.uniform(5.2, 8.3))
            if account_id not in self._account_ids:
                self._account_ids.add(account_id)
                return account_id

    def _days_of_change(self) -> tuple[date, date]:
        """Return an earlier and a later day on which something changes: Mondays and first days of months."""
        days = days_between(self.scenario.first_day, self.scenario.last_day)
        inner = days[len(days) // 5 : -(len(days) // 5)]
        candidates = [day for day in inner if day.weekday() == 0 or day.day == 1]
        half = len(candidates) // 2
        return self.rng.choice(candidates[:half]), self.rng.choice(candidates[half:])

    def _days_of_presence(self, memberships: tuple[Membership, ...]) -> Sequence[date]:
        joined = [held.joined_at for held in memberships]
        left = [held.left_at for held in memberships]
        first, last = self.scenario.first_day, self.scenario.last_day
        known_joined = [instant.date() for instant in joined if instant is not None]
        known_left = [instant.date() for instant in left if instant is not None]
        if known_joined and None not in joined:
            first = max(first, min(known_joined) - _SPILL)
        if known_left and None not in left:
            last = min(last, max(known_left) + _SPILL)
        away = self.rng.randrange((last - first).days + 1)
        leave = {first + timedelta(days=away + days) for days in range(self.rng.choice((5, 7, 10)))}
        return tuple(day for day in days_between(first, last) if day not in leave)


def staff_places(scenario: Scenario) -> tuple[tuple[Story, tuple[int, ...]], ...]:
    """Return everybody's story and teams; about every fifth place of a team is held by somebody of two teams.

    Together they fill each team's places exactly: those of two teams first, going round, the others where room is.
    """
    teams, room = scenario.teams, [scenario.members_per_team] * scenario.teams
    places: list[tuple[Story, tuple[int, ...]]] = []
    for turn in range(teams * scenario.members_per_team // 5 if teams > 1 else 0):
        # One further after every lap, so that with an even number of teams it is not always the same two.
        first = (2 * turn + 2 * turn // teams) % teams
        pair = (first, (first + 1) % teams)
        for team in pair:
            room[team] -= 1
        places.append((_IN_TWO_TEAMS[turn % len(_IN_TWO_TEAMS)], pair))
    single = [team for team in range(teams) for _ in range(room[team])]
    places.extend((_IN_ONE_TEAM[turn % len(_IN_ONE_TEAM)], (team,)) for turn, team in enumerate(single))
    return tuple(places)


def team_worked_for(rng: Random, memberships: Sequence[Membership], instant: datetime) -> str | None:
    """Return for which team somebody works at that instant, by the weights; None for whoever is in none at all.

    Who is in none only then works for the first one: before joining and after leaving, people are seen there.
    """
    if not memberships:
        return None
    chosen = [entry for entry in memberships if entry.holds_at(instant)] or memberships[:1]
    # A weight of 0 earns nothing, yet the work happens in that team.
    weights = [float(entry.weight) or 0.01 for entry in chosen]
    return rng.choices(chosen, weights)[0].team


def _memberships(
    entry: Membership, story: Story, teams: tuple[str, ...], changes: tuple[date, date]
) -> tuple[Membership, ...]:
    earlier, later = map(start_of_day, changes)
    match story:
        case Story.MANAGES:
            return (evolve(entry, weight=Decimal(0)),)
        case Story.PART_TIME:
            return (evolve(entry, weight=Decimal("0.8")),)
        case Story.JOINS:
            return (evolve(entry, joined_at=earlier),)
        case Story.LEAVES:
            return (evolve(entry, left_at=later),)
        case Story.VISITS:
            return (evolve(entry, joined_at=earlier, left_at=later),)
        case Story.MOVES:
            return (evolve(entry, left_at=later), evolve(entry, team=teams[1], joined_at=later))
        case Story.HALVES | Story.SIXTY_FORTY:
            weight = Decimal("0.5" if story is Story.HALVES else "0.6")
            return (evolve(entry, weight=weight), evolve(entry, team=teams[1], weight=1 - weight))
        case _:
            return (entry,)
