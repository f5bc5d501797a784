"""What a simulated organisation is like, in the few numbers that make it."""

from datetime import date, timedelta

from attrs import Attribute, field, frozen

from github_tracker.domain.errors import InvalidValueError

SHORTEST = timedelta(days=28)
"""Anything shorter leaves no room for people to join, move and leave."""


def _check_count(_instance: object, attribute: "Attribute[int]", count: int) -> None:
    if count < 1:
        raise InvalidValueError(attribute.name, count, "a whole number of at least 1")


@frozen
class Scenario:
    """The seed and the size of an organisation; the defaults are the demo, whose figures documents quote."""

    seed: int = 20260105
    first_day: date = date(2026, 1, 5)
    last_day: date = date(2026, 6, 28)
    """The last day on which something happens; 28 days after the first at the earliest."""
    teams: int = field(default=5, validator=_check_count)
    members_per_team: int = field(default=7, validator=_check_count)
    """How many people each team lists over the whole time; who moves or splits stands in two teams' lists."""
    repositories: int = field(default=6, validator=_check_count)
    pull_requests: int = field(default=900, validator=_check_count)
    """Exactly so many, over all repositories."""

    def __attrs_post_init__(self) -> None:
        if self.last_day - self.first_day < SHORTEST:
            wanted = f"a day at least {SHORTEST.days} days after {self.first_day}"
            raise InvalidValueError("last_day", str(self.last_day), wanted)


PUBLISHED_SCALE = Scenario(teams=10, members_per_team=100, repositories=50, pull_requests=10_000)
"""The size that the published design promises to cope with."""
