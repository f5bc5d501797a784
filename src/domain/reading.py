"""How GitHub's lists are read so that nothing is lost: a pure state machine that sources drive.

GitHub's lists move while they are read. A walk in order of creation sees new pull requests at its end, where it is
still going; an increment in order of update, newest first, sees what changed meanwhile pushed towards its end, and
what moved to the front is newer than the pending watermark, so the next increment meets it. Whatever ends too early
is a fault, never an end.
"""

from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from attrs import evolve, field, frozen

from github_tracker.domain.checkpoint import (
    OVERLAP,
    Checkpoint,
    Cursor,
    IncrementCursor,
    WalkCursor,
    cursor_of,
    token_of,
)
from github_tracker.domain.errors import GitHubTrackerError, InvalidValueError
from github_tracker.domain.instants import to_utc
from github_tracker.domain.pull_request import PullRequest


class IncompleteListError(GitHubTrackerError):
    """A list ended before the last page that it had named itself, or broke off with an empty page."""

    def __init__(self, page: int, last_page: int, found: str) -> None:
        super().__init__(f"page {page} of {last_page}: {found}; the list is not complete")
        self.page = page
        self.last_page = last_page


class ListOrder(StrEnum):
    """In which order a list is asked for."""

    OLDEST_CREATED_FIRST = "oldest_created_first"
    LAST_UPDATED_FIRST = "last_updated_first"


@frozen
class ListRequest:
    """One page to be asked for."""

    order: ListOrder
    page: int
    """Counts from 1."""
    etag: str | None = field(default=None, repr=False)
    """If given, "nothing changed since" is an answer as well."""


@frozen
class ListAnswer:
    """What came back for a page."""

    facts: tuple[PullRequest, ...]
    served_at: datetime = field(converter=to_utc)
    """The server's time."""
    has_next: bool = False
    last_page: int | None = None
    """The last page that the answer names, if it names one."""
    etag: str | None = field(default=None, repr=False)
    is_unchanged: bool = False
    """Whether this says "nothing changed since" instead of giving facts."""


@frozen
class Step:
    """What an answer means."""

    facts: tuple[PullRequest, ...]
    """To be stored, together with the checkpoint."""
    checkpoint: Checkpoint
    following: "Reading | None"
    """How to go on; None when the list is complete."""


@frozen
class Reading:
    """Where a reading stands: which page comes next, and what its answer will mean."""

    checkpoint: Checkpoint
    cursor: Cursor
    is_resumed: bool = False
    """Whether the cursor comes from an earlier run, so that the list may have moved under it."""

    @property
    def request(self) -> ListRequest:
        """The page to ask for next. A resumed walk asks for its last page once more, to see that it still stands."""
        if isinstance(self.cursor, WalkCursor):
            page = self.cursor.page if self.is_resumed and self.cursor.page else self.cursor.page + 1
            return ListRequest(ListOrder.OLDEST_CREATED_FIRST, page)
        etag = self.checkpoint.etag if self.cursor.page == 0 else None
        return ListRequest(ListOrder.LAST_UPDATED_FIRST, self.cursor.page + 1, etag)

    def accept(self, answer: ListAnswer) -> Step:
        """Return what the answer to `request` means. Raises IncompleteListError for a list that breaks off."""
        if answer.is_unchanged:
            return self._accept_unchanged()
        if self.is_resumed and self._has_moved(answer):
            return self._go_on(answer.facts, self._from_the_start())
        # A list may have become shorter between two runs; what its last page was then says nothing about it now.
        cursor = evolve(self.cursor, last_page=0) if self.is_resumed else self.cursor
        if isinstance(cursor, WalkCursor):
            return self._accept_walked(cursor, answer)
        return self._accept_increment(cursor, answer)

    def _accept_unchanged(self) -> Step:
        if self.request.etag is None:
            raise IncompleteListError(self.request.page, self.cursor.last_page, "unchanged, says an answer unasked")
        return Step((), self.checkpoint, None)

    def _has_moved(self, answer: ListAnswer) -> bool:
        """Whether the list is no longer the one that the cursor was made for: something was hidden or deleted."""
        if isinstance(self.cursor, WalkCursor) and self.cursor.page and not _still_stands(self.cursor, answer):
            return True
        page = self.request.page
        ends_early = page < self.cursor.last_page or (page > 1 and not answer.facts)
        return ends_early and not answer.has_next

    def _from_the_start(self) -> Cursor:
        return WalkCursor() if isinstance(self.cursor, WalkCursor) else IncrementCursor(self.cursor.bound)

    def _accept_walked(self, cursor: WalkCursor, answer: ListAnswer) -> Step:
        page = self.request.page
        last_page = _checked_last_page(page, cursor.last_page, answer)
        updates = [fact.updated_at for fact in answer.facts]
        if cursor.newest_updated_at is not None:
            updates.append(cursor.newest_updated_at)
        walked = WalkCursor(
            started_at=cursor.started_at or answer.served_at,
            page=page,
            rows=len(answer.facts),
            last_number=answer.facts[-1].number if answer.facts else None,
            newest_updated_at=max(updates, default=None),
            last_page=last_page,
        )
        return self._go_on(answer.facts, walked) if answer.has_next else self._end_walk(answer.facts, walked)

    def _end_walk(self, facts: tuple[PullRequest, ...], walked: WalkCursor) -> Step:
        """The watermark is no later than the walk's start: what changed since may have been passed already."""
        reached = min(filter(None, (walked.started_at, walked.newest_updated_at)))
        watermark = _later(self.checkpoint.watermark, reached if walked.newest_updated_at else None)
        return Step(facts, Checkpoint(watermark=watermark, walked_at=walked.started_at), None)

    def _accept_increment(self, cursor: IncrementCursor, answer: ListAnswer) -> Step:
        page = self.request.page
        fresh = tuple(takewhile(lambda fact: fact.updated_at >= cursor.bound, answer.facts))
        has_met_bound = len(fresh) < len(answer.facts)
        last_page = cursor.last_page if has_met_bound else _checked_last_page(page, cursor.last_page, answer)
        read = evolve(cursor, page=page, last_page=last_page)
        if page == 1:
            newest = max((fact.updated_at for fact in answer.facts), default=None)
            # A full page may be the last one now and not once one that arrives late has come behind it.
            etag = answer.etag if has_met_bound or _is_settled(newest, answer.served_at) else None
            read = evolve(read, pending_watermark=newest, pending_etag=etag)
        if answer.has_next and not has_met_bound:
            return self._go_on(fresh, read)
        watermark = _later(self.checkpoint.watermark, read.pending_watermark)
        ended = evolve(self.checkpoint, cursor=None, watermark=watermark, etag=read.pending_etag)
        return Step(fresh, ended, None)

    def _go_on(self, facts: tuple[PullRequest, ...], cursor: Cursor) -> Step:
        checkpoint = evolve(self.checkpoint, cursor=token_of(cursor), etag=None)
        return Step(facts, checkpoint, Reading(checkpoint, cursor))


def begin(checkpoint: Checkpoint) -> Reading:
    """Return the reading that a checkpoint asks for; an unreadable cursor starts a walk, which loses nothing."""
    if checkpoint.cursor is not None:
        try:
            return Reading(checkpoint, cursor_of(checkpoint.cursor), is_resumed=True)
        except InvalidValueError:
            return Reading(checkpoint, WalkCursor())
    if checkpoint.watermark is None:
        return Reading(checkpoint, WalkCursor())
    return Reading(checkpoint, IncrementCursor(bound=checkpoint.watermark - OVERLAP))


def _still_stands(cursor: WalkCursor, answer: ListAnswer) -> bool:
    """Whether the page's last pull request is where it was; new ones may have come behind it."""
    place = cursor.rows - 1
    return 0 <= place < len(answer.facts) and answer.facts[place].number == cursor.last_number


def _checked_last_page(page: int, known_last_page: int, answer: ListAnswer) -> int:
    """Return the greatest last page named so far; refuse an answer that ends or breaks the list before it."""
    last_page = max(known_last_page, answer.last_page or 0)
    if not answer.facts and page > 1:
        raise IncompleteListError(page, last_page, "it is empty")
    if not answer.has_next and page < last_page:
        raise IncompleteListError(page, last_page, "it names no next page")
    if not answer.facts and answer.has_next:
        raise IncompleteListError(page, last_page, "it is empty and names a next page")
    return last_page


def _is_settled(newest: datetime | None, served_at: datetime) -> bool:
    """Whether every later change must appear on page 1, so that its etag can stand for the whole list.

    A change of the same second, or one that arrives late, may sort behind more than a page of others.
    """
    return newest is None or served_at - newest > OVERLAP


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
