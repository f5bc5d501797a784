"""Reading a quiet list, and every way in which an answer breaks one off."""

from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.domain.checkpoint import OVERLAP, Checkpoint, IncrementCursor, WalkCursor, cursor_of
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.reading import IncompleteListError, ListAnswer, ListOrder, ListRequest, Step, begin
from tests.unit.moving_list import BEGINNING, MovingList, Reader

WALK, INCREMENT = ListOrder.OLDEST_CREATED_FIRST, ListOrder.LAST_UPDATED_FIRST


def read(source: MovingList, checkpoint: Checkpoint | None = None) -> Reader:
    """Return a reader that has read everything once."""
    reader = Reader(source, checkpoint)
    reader.run()
    source.requests.clear()
    return reader


def pages_of(source: MovingList) -> list[tuple[ListOrder, int]]:
    """Return which pages were asked for, and in which order of the list."""
    return [(request.order, request.page) for request in source.requests]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (250, 3)])
def test_a_walk_costs_one_request_a_page(count: int, requests: int) -> None:
    """max(1, ceil(N / 100)) requests, oldest first, and all pull requests; a full last page costs no more."""
    source = MovingList(page_size=100, count=count)
    reader = Reader(source)
    assert reader.run() == requests
    assert pages_of(source) == [(WALK, page) for page in range(1, requests + 1)]
    assert reader.stored == source.facts


def test_an_unchanged_list_costs_one_conditional_request() -> None:
    """It is answered with "nothing changed since", gives no facts and leaves the checkpoint as it is."""
    source = MovingList(page_size=2, count=5)
    reader = read(source)
    source.tick(601)
    reader.run()
    source.requests.clear()
    checkpoint = reader.checkpoint
    assert checkpoint.etag is not None
    assert reader.run() == 1
    assert source.requests == [ListRequest(INCREMENT, 1, checkpoint.etag)]
    assert reader.checkpoint == checkpoint


def test_an_etag_that_a_late_change_may_leave_as_it_is_is_not_kept() -> None:
    """A change of the same second can sort behind a whole page of others, so page 1 alone proves nothing yet."""
    source = MovingList(page_size=2)
    for number in (1, 2, 3):
        assert source.open() == number
    reader = read(source)
    reader.run()
    assert reader.checkpoint.etag is None
    source.update(1)
    assert source.answer(ListRequest(INCREMENT, 1)).facts[0].number == 3
    reader.run()
    assert reader.stored == source.facts


def test_an_etag_of_a_full_last_page_is_not_kept() -> None:
    """A pull request that arrives late can come behind it, and page 1 stays as it is."""
    source = MovingList(page_size=2)
    for _ in range(2):
        source.open()
    reader = read(source)
    reader.run()
    assert reader.checkpoint.etag is None
    source.open(lateness=600)
    reader.run()
    assert reader.stored == source.facts


def test_an_unchanged_list_costs_one_request_without_an_etag_too() -> None:
    """Facts older than the bound stop the increment on its first page, however many pages there are."""
    source = MovingList(page_size=10)
    for _ in range(50):
        source.tick(120)
        source.open()
    reader = read(source)
    assert reader.checkpoint.etag is None
    assert reader.run() == 1
    assert pages_of(source) == [(INCREMENT, 1)]
    assert reader.checkpoint.cursor is None


def test_an_increment_stops_at_the_first_one_updated_before_its_bound() -> None:
    """Strictly before: one updated exactly ten minutes before the watermark is read again, one before is not."""
    source = MovingList(page_size=10)
    old, at_bound = source.open(), 2
    source.tick(1)
    assert source.open() == at_bound
    source.tick(600)
    newest = source.open()
    reader = read(source)
    assert reader.checkpoint.watermark == source.facts[newest].updated_at
    step = begin(reader.checkpoint).accept(source.answer(ListRequest(INCREMENT, 1)))
    assert [fact.number for fact in step.facts] == [newest, at_bound]
    assert source.facts[old].updated_at == source.facts[at_bound].updated_at - timedelta(seconds=1)
    assert step.following is None


def test_the_watermark_of_a_walk_is_its_start_or_the_newest_update_if_that_is_earlier() -> None:
    """What changed after the start may have been passed already, so the start is the most that can be promised."""
    source = MovingList(page_size=1, count=2)
    source.tick(100)
    started_at = source.now
    reader = Reader(source)
    reader.step()
    source.tick(100)
    source.update(2)
    reader.run()
    assert reader.checkpoint == Checkpoint(watermark=started_at, walked_at=started_at)
    quiet = read(MovingList(page_size=1, count=2))
    assert quiet.checkpoint.watermark == BEGINNING + timedelta(seconds=2)
    assert quiet.checkpoint.walked_at == BEGINNING + timedelta(seconds=3)


def test_the_watermark_of_an_increment_is_stored_with_its_last_page_only() -> None:
    """Until then it is pending, as is the etag: rows between it and the bound are not read yet."""
    source = MovingList(page_size=1, count=1)
    reader = read(source)
    before = reader.checkpoint.watermark
    source.tick(3600)
    first, second = source.open(), source.open()
    source.tick(1)
    source.update(first)
    assert not reader.step()
    assert (reader.checkpoint.watermark, reader.checkpoint.etag) == (before, None)
    pending = cursor_of(reader.checkpoint.cursor or "")
    assert isinstance(pending, IncrementCursor)
    assert pending.pending_watermark == source.facts[first].updated_at
    reader.run()
    assert reader.checkpoint.watermark == source.facts[first].updated_at
    assert reader.checkpoint.etag == pending.pending_etag
    assert set(reader.stored) == {1, first, second}


def test_the_watermark_of_an_increment_is_the_newest_update_of_its_first_page() -> None:
    """Of all rows on it, not of those further on."""
    source = MovingList(page_size=2, count=1)
    reader = read(source)
    source.tick(3600)
    for _ in range(4):
        source.tick(60)
        source.open()
    reader.run()
    assert len(source.requests) == 3
    assert reader.checkpoint.watermark == source.facts[5].updated_at


def test_an_increment_whose_list_has_gone_back_keeps_the_watermark() -> None:
    """If what was newest is hidden, the newest update left is earlier; the watermark never decreases."""
    source = MovingList(page_size=10, count=1)
    source.tick(3600)
    newest = source.open()
    reader = read(source)
    watermark = reader.checkpoint.watermark
    source.hide(newest)
    reader.run()
    assert reader.checkpoint.watermark == watermark
    source.hide(1)
    reader.run()
    assert reader.checkpoint.watermark == watermark


def test_an_empty_repository_is_complete_and_has_no_watermark() -> None:
    """One request each time; what is opened later is found by the next walk."""
    source = MovingList(page_size=10)
    reader = Reader(source)
    assert reader.run() == 1
    assert reader.checkpoint == Checkpoint(walked_at=source.now)
    assert reader.run() == 1
    number = source.open()
    assert reader.run() == 1
    assert set(reader.stored) == {number}


def test_a_walk_asked_for_keeps_what_is_known_till_it_ends() -> None:
    """The watermark stays through the walk, which reads everything without a condition."""
    source = MovingList(page_size=2, count=5)
    reader = read(source)
    reader.run()
    watermark, walked_at = reader.checkpoint.watermark, reader.checkpoint.walked_at
    reader.checkpoint = reader.checkpoint.for_walk()
    source.requests.clear()
    source.tick(50)
    assert not reader.step()
    assert (reader.checkpoint.watermark, reader.checkpoint.walked_at) == (watermark, walked_at)
    reader.run()
    assert source.requests == [ListRequest(WALK, page) for page in (1, 2, 3)]
    assert reader.checkpoint == Checkpoint(watermark=watermark, walked_at=source.now)


def test_a_short_page_with_a_next_is_no_fault() -> None:
    """GitHub may leave rows out of a page; what counts is that it names the next one."""
    source = MovingList(page_size=3, count=6)
    reading = begin(Checkpoint())
    answer = source.answer(reading.request)
    step = reading.accept(evolve(answer, facts=answer.facts[:1]))
    assert step.following is not None
    assert step.following.request == ListRequest(WALK, 2)
    assert [fact.number for fact in step.facts] == [1]


@pytest.mark.parametrize("order", [WALK, INCREMENT])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ListAnswer((), BEGINNING, has_next=True, last_page=4), "empty"),
        (ListAnswer((), BEGINNING), "empty"),
        (ListAnswer((), BEGINNING, is_unchanged=True), "unchanged"),
    ],
)
def test_a_page_that_breaks_the_list_off_is_a_fault(order: ListOrder, answer: ListAnswer, words: str) -> None:
    """An empty page in the middle, with or without links, and "unchanged" where nobody asked for that."""
    reading = second_page_of(order).following
    assert reading is not None
    assert reading.request.page == 2
    with pytest.raises(IncompleteListError, match=words) as caught:
        reading.accept(answer)
    assert (caught.value.page, caught.value.last_page) == (2, 4)


@pytest.mark.parametrize("order", [WALK, INCREMENT])
def test_a_next_that_is_missing_before_the_last_page_is_a_fault(order: ListOrder) -> None:
    """The first page named four; one without a next on the second is cut off, although it holds facts."""
    reading = second_page_of(order).following
    assert reading is not None
    answer = ListAnswer(MovingList(1, 1).answer(ListRequest(WALK, 1)).facts, BEGINNING)
    fresh = tuple(evolve(fact, updated_at=BEGINNING + timedelta(days=9)) for fact in answer.facts)
    with pytest.raises(IncompleteListError, match="no next page"):
        reading.accept(evolve(answer, facts=fresh))


@pytest.mark.parametrize("last_page", [None, 1, 3])
def test_an_empty_first_page_that_names_a_next_is_a_fault(last_page: int | None) -> None:
    """It is no empty repository, whatever last page it names."""
    with pytest.raises(IncompleteListError, match="empty"):
        begin(Checkpoint()).accept(ListAnswer((), BEGINNING, has_next=True, last_page=last_page))


def test_a_walk_refuses_a_condition_that_it_did_not_make() -> None:
    """Nothing has been read yet, so "unchanged" on the first page of a walk says nothing."""
    with pytest.raises(IncompleteListError):
        begin(Checkpoint()).accept(ListAnswer((), BEGINNING, is_unchanged=True))


def test_a_list_that_ends_early_below_the_bound_is_complete() -> None:
    """An increment that has met its bound needs no further page, whether one is named or not."""
    source = MovingList(page_size=2, count=4)
    reader = read(source)
    reading = begin(evolve(reader.checkpoint, watermark=source.now + OVERLAP))
    step = reading.accept(evolve(source.answer(reading.request), has_next=False, last_page=None))
    assert (step.facts, step.following) == ((), None)


@pytest.mark.parametrize("cursor", ["", "{", "null", "[]", '{"kind": "walk", "page": "two"}', '{"kind": "other"}'])
def test_an_unreadable_cursor_starts_a_walk(cursor: str) -> None:
    """A walk loses nothing; the watermark is kept till it ends."""
    with pytest.raises(InvalidValueError):
        cursor_of(cursor)
    reading = begin(Checkpoint(cursor=cursor, watermark=BEGINNING))
    assert reading.cursor == WalkCursor()
    assert reading.request == ListRequest(WALK, 1)
    assert reading.checkpoint.watermark == BEGINNING


def test_requests_and_answers_do_not_show_their_etag() -> None:
    """They are logged, and an etag is of no use there; instants of an answer are aware (R3)."""
    assert "canary" not in repr(ListRequest(WALK, 1, "canary"))
    assert "canary" not in repr(ListAnswer((), BEGINNING, etag="canary"))
    with pytest.raises(InvalidValueError):
        ListAnswer((), BEGINNING.replace(tzinfo=None))


def second_page_of(order: ListOrder) -> Step:
    """Return the step after the first of four pages, everything on it newer than any bound."""
    source = MovingList(page_size=1, count=4)
    checkpoint = Checkpoint() if order is WALK else Checkpoint(watermark=BEGINNING)
    reading = begin(checkpoint)
    return reading.accept(source.answer(reading.request))
