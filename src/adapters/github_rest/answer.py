"""An answer of GitHub's, and the one place that says what its status and headers mean for whoever asked."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import field, frozen

from github_tracker.adapters.github_rest.body import Body
from github_tracker.ports.errors import LimitedSourceError, TransientSourceError, UnauthorisedError

SECONDARY_LIMIT_WAIT: Final = timedelta(seconds=60)
"""How long to rest where GitHub names no time (docs.github.com, "Best practices for using the REST API")."""

_UNAVAILABLE: Final = {403: "access is refused", 404: "not found", 410: "gone", 451: "blocked for legal reasons"}
_SINGLE_SIGN_ON: Final = "the token is not authorised for the single sign-on of the owner"

_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_LIMIT_WORDS: Final = ("rate limit", "abuse detection")
_SHORTEST_LIMIT_WAIT: Final = timedelta(seconds=1)


@frozen
class Answer:
    """A status with what came with it."""

    status: int
    body: Body = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    served_at: datetime
    is_redirected: bool = False
    """Whether it answers another address, and without the parameters that were sent."""

    @property
    def requests_left(self) -> int | None:
        """What remains of the hour's limit, if told."""
        return whole_number(self.headers.get("x-ratelimit-remaining"))

    @property
    def limit_resets_at(self) -> datetime | None:
        """When the hour's limit begins anew, by the server's clock, if told."""
        reset = whole_number(self.headers.get("x-ratelimit-reset"))
        return None if reset is None else datetime.fromtimestamp(reset, UTC)

    @property
    def etag(self) -> str | None:
        """What makes a later request conditional, if it is one that can be sent back."""
        etag = self.headers.get("etag")
        return etag if self.status == 200 and etag and etag.isascii() and etag.isprintable() else None


class UnavailableError(Exception):
    """An answer about the one thing asked for: refused, missing, gone or blocked. Stays inside this adapter."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{reason} ({status})")
        self.requests = 0


def check(answer: Answer, path: str, now: datetime) -> None:
    """Raise what the status calls for; only 200, 304 and 409 pass.

    409 is what GitHub says of a repository without any commit, which can have no pull requests.
    """
    status = answer.status
    if status in (200, 304, 409):
        return
    if status in (403, 429) and (wait := limit_wait(answer)) is not None:
        # Never at once: a limit that seems to be over and is not would be asked again and again.
        retry_at = now + max(wait, _SHORTEST_LIMIT_WAIT)
        raise LimitedSourceError(f"GitHub's rate limit is reached until {retry_at.isoformat()}", retry_at)
    if status == 401:
        raise UnauthorisedError("GitHub refuses the token (401)")
    if status in _UNAVAILABLE:
        # The header names an address with a secret of its own in it, so only its being there is told.
        is_single_sign_on = status == 403 and "x-github-sso" in answer.headers
        raise UnavailableError(status, _SINGLE_SIGN_ON if is_single_sign_on else _UNAVAILABLE[status])
    if status >= 500 or status == 408:
        raise TransientSourceError(f"GitHub answered {status}")
    raise UnavailableError(status, f"an answer that was not expected for {path}")


def limit_wait(answer: Answer) -> timedelta | None:
    """Return how long GitHub asks to wait: by Retry-After, by the primary limit's reset, or 60 seconds unnamed.

    None where a refusal is no limit.
    """
    retry_after = answer.headers.get("retry-after")
    if retry_after is not None:
        seconds = whole_number(retry_after)
        return SECONDARY_LIMIT_WAIT if seconds is None else timedelta(seconds=seconds)
    if answer.requests_left == 0 and answer.limit_resets_at is not None:
        # By the server's own clock, since ours may be ahead. The limit falls somewhere within the second named.
        return answer.limit_resets_at + timedelta(seconds=1) - answer.served_at
    text = answer.body.read()[:2000].decode(errors="replace").lower()
    is_limited = answer.status == 429 or any(words in text for words in _LIMIT_WORDS)
    return SECONDARY_LIMIT_WAIT if is_limited else None


def whole_number(text: str | None) -> int | None:
    """Return the number that a header or parameter holds; None for anything else."""
    found = None if text is None else _WHOLE_NUMBER.fullmatch(text.strip())
    return None if found is None else int(found[0])


def http_date(text: str | None) -> datetime | None:
    """Return the instant that a Date header names, in UTC; None for anything else."""
    try:
        parsed = None if text is None else parsedate_to_datetime(text)
        # A zone of -0000, or none, leaves it naive; HTTP knows no other time than UTC.
        return None if parsed is None else (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
