"""One membership: its window, its weight, its logins (R1, R2, R3, R4)."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.membership import Membership, Team
from tests.strategies import in_other_offsets, instants, weights
from tests.unit.examples import MICROSECOND

windows = st.lists(instants(), min_size=2, max_size=2, unique=True).map(sorted)


@given(weights())
def test_exact_decimals_of_six_places_are_kept(weight: Decimal) -> None:
    """Every weight from 0 to 1 in steps of a millionth is taken as it is (R4)."""
    assert Membership("Core", "alice", weight).weight == weight


@pytest.mark.parametrize(
    "text", ["1.5", "-0.1", "1.000001", "-0.000001", "0.1234567", "0.0000001", "NaN", "sNaN", "Infinity"]
)
def test_other_weights_are_refused(text: str) -> None:
    """A weight outside [0, 1], with a seventh place or without a value names itself in the refusal (R4)."""
    with pytest.raises(InvalidValueError) as refusal:
        Membership("Core", "alice", Decimal(text))
    assert refusal.value.field == "weight"
    assert str(Decimal(text)) in str(refusal.value)


@pytest.mark.parametrize("weight", [0.5, 1, "1"])
def test_weights_that_are_no_decimals_are_refused(weight: object) -> None:
    """A float is never exact; neither it nor anything else passes for a decimal (R4)."""
    with pytest.raises(InvalidValueError):
        Membership("Core", "alice", weight)  # type: ignore[arg-type]  # what a caller without a type checker may do


@pytest.mark.parametrize("edge", ["joined_at", "left_at"])
def test_naive_edges_are_refused(edge: str) -> None:
    """A naive datetime names no instant (R3)."""
    naive = datetime(2024, 1, 1)  # noqa: DTZ001  # this is the point
    with pytest.raises(InvalidValueError, match="time zone"):
        Membership("Core", "alice", **{edge: naive})  # type: ignore[arg-type]  # either edge, by its name


@given(st.data(), windows)
def test_edges_come_out_in_utc(data: st.DataObject, window: list[datetime]) -> None:
    """Whatever offset an edge is written in, inside it is the same instant in UTC (R3)."""
    joined_at, left_at = (data.draw(in_other_offsets(edge)) for edge in window)
    membership = Membership("Core", "alice", joined_at=joined_at, left_at=left_at)
    assert membership == Membership("Core", "alice", joined_at=window[0], left_at=window[1])
    assert [edge.tzname() for edge in (membership.joined_at, membership.left_at) if edge is not None] == ["UTC", "UTC"]


@given(windows)
def test_a_window_ends_after_it_begins(window: list[datetime]) -> None:
    """An empty or backward window is refused; a microsecond is enough (R1)."""
    early, late = window
    for left_at in (early, late):
        with pytest.raises(InvalidValueError) as refusal:
            Membership("Core", "alice", joined_at=late, left_at=left_at)
        assert refusal.value.field == "left_at"
    assert Membership("Core", "alice", joined_at=late, left_at=late + MICROSECOND).holds_at(late)


@given(windows, instants())
def test_holding_is_half_open(window: list[datetime], instant: datetime) -> None:
    """joined_at belongs to the window and left_at does not; an absent end is open (R1)."""
    joined_at, left_at = window
    bounded = Membership("Core", "alice", joined_at=joined_at, left_at=left_at)
    since = Membership("Core", "alice", joined_at=joined_at)
    until = Membership("Core", "alice", left_at=left_at)
    assert since.holds_at(instant) == (joined_at <= instant)
    assert until.holds_at(instant) == (instant < left_at)
    assert bounded.holds_at(instant) == (since.holds_at(instant) and until.holds_at(instant))
    assert Membership("Core", "alice").holds_at(instant)


@given(st.lists(windows, min_size=2, max_size=2), st.integers(0, 15))
def test_windows_overlap_if_some_instant_lies_in_both(pair: list[list[datetime]], ends: int) -> None:
    """Both edges of both windows and the microsecond before each decide it; touching is no overlap (R1)."""
    one, other = (
        Membership(
            "Core",
            "alice",
            joined_at=window[0] if ends & 1 << place else None,
            left_at=window[1] if ends & 2 << place else None,
        )
        for place, window in ((0, pair[0]), (2, pair[1]))
    )
    probes = [edge - distance for window in pair for edge in window for distance in (0 * MICROSECOND, MICROSECOND)]
    expected = any(one.holds_at(probe) and other.holds_at(probe) for probe in probes)
    assert one.overlaps(other) == expected
    assert other.overlaps(one) == expected


@pytest.mark.parametrize("login", ["", "ghost", "Ghost", "a b", "-alice", "alice\n", "älice", "a/b", "alice[bot]x"])
def test_impossible_logins_are_refused(login: str) -> None:
    """Neither a username nor an alias can be what GitHub would not give to a person (R2, R11)."""
    with pytest.raises(InvalidValueError) as refusal:
        Membership("Core", login)
    assert refusal.value.field == "login"
    with pytest.raises(InvalidValueError) as refusal:
        Membership("Core", "alice", aliases=("al", login))
    assert refusal.value.field == "aliases"


@pytest.mark.parametrize("login", ["a", "Alice-2", "alice_corp", "my-app[bot]"])
def test_possible_logins_are_kept_as_they_are_written(login: str) -> None:
    """People, managed users and apps may stand on a roster."""
    assert Membership("Core", login).login == login


@pytest.mark.parametrize("github_id", [0, -1, 2**63])
def test_impossible_numeric_ids_are_refused(github_id: int) -> None:
    """A numeric id is positive and fits into 64 bits."""
    with pytest.raises(InvalidValueError) as refusal:
        Membership("Core", "alice", github_id=github_id)
    assert refusal.value.field == "github_id"


def test_login_keys_are_username_and_aliases_without_case() -> None:
    """Everything an entry answers to, in the form that is compared (R2)."""
    entry = Membership("Core", "Alice", aliases=("AL", "alice", "Al-2"))
    assert entry.login_keys == {"alice", "al", "al-2"}


@pytest.mark.parametrize("name", ["", " Core", "Core\t", "Co\nre", "Co\0re"])
def test_team_names_are_printable_without_spaces_around(name: str) -> None:
    """A name that cannot be read or compared by eye is refused."""
    with pytest.raises(InvalidValueError) as refusal:
        Team(name)
    assert refusal.value.field == "name"
