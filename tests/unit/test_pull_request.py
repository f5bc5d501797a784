"""What a pull request states about itself, and which observation of it stands (R9, R11, R12)."""

from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.pull_request import (
    Author,
    PullRequest,
    PullRequestState,
    login_key,
    state_of,
    storable_text,
)
from tests.strategies import in_other_offsets, instants, pull_requests, spellings
from tests.unit.examples import MICROSECOND, at, merged, opened

ALICE = Author("alice")
NOON = at("2024-01-01T12:00")
OPEN, CLOSED, MERGED = PullRequestState.OPEN, PullRequestState.CLOSED, PullRequestState.MERGED


@pytest.mark.parametrize(
    ("elapsed", "seconds"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=999_999), 0),
        (timedelta(seconds=1), 1),
        (timedelta(days=2, seconds=3, microseconds=4), 2 * 86_400 + 3),
        (-MICROSECOND, None),
        (timedelta(days=-2), None),
    ],
)
def test_cycle_time_is_in_whole_seconds(elapsed: timedelta, seconds: int | None) -> None:
    """Merged minus created, a begun second not counted; merged before created is none (R9)."""
    pull_request = merged(ALICE, NOON, NOON + elapsed)
    assert pull_request.cycle_time_seconds == seconds
    assert pull_request.cycle_time == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize("closed_at", [None, NOON + timedelta(days=1)])
def test_an_unmerged_pull_request_has_no_cycle_time(closed_at: datetime | None) -> None:
    """Closing is not merging, and unknown is not zero (R9)."""
    unmerged = evolve(opened(ALICE, NOON), state=CLOSED if closed_at else OPEN, closed_at=closed_at)
    assert unmerged.cycle_time is None
    assert unmerged.cycle_time_seconds is None


def test_created_date_is_the_utc_date() -> None:
    """Half an hour after midnight in the east it is still the day before (R9)."""
    assert opened(ALICE, at("2024-03-01T00:30:00+05:45")).created_date == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("merged_at", "is_open", "state"),
    [(None, True, OPEN), (None, False, CLOSED), (NOON, False, MERGED), (NOON, True, MERGED)],
)
def test_only_merged_at_says_that_it_merged(merged_at: datetime | None, is_open: bool, state: PullRequestState) -> None:
    """Even where GitHub says open at the same time (R9)."""
    assert state_of(merged_at, is_open) is state


@pytest.mark.parametrize(
    ("state", "merged_at", "closed_at"),
    [(MERGED, None, NOON), (OPEN, NOON, None), (CLOSED, NOON, NOON), (OPEN, None, NOON)],
)
def test_states_that_contradict_the_instants_are_refused(
    state: PullRequestState, merged_at: datetime | None, closed_at: datetime | None
) -> None:
    """Merged goes with merged_at, and open goes without closed_at (R9)."""
    with pytest.raises(InvalidValueError):
        evolve(opened(ALICE, NOON), state=state, merged_at=merged_at, closed_at=closed_at)


@pytest.mark.parametrize("name", ["created_at", "updated_at", "observed_at", "merged_at", "closed_at"])
def test_naive_instants_are_refused(name: str) -> None:
    """None of the five names an instant without a zone (R3)."""
    with pytest.raises(InvalidValueError, match="time zone"):
        evolve(merged(ALICE, NOON, NOON), **{name: NOON.replace(tzinfo=None)})  # type: ignore[arg-type]  # by its name


@given(st.data(), instants())
def test_instants_come_out_in_utc(data: st.DataObject, instant: datetime) -> None:
    """Whatever offset they are written in, inside they are the same instants (R3)."""
    elsewhere = data.draw(in_other_offsets(instant))
    assert merged(ALICE, elsewhere, elsewhere) == merged(ALICE, instant, instant)
    assert merged(ALICE, elsewhere, elsewhere).created_at.isoformat() == instant.isoformat()


@pytest.mark.parametrize("number", [0, -1])
def test_numbers_begin_at_one(number: int) -> None:
    """GitHub counts from 1."""
    with pytest.raises(ValueError, match="number"):
        opened(ALICE, NOON, number=number)


def test_the_key_is_repository_and_number() -> None:
    """Once per (repository id, number)."""
    assert evolve(opened(ALICE, NOON, number=7), repository_id=5).key == (5, 7)


@given(spellings("Alice-2"))
def test_logins_compare_without_case(login: str) -> None:
    """However GitHub or a file writes it (R2)."""
    assert Author(login).login_key == login_key(login) == "alice-2"


@pytest.mark.parametrize(("login", "is_ghost"), [("ghost", True), ("Ghost", True), ("ghosts", False), ("alice", False)])
def test_the_ghost_is_told_by_login(login: str, is_ghost: bool) -> None:
    """GitHub's stand-in for deleted accounts, in any letter case (R11)."""
    assert Author(login).is_ghost is is_ghost


@given(st.text(st.characters(codec=None)))
def test_texts_are_storable(text: str) -> None:
    """NUL and lone surrogates become U+FFFD one by one; all else stays."""
    stored = storable_text(text)
    stored.encode()
    assert "\0" not in stored
    assert [new for old, new in zip(text, stored, strict=True) if old != new] == [
        "\ufffd" for old in text if old == "\0" or "\ud800" <= old <= "\udfff"
    ]


@pytest.mark.parametrize("character", ["\0", chr(0xD800), chr(0xDFFF)])
def test_what_no_database_stores_is_replaced(character: str) -> None:
    """Also in a text that is plain otherwise."""
    assert storable_text(f"a{character}b") == "a\ufffdb"


def test_every_text_of_a_fact_is_storable() -> None:
    """Login, title, branches and labels may hold anything when they come from outside."""
    bad, good = "a\0b\ud800", "a\ufffdb\ufffd"
    fact = evolve(opened(Author(bad), NOON), title=bad, base_branch=bad, head_branch=bad, labels=(bad, "x"))
    assert fact.author == Author(good)
    assert (fact.title, fact.base_branch, fact.head_branch, fact.labels) == (good, good, good, (good, "x"))


@st.composite
def histories(draw: st.DrawFn) -> list[PullRequest]:
    """Several contents of one pull request as time goes on, each read once or more; the last content is the truth."""
    first = draw(pull_requests())
    observations: list[PullRequest] = []
    updated_at, observed_at = first.updated_at, first.observed_at
    for number in range(draw(st.integers(1, 4))):
        updated_at += draw(st.sampled_from((timedelta(0), timedelta(seconds=1))))
        for _ in range(draw(st.integers(1, 2))):
            observed_at = max(updated_at, observed_at) + timedelta(seconds=1)
            observation = evolve(first, title=f"{number}", updated_at=updated_at, observed_at=observed_at)
            observations.append(observation)
    return observations


@given(st.data(), histories())
def test_pages_in_any_order_any_number_of_times_give_the_same(data: st.DataObject, history: list[PullRequest]) -> None:
    """The newest content stands in the end, however often and in whatever order the observations come (R12)."""
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    arriving = data.draw(st.permutations([*history, *again]))
    assert reduce(_newer, arriving) == history[-1]


@given(pull_requests(), instants())
def test_equal_content_writes_nothing(pull_request: PullRequest, observed_at: datetime) -> None:
    """Reading the same again replaces nothing, whenever it was read (R12)."""
    assert not evolve(pull_request, observed_at=observed_at).supersedes(pull_request)


def test_the_later_update_stands_whenever_it_was_read() -> None:
    """updated_at decides before observed_at (R12)."""
    old = evolve(opened(ALICE, NOON), title="old", observed_at=NOON + timedelta(hours=2))
    new = evolve(old, title="new", updated_at=NOON + timedelta(hours=1), observed_at=NOON + timedelta(hours=1))
    assert new.supersedes(old)
    assert not old.supersedes(new)


def test_the_later_reading_stands_where_updated_at_is_the_same() -> None:
    """GitHub's updated_at has whole seconds; on an exact tie each replaces the other (R12)."""
    old = evolve(opened(ALICE, NOON), title="old")
    new = evolve(old, title="new", observed_at=NOON + MICROSECOND)
    assert new.supersedes(old)
    assert not old.supersedes(new)
    tie = evolve(old, title="tie")
    assert tie.supersedes(old)
    assert old.supersedes(tie)


def test_a_reopened_pull_request_loses_its_closed_at() -> None:
    """The newer observation stands as a whole, with what it no longer has (R12)."""
    closed = evolve(opened(ALICE, NOON), state=CLOSED, closed_at=NOON + timedelta(hours=1))
    reopened = evolve(closed, state=OPEN, closed_at=None, updated_at=NOON + timedelta(hours=2))
    assert _newer(closed, reopened).closed_at is None
    assert _newer(reopened, closed).closed_at is None


def test_another_created_at_is_a_contradiction() -> None:
    """That instant never changes; anything else may (R12)."""
    fact = merged(ALICE, NOON, NOON)
    assert evolve(fact, created_at=NOON + MICROSECOND).contradicts(fact)
    assert not evolve(fact, author=None, updated_at=NOON + MICROSECOND, title="other").contradicts(fact)


def _newer(stored: PullRequest, arriving: PullRequest) -> PullRequest:
    return arriving if arriving.supersedes(stored) else stored
