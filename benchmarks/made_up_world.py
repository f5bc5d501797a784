"""Repositories, people and pull requests that a seed makes up: what the stand-in for GitHub serves and who is in teams.

Everything follows from the seed and a number, so that any one pull request is the same in every process and order.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

from attrs import field, frozen

FIRST_ID = 700_000_000
PEOPLE = 400
TEAMS = 30

_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_PERIOD = timedelta(days=900)
_TEXT = (
    "account action archive audit backup batch branch build cache cart channel chart client cluster colour column "
    "command compiler container context cursor dashboard database decoder deploy digest driver editor endpoint engine "
    "error event export feature filter folder format gateway graph handler header history import index invoice job "
    "journal key label language layer ledger library limit link list lock log login mail map memory menu message "
    "metric model module monitor network node notice number order package page parser password patch path payment "
    "plan policy pool port price probe process profile project proxy query queue rate record region release report "
    "request retry role route rule runner schedule schema search secret server service session setting shard signal "
    "socket source stage state storage stream style subscription switch table task template test theme thread ticket "
    "timeout timer token tool topic trace transaction transfer tree trigger update upload user value vector version "
    "view volume warning webhook widget window worker workflow"
)
_WORDS = _TEXT.split()
_LABELS = ("bug", "enhancement", "documentation", "dependencies", "security", "performance", "breaking change", "ci")
_VERBS = ("Add", "Fix", "Remove", "Rename", "Speed up", "Test", "Document", "Simplify", "Refuse", "Allow")


@frozen
class Account:
    """Who opened a pull request."""

    login: str
    id: int
    type: str = "User"


@frozen
class Drawn:
    """One pull request, as far as it differs from others."""

    number: int
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    merged_at: datetime | None
    author: Account | None
    """None: GitHub no longer names the author."""
    is_outsider: bool
    """Works on a fork."""
    is_draft: bool
    branch: str
    labels: tuple[str, ...]
    others: tuple[Account, ...]
    """Who is assigned, then who is to review."""


@frozen
class World:
    """So many repositories with so many pull requests each, and the people of the organisation."""

    repositories: int
    pull_requests: int
    """Of each repository."""
    seed: int = 1
    people: tuple[Account, ...] = field(
        factory=lambda: tuple(Account(f"person-{number:03}", 10_000_000 + number) for number in range(PEOPLE))
    )

    @property
    def total(self) -> int:
        """How many pull requests there are in all."""
        return self.repositories * self.pull_requests

    @property
    def names(self) -> tuple[str, ...]:
        """The full names of all repositories; their ids count up from FIRST_ID in the same order."""
        return tuple(f"example-organisation/{self._words[place]}-{place:03}" for place in range(self.repositories))

    def draw(self, repository: int, number: int) -> Drawn:
        """Return a pull request by its repository's place and its own number, from 1; later numbers opened later."""
        random = Random(f"{self.seed}/{repository}/{number}")
        step = _PERIOD / self.pull_requests
        created_at = _whole_second(_BEGIN + step * (number - 1 + random.random()))
        closed_at = None if random.random() < 0.1 else created_at + _lasting(random)
        is_merged = closed_at is not None and random.random() < 0.87
        kind = random.random()
        topic = f"{random.choice(_WORDS)} {random.choice(_WORDS)}"
        return Drawn(
            number=number,
            title=f"{random.choice(_VERBS)} the {topic}{' naïvely' if random.random() < 0.03 else ''}",
            # People write such signs, and Python keeps a whole text in the width of its widest one.
            body=" ".join(random.choices(_WORDS, k=random.randint(20, 320))) + " \N{PARTY POPPER}" * (kind > 0.95),
            created_at=created_at,
            updated_at=(closed_at or created_at) + timedelta(seconds=random.randint(0, 86_400)),
            closed_at=closed_at,
            merged_at=closed_at if is_merged else None,
            author=_author(random, kind, self.people),
            is_outsider=kind < 0.09,
            is_draft=closed_at is None and random.random() < 0.2,
            branch=f"{topic.replace(' ', '-')}-{number}",
            labels=tuple(random.sample(_LABELS, random.choice((0, 1, 1, 2, 3)))),
            others=tuple(random.sample(self.people, random.choice((1, 2, 2, 3)))),
        )

    def roster_document(self) -> dict[str, object]:
        """Return a roster of all people in the form of TEAM_CONFIG_FILE: 600 memberships in 30 teams.

        Of every four people one works in two teams at a time, and one has changed teams in the middle.
        """
        members: dict[int, list[dict[str, object]]] = {team: [] for team in range(TEAMS)}
        for place, person in enumerate(self.people):
            for offset, entry in _memberships(place):
                members[(place + offset) % TEAMS].append({"username": person.login, "github_id": person.id, **entry})
        return {"teams": [{"name": f"Team {team:02}", "members": own} for team, own in members.items()]}

    @cached_property
    def _words(self) -> list[str]:
        random = Random(self.seed)
        return [random.choice(_WORDS) for _ in range(self.repositories)]


def _author(random: Random, kind: float, people: tuple[Account, ...]) -> Account | None:
    """Of a hundred, nine are outsiders, five bots, and half a one is not named any more."""
    if kind < 0.09:
        outsider = random.randrange(2000)
        return Account(f"outsider-{outsider}", 20_000_000 + outsider)
    if kind < 0.14:
        return Account("dependabot[bot]", 49_699_333, "Bot")
    if kind < 0.145:
        return None
    return random.choice(people)


def _memberships(place: int) -> Iterator[tuple[int, dict[str, object]]]:
    middle = (_BEGIN + _PERIOD / 2).isoformat()
    if place % 4 == 0:
        yield 0, {"allocation_weight": 0.6}
        yield 7, {"allocation_weight": 0.4}
    elif place % 4 == 1:
        yield 0, {"left_at": middle}
        yield 11, {"joined_at": middle}
    else:
        yield 0, {"allocation_weight": 1}


def _lasting(random: Random) -> timedelta:
    """Return how long a pull request stays open: most some hours, few some weeks."""
    return timedelta(seconds=min(int(random.lognormvariate(10.5, 1.4)), 5_000_000) + 60)


def _whole_second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
