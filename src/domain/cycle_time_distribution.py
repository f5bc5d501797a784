"""How cycle times are distributed: merged pull requests counted in buckets of hours that widen as times do."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import Factory, define, frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.instants import month_of, time_zone
from github_tracker.domain.velocity import SECONDS_AN_HOUR, merged_by_people

BUCKET_EDGES: Final = (1, 2, 4, 8, 16, 24, 48, 96, 168, 336, 672)
"""In hours; a bucket is [edge, next edge), the first begins at 0 and the last has no end."""

BUCKET_EDGE_SECONDS: Final = tuple(edge * SECONDS_AN_HOUR for edge in BUCKET_EDGES)
BUCKETS: Final = len(BUCKET_EDGES) + 1


@frozen
class MonthDistribution:
    """The cycle times of what one team earned in one calendar month of merging, bots left out (R9, R10, R11)."""

    team: str | None
    """None: what no team earned."""
    month: date
    """The first day, in the reporting time zone."""
    prs: tuple[int, ...]
    """In each bucket, every pull request once."""
    weighted_prs: tuple[Decimal, ...]
    """In each bucket, every pull request by the weight of the share, or by all that was left of it."""
    prs_untimed: int
    """Those that have no cycle time, which are in no bucket."""


def bucket_of(seconds: int) -> int:
    """Return the number of the bucket that a cycle time falls into.

    >>> [bucket_of(seconds) for seconds in (0, 3599, 3600, 672 * 3600)]
    [0, 0, 1, 11]
    """
    return bisect_right(BUCKET_EDGE_SECONDS, seconds)


def monthly_distribution(attributions: Iterable[Attribution], zone_name: str) -> tuple[MonthDistribution, ...]:
    """Return every team's months in which something merged, by team and month; then those of what no team earned."""
    zone = time_zone(zone_name)
    cells: dict[tuple[str | None, date], BucketSums] = {}
    for merged_at, attribution in merged_by_people(attributions):
        seconds, month = attribution.pull_request.cycle_time_seconds, month_of(merged_at, zone)
        for share in attribution.shares:
            cells.setdefault((share.team, month), BucketSums()).add(seconds, share.weight)
        left = sum((rest.weight for rest in attribution.rest), Decimal(0))
        if left:
            cells.setdefault((None, month), BucketSums()).add(seconds, left)
    ordered = sorted(cells, key=lambda cell: (cell[0] is None, cell[0] or "", cell[1]))
    return tuple(cells[cell].distribution(*cell) for cell in ordered)


@define
class BucketSums:
    """What one month comes to, counted one by one or row by row."""

    prs: list[int] = Factory(lambda: [0] * BUCKETS)
    weights: list[Decimal] = Factory(lambda: [Decimal(0)] * BUCKETS)
    untimed: int = 0

    def add(self, seconds: int | None, weight: Decimal) -> None:
        """Count one pull request."""
        self.add_many(None if seconds is None else bucket_of(seconds), 1, weight)

    def add_many(self, bucket: int | None, prs: int, weight: Decimal) -> None:
        """Count pull requests of one bucket; None: those that have no cycle time."""
        if bucket is None:
            self.untimed += prs
        else:
            self.prs[bucket] += prs
            self.weights[bucket] += weight

    def distribution(self, team: str | None, month: date) -> MonthDistribution:
        """Return the figures."""
        return MonthDistribution(team, month, tuple(self.prs), tuple(self.weights), self.untimed)
