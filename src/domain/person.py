"""One person's allocation over time: a timeline of windows in which nothing changes."""

from bisect import bisect_left, bisect_right
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from github_tracker.domain.credit import Credit, Rest, RestReason, Share
from github_tracker.domain.membership import Membership

__all__ = ["Person", "RestReason", "Segment"]


@frozen
class Segment:
    """A stretch [starts_at, ends_at) of a person's time in which the same memberships hold."""

    starts_at: datetime | None
    """None: since ever."""
    ends_at: datetime | None
    """None: for ever."""
    memberships: tuple[Membership, ...]
    """Those that hold, ordered by team name."""
    rest_reason: RestReason
    """What a rest, if one is left, would be called here."""

    allocated: Decimal = field(init=False, eq=False)
    """The sum of the weights; above 1 only where over-allocation is allowed."""
    rest: Decimal = field(init=False, eq=False)
    """What no team earns: max(0, 1 - allocated)."""
    credit: Credit = field(init=False, eq=False, repr=False)
    """What becomes of a pull request that one instant in here decides."""

    def __attrs_post_init__(self) -> None:
        # Once for each segment, not for each pull request that falls into it.
        allocated = sum((membership.weight for membership in self.memberships), Decimal(0))
        object.__setattr__(self, "allocated", allocated)
        object.__setattr__(self, "rest", max(Decimal(0), 1 - allocated))
        object.__setattr__(self, "credit", self._credit())

    def lasts_until(self, instant: datetime) -> bool:
        """Whether the same memberships hold from an instant in here up to that later one, which does not count."""
        return self.ends_at is None or instant <= self.ends_at

    def _credit(self) -> Credit:
        """One instant needs no average and no rounding, for the roster's weights are whole units already."""
        shares = tuple(Share(held.team, held.weight) for held in self.memberships if held.weight)
        return Credit(shares, (Rest(self.rest_reason, self.rest),) if self.rest else ())


@frozen(eq=False)
class Person:
    """Everyone who answers to one set of logins, with all their memberships."""

    login_keys: frozenset[str]
    github_id: int | None
    memberships: tuple[Membership, ...]
    """Ordered by team name, then joined_at."""
    _changes: tuple[datetime, ...] = field(init=False, repr=False)
    _segments: tuple[Segment, ...] = field(init=False, repr=False, default=())
    """Empty until they are asked for: a run in which nothing has changed attributes nothing."""

    def __attrs_post_init__(self) -> None:
        edges = {edge for held in self.memberships for edge in (held.joined_at, held.left_at) if edge is not None}
        object.__setattr__(self, "_changes", tuple(sorted(edges)))

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The whole of time in order, without gap or overlap."""
        return self._segments or self._divide()

    def segment_at(self, instant: datetime) -> Segment:
        """Return the segment that holds the instant; the cost is logarithmic in this person's windows."""
        return (self._segments or self._divide())[bisect_right(self._changes, instant)]

    def segments_between(self, starts_at: datetime, ends_at: datetime) -> tuple[Segment, ...]:
        """Return in order the segments that have a part in [starts_at, ends_at), which holds an instant at least."""
        return self.segments[bisect_right(self._changes, starts_at) : bisect_left(self._changes, ends_at) + 1]

    def _divide(self) -> tuple[Segment, ...]:
        bounds = (None, *self._changes, None)
        segments = tuple(self._segment(bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1))
        object.__setattr__(self, "_segments", segments)
        return segments

    def _segment(self, starts_at: datetime | None, ends_at: datetime | None) -> Segment:
        held = tuple(entry for entry in self.memberships if _covers(entry, starts_at, ends_at))
        return Segment(starts_at, ends_at, held, self._rest_reason(held, starts_at))

    def _rest_reason(self, held: tuple[Membership, ...], starts_at: datetime | None) -> RestReason:
        if any(entry.weight for entry in held):
            return RestReason.PART_TIME
        if held:
            return RestReason.ZERO_WEIGHT
        has_left = any(
            entry.left_at is not None and starts_at is not None and entry.left_at <= starts_at
            for entry in self.memberships
        )
        return RestReason.LEFT_BEFORE if has_left else RestReason.JOINED_LATER


def _covers(entry: Membership, starts_at: datetime | None, ends_at: datetime | None) -> bool:
    """Whether the window holds the whole segment; segments end at every window's edge, so never a part only."""
    begins = entry.joined_at is None or (starts_at is not None and entry.joined_at <= starts_at)
    lasts = entry.left_at is None or (ends_at is not None and ends_at <= entry.left_at)
    return begins and lasts
