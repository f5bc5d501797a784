"""The checkpoint: tokens that come back as they went, and when a walk over everything is due."""

import json
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from github_tracker.domain.checkpoint import Checkpoint, Cursor, IncrementCursor, WalkCursor, cursor_of, token_of
from github_tracker.domain.errors import InvalidValueError
from tests.strategies import in_other_offsets, instants
from tests.unit.examples import MICROSECOND, at

_COUNTS = st.integers(0, 10**6)
_INSTANTS = instants().flatmap(in_other_offsets)
_CURSORS = st.builds(
    WalkCursor,
    started_at=st.none() | _INSTANTS,
    page=_COUNTS,
    rows=_COUNTS,
    last_number=st.none() | _COUNTS,
    newest_updated_at=st.none() | _INSTANTS,
    last_page=_COUNTS,
) | st.builds(
    IncrementCursor,
    bound=_INSTANTS,
    page=_COUNTS,
    pending_watermark=st.none() | _INSTANTS,
    pending_etag=st.none() | st.text(),
    last_page=_COUNTS,
)
_NAMES = ("kind", "page", "rows", "last_page", "last_number", "bound", "started_at", "pending_etag", "other")
_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(("walk", "increment", "2024-01-01"))
_JSON = st.recursive(_VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(_NAMES), inner))


@given(cursor=_CURSORS)
def test_a_token_stands_for_its_cursor(cursor: Cursor) -> None:
    """What a checkpoint carries comes back as the cursor of the same kind, to the microsecond."""
    assert cursor_of(token_of(cursor)) == cursor


@given(text=st.text() | _JSON.map(json.dumps))
@example('{"kind": "walk", "page": null}')
@example('{"kind": "walk", "page": -1}')
@example('{"kind": "walk", "started_at": "2024-01-01T00:00:00"}')
@example('{"kind": "walk", "bound": "2024-01-01T00:00:00+00:00"}')
@example('{"kind": "increment"}')
@example('{"kind": "increment", "bound": null}')
@example('{"kind": "increment", "bound": "2024-01-01T00:00:00+00:00", "page": "2"}')
@example('{"kind": ["walk"]}')
@example('{"page": 1}')
def test_any_other_text_is_refused_or_a_cursor(text: str) -> None:
    """Whatever stands in the database, it is a cursor that can be gone on with or an InvalidValueError."""
    try:
        cursor = cursor_of(text)
    except InvalidValueError:
        return
    assert cursor_of(token_of(cursor)) == cursor
    assert min(cursor.page, cursor.last_page) >= 0


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "other", "bound": "2024-01-01T00:00:00+00:00"}',
        '{"kind": "increment", "bound": "2024-01-01T00:00:00"}',
        '{"kind": "walk", "page": "2"}',
        '{"kind": "walk", "page": -1}',
        '{"kind": "walk", "rows": null}',
        '{"kind": "walk", "last_number": "7"}',
        '{"kind": "walk", "last_page": 1.5}',
        '{"kind": "walk", "bound": "2024-01-01T00:00:00+00:00"}',
        '{"kind": "increment", "bound": "2024-01-01T00:00:00+00:00", "pending_etag": 5}',
    ],
)
def test_a_token_of_another_form_is_refused(text: str) -> None:
    """Another kind, a naive instant, a field of another type or name: no version of ours wrote that."""
    with pytest.raises(InvalidValueError, match="checkpoint"):
        cursor_of(text)


def test_a_walk_asked_for_starts_at_the_first_page_without_a_condition() -> None:
    """Watermark and last walk stay till it ends; the etag goes, since "unchanged" is no answer to a walk."""
    known = Checkpoint("unfinished", at("2024-02-01"), "etag", at("2024-01-01"))
    walk = known.for_walk()
    assert walk == evolve(known, cursor=token_of(WalkCursor()), etag=None)
    assert cursor_of(walk.cursor or "") == WalkCursor()


def test_a_walk_is_due_when_the_last_one_began_that_long_ago() -> None:
    """At the very instant, not a microsecond before."""
    walked = Checkpoint(watermark=at("2024-01-01"), walked_at=at("2024-01-01T12:00"))
    week = timedelta(days=7)
    assert walked.is_walk_due(at("2024-01-08T12:00"), week)
    assert not walked.is_walk_due(at("2024-01-08T12:00") - MICROSECOND, week)


def test_no_walk_is_due_inside_another_reading_or_before_the_first() -> None:
    """An unfinished reading is finished first, and an empty checkpoint walks anyway."""
    late = at("2034-01-01")
    walked = Checkpoint(walked_at=at("2024-01-01"))
    assert walked.is_walk_due(late, timedelta(days=7))
    assert not walked.for_walk().is_walk_due(late, timedelta(days=7))
    assert not Checkpoint().is_walk_due(late, timedelta(days=7))


@pytest.mark.parametrize(
    ("cursor", "is_cut"),
    [
        (WalkCursor(), False),
        (WalkCursor(page=1), True),
        (IncrementCursor(at("2024-01-01")), False),
        (IncrementCursor(at("2024-01-01"), page=2), True),
    ],
)
def test_a_reading_is_cut_once_a_page_of_it_was_read(cursor: Cursor, is_cut: bool) -> None:
    """One that is asked for and has not begun will see everything that changed till then."""
    assert Checkpoint(token_of(cursor)).is_cut is is_cut


def test_nothing_is_cut_where_nothing_can_be_gone_on_with() -> None:
    """No cursor, or one that cannot be read, which starts a walk."""
    assert not Checkpoint(watermark=at("2024-01-01")).is_cut
    assert not Checkpoint("unreadable").is_cut


def test_instants_of_a_checkpoint_are_kept_in_utc() -> None:
    """Naive ones are refused (R3)."""
    assert Checkpoint(watermark=at("2024-01-01T02:00:00+02:00")).watermark == at("2024-01-01")
    naive = at("2024-01-01").replace(tzinfo=None)
    with pytest.raises(InvalidValueError):
        Checkpoint(watermark=naive)
    with pytest.raises(InvalidValueError):
        Checkpoint(walked_at=naive)
    with pytest.raises(InvalidValueError):
        IncrementCursor(naive)


def test_an_etag_is_not_shown() -> None:
    """A checkpoint is logged; an etag is of no use there."""
    assert "canary" not in repr(Checkpoint(etag="canary"))
    assert "canary" not in repr(IncrementCursor(at("2024-01-01"), pending_etag="canary"))
