"""How many requests one credential may send, and when: GitHub's limits as arithmetic over instants.

GitHub counts a fixed hour that begins with the first request after the last one ended, and tells in its answers what is
left and when it ends. Beside it there are the secondary limits: 900 points a minute (a GET is one) and 100 requests at
a time (docs.github.com, "Rate limits for the REST API"). Requests are reserved in leases: some together, to be sent one
after the other and soon.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from attrs import evolve, field, frozen
from attrs.validators import ge, instance_of

from github_tracker.domain.instants import to_utc_or_none

USABLE_FOR: Final = timedelta(seconds=15)
"""How long after a lease begins a request of it may still be sent."""

HELD_FOR: Final = timedelta(seconds=60)
"""How long after it begins a lease counts as one request under way; what nobody settled by then is over."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_RESET_MARGIN: Final = timedelta(seconds=2)
"""GitHub names whole seconds, and the limit falls somewhere within the second named; clocks differ a little as well."""

_SAME_HOUR: Final = timedelta(seconds=5)
"""Answers of one hour may name ends that differ by a second."""

_SHORT_PAUSE: Final = timedelta(seconds=5)
"""When to ask again where it depends on others' leases: most are settled long before they are over."""


@frozen
class RateLimits:
    """What a credential may send."""

    per_hour: int = field(default=5000, validator=[instance_of(int), ge(1)])
    """GitHub's primary limit."""
    per_minute: int = field(default=900, validator=[instance_of(int), ge(2)])
    """GitHub's limit of points in any minute."""
    concurrent: int = field(default=100, validator=[instance_of(int), ge(1)])
    """GitHub's limit of requests under way."""
    reserve: int = field(default=100, validator=[instance_of(int), ge(0)])
    """Of the hour, left to whoever else uses the credential."""

    @property
    def of_an_hour(self) -> int:
        """What is given out in an hour."""
        return max(self.per_hour - self.reserve, 0)

    @property
    def burst(self) -> int:
        """How many requests may begin at once after a rest; no lease is larger."""
        return max(self.per_minute // 20, 1)

    @property
    def interval(self) -> timedelta:
        """The time from one request to the next in the long run.

        A minute sees at most what was given out in that minute and in the USABLE_FOR before it, so over both together
        no more than the minute's limit is given out: burst + (60 s + 15 s) / interval <= per_minute.

        >>> RateLimits(per_minute=900).interval
        datetime.timedelta(microseconds=87720)
        """
        exact = (_MINUTE + USABLE_FOR) / (self.per_minute - self.burst)
        # Rounded up: a microsecond lost 900 times a minute would be one request too many some day.
        return exact + timedelta(microseconds=1)


@frozen
class Ask:
    """What somebody wants to send."""

    requests: int = field(validator=[instance_of(int), ge(1)])
    """Fewer may be granted."""
    patience: timedelta | None = None
    """How long they would wait for the first one; None: as long as it takes."""


@frozen
class Grant:
    """Leave to send some requests, one at a time. Times count from the moment of asking, by whatever clock."""

    requests: int
    wait: timedelta
    """How long to rest before the first one."""

    @property
    def usable_for(self) -> timedelta:
        """Until when a request may begin, counted from the moment of asking."""
        return self.wait + USABLE_FOR


class Obstacle(StrEnum):
    """What stands against sending now."""

    HOUR = "the hour's requests are given out"
    PACE = "the minute's requests are given out"
    CROWD = "too many requests are under way"
    REFUSED = "GitHub asked all to rest"


@frozen
class Pause:
    """Nothing was granted; asking again pays after this long."""

    obstacle: Obstacle
    wait: timedelta


@frozen
class Usage:
    """What became of a lease."""

    sent: int
    """Requests sent, more than were granted if some had to be repeated."""
    charged: int
    """Of them, those that count towards the hour: not the ones that were answered 304."""
    left: int | None = None
    """The least that GitHub told to be left of the hour."""
    resets_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """The end of that hour, as GitHub told it."""
    rest: timedelta | None = None
    """For how long GitHub asked for no more requests at all."""


@frozen
class Held:
    """Leases that are neither settled nor over."""

    leases: int = 0
    requests: int = 0


@frozen
class Moment:
    """What an account is judged by."""

    now: datetime
    limits: RateLimits
    held: Held
    """What others have in hand now."""


@frozen
class Account:
    """How a credential stands; its hour is the one that ends at `resets_at`."""

    left: int = 0
    """What can still be given out in this hour; below 0 after more was sent than granted."""
    resets_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """None: nothing was ever given out."""
    told_left: int | None = None
    """The least that GitHub told to be left of it; None: nothing yet, and its end is the latest that it can be."""
    paced_until: datetime | None = field(default=None, converter=to_utc_or_none)
    """When all that was given out will have begun at one request an interval."""
    rests_until: datetime | None = field(default=None, converter=to_utc_or_none)

    def reserve(self, ask: Ask, at: Moment) -> tuple["Account", Grant | Pause]:
        """Return the account afterwards, and what is granted.

        What is granted for later stands in line: nobody who asks afterwards comes before it.
        """
        account = self._in_its_hour(at)
        if (pause := account._pause(at)) is not None:
            return account, pause
        limits = at.limits
        count = min(ask.requests, account._available(at), limits.burst)
        paced_until = max(account.paced_until or at.now, at.now) + count * limits.interval
        wait = max(paced_until - limits.burst * limits.interval - at.now, timedelta(0))
        if ask.patience is not None and wait > ask.patience:
            return account, Pause(Obstacle.PACE, wait)
        return evolve(account, left=account.left - count, paced_until=paced_until), Grant(count, wait)

    def settle(self, grant: Grant, usage: Usage, is_over: bool, at: Moment) -> "Account":
        """Return the account after a lease; of one that is over without having been settled nothing comes back."""
        account = self._in_its_hour(at)
        back = grant.requests - usage.charged
        left = min(account.left + (min(back, 0) if is_over else back), at.limits.of_an_hour)
        paced_until, rests_until = account.paced_until, account.rests_until
        repeated = max(usage.sent - grant.requests, 0)
        if repeated:
            paced_until = max(paced_until or at.now, at.now) + repeated * at.limits.interval
        if usage.rest is not None:
            rests_until = max(rests_until or at.now, at.now + usage.rest)
        return evolve(account, left=left, paced_until=paced_until, rests_until=rests_until)._told(usage, at)

    def _in_its_hour(self, at: Moment) -> "Account":
        """Return the account with a new hour if its own is over.

        GitHub's hour begins with its first request, of which nobody has told yet: till then the end is taken to be as
        late as it can be.
        """
        if self.resets_at is not None and at.now < self.resets_at + _RESET_MARGIN:
            return self
        return self._new_hour(at.now + _HOUR + USABLE_FOR, at)

    def _new_hour(self, resets_at: datetime, at: Moment) -> "Account":
        """What is in hand may be sent in the new hour, so it counts there."""
        return evolve(self, left=at.limits.of_an_hour - at.held.requests, resets_at=resets_at, told_left=None)

    def _available(self, at: Moment) -> int:
        """Return what can be given out now: by our own count, and by GitHub's.

        Ours does not know what others send with the credential. GitHub's does not know what is in hand and not sent
        yet, or is by now; so all of that is taken off.
        """
        if self.told_left is None:
            return self.left
        return min(self.left, self.told_left - at.limits.reserve - at.held.requests)

    def _pause(self, at: Moment) -> Pause | None:
        if self.rests_until is not None and at.now < self.rests_until:
            return Pause(Obstacle.REFUSED, self.rests_until - at.now)
        if self._available(at) < 1 and self.resets_at is not None:
            till_reset = self.resets_at + _RESET_MARGIN - at.now
            # What is in hand may come back in part, and GitHub's count becomes exact when it is settled.
            return Pause(Obstacle.HOUR, min(till_reset, _SHORT_PAUSE) if at.held.requests else till_reset)
        return Pause(Obstacle.CROWD, _SHORT_PAUSE) if at.held.leases >= at.limits.concurrent else None

    def _told(self, usage: Usage, at: Moment) -> "Account":
        """Return the account after what GitHub told.

        Answers overtake each other, so of one hour the least counts, and of an hour that is over nothing does.
        """
        end, left = usage.resets_at, usage.left
        if end is None or left is None or end <= at.now or self.resets_at is None:
            return self
        if self.told_left is None:
            return evolve(self, resets_at=end, told_left=left)
        if end > self.resets_at + _SAME_HOUR:
            return evolve(self._new_hour(end, at), told_left=left)
        if end < self.resets_at - _SAME_HOUR:
            return self
        return evolve(self, resets_at=max(end, self.resets_at), told_left=min(left, self.told_left))


def credential_of_token(token: str) -> str:
    """Return the name under which a token's requests are counted, from which nobody finds the token.

    A token is some hundred random bits, so nobody can try them all; no slow hash is due.
    """
    digest = sha256(b"github-tracker request budget\0" + token.encode()).hexdigest()
    return f"token:{digest[:32]}"


def credential_of_installation(installation_id: int) -> str:
    """Return the name under which the requests of a GitHub App's installation are counted, whatever token it has."""
    return f"installation:{installation_id}"
