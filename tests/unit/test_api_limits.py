"""Token buckets: so many at once, then one after the other; and a table that stays small."""

from hypothesis import given
from hypothesis import strategies as st

from github_tracker.entrypoints.api.limits import RequestLimit


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_whole_minute_may_be_used_at_once() -> None:
    """The next one has to wait for one to be gained back."""
    clock = Hands()
    limit = RequestLimit(6, clock)
    assert [limit.wait_of("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    clock.now = 4.0
    assert limit.wait_of("a") == 6
    clock.now = 10.0
    assert [limit.wait_of("a"), limit.wait_of("a")] == [0, 10]


def test_holders_do_not_touch_each_other() -> None:
    """One that has used up everything leaves the others theirs."""
    limit = RequestLimit(1, Hands())
    assert [limit.wait_of("a"), limit.wait_of("a"), limit.wait_of("b")] == [0, 60, 0]


def test_unused_time_is_not_saved_up_beyond_a_minute() -> None:
    """A day of rest gives no more than the bucket holds."""
    clock = Hands()
    limit = RequestLimit(2, clock)
    clock.now = 86_400.0
    assert [limit.wait_of("a") for _ in range(3)] == [0, 0, 30]


def test_table_forgets_who_was_not_seen_longest() -> None:
    """It never holds more than it may."""
    limit = RequestLimit(1, Hands(), most=2)
    assert [limit.wait_of(holder) for holder in ("a", "b", "a", "c")] == [0, 0, 60, 0]
    assert [limit.wait_of("a"), limit.wait_of("b")] == [60, 0]


@given(rate=st.integers(1, 1000), gaps=st.lists(st.floats(0, 30), max_size=60))
def test_never_more_pass_than_the_bucket_and_the_time_allow(rate: int, gaps: list[float]) -> None:
    """The law of the token bucket; and whoever waits as long as told is let in."""
    clock = Hands()
    limit = RequestLimit(rate, clock)
    passed = 0
    for gap in gaps:
        clock.now += gap
        wait = limit.wait_of("a")
        passed += wait == 0
        assert passed <= rate + clock.now * rate / 60 + 1e-6
    wait = limit.wait_of("a")
    clock.now += wait
    assert wait == 0 or limit.wait_of("a") == 0
