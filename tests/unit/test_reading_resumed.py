"""A reading that was cut goes on from its checkpoint, or starts again if the list moved under it."""

import pytest
from attrs import evolve

from github_tracker.domain.checkpoint import Checkpoint, IncrementCursor, WalkCursor, cursor_of, token_of
from github_tracker.domain.reading import IncompleteListError, ListOrder, ListRequest, begin
from tests.unit.moving_list import MovingList, Reader

WALK, INCREMENT = ListOrder.OLDEST_CREATED_FIRST, ListOrder.LAST_UPDATED_FIRST


def cut_after(pages: int, source: MovingList, checkpoint: Checkpoint | None = None) -> Reader:
    """Return a reader that was killed after so many pages."""
    reader = Reader(source, checkpoint)
    for _ in range(pages):
        assert not reader.step()
    reader.cut()
    source.requests.clear()
    return reader


def busy_list() -> tuple[MovingList, Reader]:
    """Return a list of five pull requests, all newer than the watermark of the reader that comes with it."""
    source = MovingList(page_size=1, count=1)
    reader = Reader(source)
    reader.run()
    source.tick(3600)
    for _ in range(4):
        source.open()
        source.tick(1)
    source.update(1)
    return source, reader


@pytest.mark.parametrize("pages", [1, 2, 3, 4])
def test_a_cut_walk_resumes_one_page_early(pages: int) -> None:
    """The last page is asked for once more, to see that it still stands; the rest follows."""
    source = MovingList(page_size=2, count=10)
    reader = cut_after(pages, source)
    source.tick(60)
    reader.run()
    assert source.requests == [ListRequest(WALK, page) for page in range(pages, 6)]
    assert reader.stored == source.facts


def test_a_resumed_walk_keeps_its_start_and_newest_update() -> None:
    """What changed since the first page was asked for lies behind the watermark, although it was read."""
    source = MovingList(page_size=2, count=6)
    source.tick(60)
    started_at = source.now
    reader = cut_after(1, source)
    source.tick(60)
    source.update(6)
    reader.run()
    assert reader.checkpoint == Checkpoint(watermark=started_at, walked_at=started_at)
    quiet = MovingList(page_size=2)
    for number in (1, 2, 3):
        quiet.tick(1)
        assert quiet.open() == number
    quiet.tick(1)
    quiet.update(1)
    quiet.tick(60)
    reader = cut_after(1, quiet)
    reader.run()
    assert reader.checkpoint.watermark == quiet.facts[1].updated_at


@pytest.mark.parametrize("hidden", [1, 2])
def test_a_walk_whose_page_moved_starts_again(hidden: int) -> None:
    """Something on or before the last page was hidden, so rows may have slipped past; all are read again."""
    source = MovingList(page_size=2, count=6)
    reader = cut_after(1, source)
    source.hide(hidden)
    reader.run()
    assert source.requests == [ListRequest(WALK, page) for page in (1, 1, 2, 3)]
    assert set(reader.stored) >= set(source.facts)


@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_a_walk_whose_list_became_shorter_ends(left: int) -> None:
    """However few are left when it resumes, it ends without a fault and with all of them."""
    source = MovingList(page_size=1, count=4)
    reader = cut_after(3, source)
    for number in range(left + 1, 5):
        source.hide(number)
    reader.run()
    assert reader.checkpoint.cursor is None
    assert set(reader.stored) >= set(source.facts)


def test_a_walk_goes_on_after_its_list_shrank_under_it() -> None:
    """It first named three pages, then there were two: a fault at once, and the next run goes by what stands now."""
    source = MovingList(page_size=2, count=5)
    reader = Reader(source)
    reader.step()
    source.hide(5)
    with pytest.raises(IncompleteListError):
        reader.step()
    reader.cut()
    assert reader.run() == 2
    assert set(reader.stored) == {1, 2, 3, 4}


def test_an_increment_goes_on_after_its_list_shrank_under_it() -> None:
    """The same for an increment: what its first page named is of no account once it resumes."""
    source, reader = busy_list()
    reader.step()
    for number in (2, 3):
        source.hide(number)
    reader.step()
    with pytest.raises(IncompleteListError):
        reader.step()
    reader.cut()
    source.tick(1)
    source.open()
    source.requests.clear()
    reader.run()
    assert source.requests == [ListRequest(INCREMENT, 3), ListRequest(INCREMENT, 4)]
    assert reader.checkpoint.cursor is None


@pytest.mark.parametrize("pages", [1, 2, 3, 4])
def test_a_cut_increment_goes_on_where_it_was(pages: int) -> None:
    """At its next page, with the old bound and the pending watermark; starting again could go on for ever."""
    source, reader = busy_list()
    old = reader.checkpoint.watermark
    pending = source.facts[1].updated_at
    reader = cut_after(pages, source, reader.checkpoint)
    source.tick(3600)
    source.update(2)
    reader.run()
    assert source.requests == [ListRequest(INCREMENT, page) for page in range(pages + 1, 6)]
    assert reader.checkpoint.watermark == pending
    assert old is not None
    assert old < pending
    assert source.facts[2].updated_at > pending


def test_the_next_increment_finds_what_moved_to_the_front_of_a_cut_one() -> None:
    """It is newer than the pending watermark, so the bound of the next increment lies before it."""
    source, reader = busy_list()
    reader = cut_after(2, source, reader.checkpoint)
    source.tick(3600)
    source.update(2)
    reader.run()
    reader.run()
    assert reader.stored[2] == source.facts[2]


@pytest.mark.parametrize("left", [1, 2, 3])
def test_an_increment_whose_list_became_shorter_starts_again(left: int) -> None:
    """Its next page lies behind the end now: it reads from page 1 with the old bound, and ends."""
    source, reader = busy_list()
    reader = cut_after(4, source, reader.checkpoint)
    for number in range(left + 1, 6):
        source.hide(number)
    reader.run()
    assert source.requests[:2] == [ListRequest(INCREMENT, 5), ListRequest(INCREMENT, 1)]
    assert reader.checkpoint.cursor is None


def test_an_increment_whose_second_page_is_gone_starts_again() -> None:
    """An empty page where it was cut is no fault of the list, even if that page was to be the last."""
    source = MovingList(page_size=1)
    for _ in range(2):
        source.open()
    reader = cut_after(1, source, Checkpoint(watermark=source.now))
    source.hide(2)
    reader.run()
    assert source.requests == [ListRequest(INCREMENT, 2), ListRequest(INCREMENT, 1)]


def test_an_increment_that_starts_again_has_the_old_bound_and_the_new_watermark() -> None:
    """What it read before counts for nothing: page 1 of now decides what is pending."""
    source, reader = busy_list()
    reader = cut_after(3, source, reader.checkpoint)
    before = cursor_of(reader.checkpoint.cursor or "")
    assert isinstance(before, IncrementCursor)
    source.tick(60)
    source.update(2)
    for number in (3, 4, 5):
        source.hide(number)
    reader.step()
    assert reader.checkpoint.cursor == token_of(IncrementCursor(before.bound))
    reader.run()
    assert reader.checkpoint.watermark == source.facts[2].updated_at


def test_a_walk_that_was_asked_for_and_not_begun_needs_no_second_look() -> None:
    """Its first page is asked for once, also in an empty repository."""
    source = MovingList(page_size=2, count=3)
    assert Reader(source, Checkpoint().for_walk()).run() == 2
    assert Reader(MovingList(page_size=2), Checkpoint().for_walk()).run() == 1


def test_a_resumed_walk_that_broke_off_is_still_a_fault() -> None:
    """What its pages name after resuming counts as much as before."""
    source = MovingList(page_size=1, count=4)
    reader = cut_after(1, source)
    step = begin(reader.checkpoint).accept(source.answer(ListRequest(WALK, 1)))
    assert step.following is not None
    with pytest.raises(IncompleteListError):
        step.following.accept(evolve(source.answer(ListRequest(WALK, 2)), has_next=False, last_page=None))


def test_a_cursor_of_an_earlier_run_is_not_asked_conditionally() -> None:
    """An etag tells about page 1 only, so an unfinished increment goes on whatever it was."""
    source, reader = busy_list()
    source.tick(601)
    reader.run()
    assert reader.checkpoint.etag is not None
    source.tick(3600)
    for number in (1, 2, 3):
        source.update(number)
    reader = cut_after(1, source, reader.checkpoint)
    assert reader.checkpoint.etag is None
    cursor = cursor_of(reader.checkpoint.cursor or "")
    assert not isinstance(cursor, WalkCursor)
    assert begin(reader.checkpoint).request == ListRequest(INCREMENT, 2)
