"""How many requests somebody may make: a token bucket each, in this process's memory."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from attrs import define

MOST_BUCKETS: Final = 10_000
"""Of one table. Beyond it the one that was not asked for longest is forgotten, and with it what it had used up."""

_SECONDS_A_MINUTE: Final = 60.0


@define
class _Bucket:
    tokens: float
    filled_at: float


class RequestLimit:
    """Lets each holder make so many requests a minute, all of them at once if need be.

    Each process counts for itself: behind several processes or functions the limit is that many times as high.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic, most: int = MOST_BUCKETS) -> None:
        self._per_minute = per_minute
        self._per_second = per_minute / _SECONDS_A_MINUTE
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_of(self, holder: str) -> int:
        """Count one request; return 0 if it may be made, else after how many whole seconds the next one may."""
        with self._lock:
            bucket = self._bucket_of(holder, self._clock())
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0
            return max(1, math.ceil((1 - bucket.tokens) / self._per_second))

    def _bucket_of(self, holder: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(holder, _Bucket(float(self._per_minute), now))
        self._buckets.move_to_end(holder)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        gained = (now - bucket.filled_at) * self._per_second
        bucket.tokens, bucket.filled_at = min(float(self._per_minute), bucket.tokens + gained), now
        return bucket
