"""Where a collection goes on from, and the two kinds of unfinished reading that a cursor stands for."""

import json
from datetime import datetime, timedelta
from typing import Final

from attrs import asdict, evolve, field, frozen
from attrs.validators import ge, instance_of, optional

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import to_utc, to_utc_or_none

OVERLAP: Final = timedelta(minutes=10)
"""How far behind the watermark an increment reads again: instants of GitHub are whole seconds and may arrive late."""


@frozen
class WalkCursor:
    """An unfinished walk over the whole history, oldest first."""

    started_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """The server's time of the walk's first answer; None before it."""
    page: int = field(default=0, validator=[instance_of(int), ge(0)])
    """The last page read; 0 before the first."""
    rows: int = field(default=0, validator=[instance_of(int), ge(0)])
    """How many pull requests stood on that page."""
    last_number: int | None = field(default=None, validator=optional(instance_of(int)))
    """The number of the last of them: if it stands elsewhere on resuming, something was hidden or deleted."""
    newest_updated_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """Over all pages read."""
    last_page: int = field(default=0, validator=[instance_of(int), ge(0)])
    """The greatest last page that any answer named."""


@frozen
class IncrementCursor:
    """An unfinished increment, last updated first."""

    bound: datetime = field(converter=to_utc)
    """Reading stops at the first pull request updated before this instant."""
    page: int = field(default=0, validator=[instance_of(int), ge(0)])
    """The last page read; 0 before the first."""
    pending_watermark: datetime | None = field(default=None, converter=to_utc_or_none)
    """The newest updated_at of page 1; becomes the watermark when the increment is complete, not before."""
    pending_etag: str | None = field(default=None, repr=False, validator=optional(instance_of(str)))
    """Of page 1; kept for the next increment when this one is complete."""
    last_page: int = field(default=0, validator=[instance_of(int), ge(0)])
    """The greatest last page that any answer named."""


Cursor = WalkCursor | IncrementCursor

_KINDS: Final[dict[str, type[Cursor]]] = {"walk": WalkCursor, "increment": IncrementCursor}
_INSTANTS = {"started_at", "newest_updated_at", "bound", "pending_watermark"}


@frozen
class Checkpoint:
    """Where a source goes on from. It travels with the facts of the page it came with, in one transaction.

    An empty one starts a walk over the whole history; one with a cursor goes on inside an unfinished reading; one
    with a watermark only starts an increment.
    """

    cursor: str | None = None
    """Opaque to everybody but sources. None when nothing is unfinished."""
    watermark: datetime | None = field(default=None, converter=to_utc_or_none)
    """Every pull request updated before this instant has been seen; never decreases. None before a walk ended."""
    etag: str | None = field(default=None, repr=False)
    """What makes the next increment's first request conditional."""
    walked_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """When the last complete walk over the whole history began."""

    def for_walk(self) -> "Checkpoint":
        """Return the checkpoint that walks over the whole history again and keeps what is known till it ends."""
        return evolve(self, cursor=token_of(WalkCursor()), etag=None)

    def is_behind(self, updated_at: datetime) -> bool:
        """Whether increments from here no longer look at what was updated then."""
        return self.watermark is not None and updated_at < self.watermark - OVERLAP

    @property
    def is_cut(self) -> bool:
        """Whether part of an unfinished reading was read already; its end tells nothing of what changed since then."""
        try:
            return self.cursor is not None and cursor_of(self.cursor).page > 0
        except InvalidValueError:
            return False

    def is_walk_due(self, now: datetime, every: timedelta) -> bool:
        """Whether nothing is unfinished and the last complete walk began that long ago."""
        return self.cursor is None and self.walked_at is not None and self.walked_at + every <= now


def token_of(cursor: Cursor) -> str:
    """Return the cursor as the text that a checkpoint carries."""
    kind = next(name for name, kind in _KINDS.items() if isinstance(cursor, kind))
    return json.dumps({"kind": kind, **asdict(cursor)}, default=datetime.isoformat)


def cursor_of(token: str) -> Cursor:
    """Return the cursor that a token stands for; InvalidValueError for a text that is none."""
    try:
        fields = json.loads(token)
        for name in _INSTANTS & fields.keys():
            fields[name] = None if fields[name] is None else datetime.fromisoformat(fields[name])
        return _KINDS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise InvalidValueError("checkpoint", token, "a cursor that this version wrote") from exc
