"""A pull request as GitHub states it: facts only, no team in it (R12, R13)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import Attribute, field, frozen

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import to_utc, to_utc_or_none

GHOST_LOGIN = "ghost"
"""GitHub's own account that stands in for deleted ones (docs.github.com, "Deleting your personal account")."""

_SURROGATES_AND_NUL = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


class PullRequestState(StrEnum):
    """Open, closed without merging, or merged; only merged_at says that it merged (R9)."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


def storable_text(text: str) -> str:
    r"""Return the text with NUL and lone surrogates, which no database stores, as U+FFFD.

    >>> storable_text("a\x00b")
    'a\ufffdb'
    """
    return text if text.isascii() and "\0" not in text else text.translate(_SURROGATES_AND_NUL)


def _storable_text_or_none(text: str | None) -> str | None:
    # Most texts are as they should be; they are not worth another call, six times for each pull request.
    return text if text is None or (text.isascii() and "\0" not in text) else storable_text(text)


def _storable_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(storable_text, texts)) if texts else texts


@frozen
class Repository:
    """A repository by GitHub's numeric id, which outlives every rename and transfer."""

    id: int
    full_name: str
    """owner/name as GitHub spells it today; compared without case."""
    default_branch: str | None = None


@frozen
class Author:
    """Who opened a pull request, as GitHub named the account when it answered."""

    login: str = field(converter=storable_text)
    id: int | None = None
    account_type: str | None = field(default=None, converter=_storable_text_or_none)
    """GitHub's account type: User, Bot, Organization or Mannequin; None where it was not told."""

    @property
    def login_key(self) -> str:
        """The login in the one form that is compared (R2)."""
        return login_key(self.login)

    @property
    def is_ghost(self) -> bool:
        """Whether this is GitHub's stand-in for a deleted account (R11)."""
        return login_key(self.login) == GHOST_LOGIN


def login_key(login: str) -> str:
    """Return the form in which logins are compared: lower case (R2). GitHub's logins are ASCII."""
    return login.lower()


def _check_number(_instance: object, attribute: "Attribute[int]", number: int) -> None:
    if not 0 < number < 2**63:
        raise InvalidValueError(attribute.name, number, "a positive whole number below 2^63")


@frozen
class PullRequest:
    """One pull request, once per (repository_id, number). All instants are in UTC."""

    repository_id: int
    number: int = field(validator=_check_number)
    author: Author | None
    """None when GitHub no longer names the author (R11)."""
    state: PullRequestState
    created_at: datetime = field(converter=to_utc)
    updated_at: datetime = field(converter=to_utc)
    observed_at: datetime = field(converter=to_utc, eq=False)
    """The server's time of the page this was read from. Not part of the content (R12)."""
    merged_at: datetime | None = field(default=None, converter=to_utc_or_none)
    closed_at: datetime | None = field(default=None, converter=to_utc_or_none)
    github_id: int | None = None
    title: str | None = field(default=None, converter=_storable_text_or_none)
    """None when titles are left out by setting (R13)."""
    author_association: str | None = field(default=None, converter=_storable_text_or_none)
    is_draft: bool = False
    base_branch: str | None = field(default=None, converter=_storable_text_or_none)
    head_branch: str | None = field(default=None, converter=_storable_text_or_none)
    merge_commit: str | None = field(default=None, converter=_storable_text_or_none)
    labels: tuple[str, ...] = field(default=(), converter=_storable_texts)

    def __attrs_post_init__(self) -> None:
        if (self.state is PullRequestState.MERGED) != (self.merged_at is not None):
            raise InvalidValueError("state", self.state.value, "merged exactly where merged_at is given")
        if self.state is PullRequestState.OPEN and self.closed_at is not None:
            raise InvalidValueError("closed_at", self.closed_at.isoformat(), "nothing while the state is open")

    @property
    def key(self) -> tuple[int, int]:
        """(repository_id, number): what makes this pull request this one."""
        return self.repository_id, self.number

    @property
    def cycle_time(self) -> timedelta | None:
        """merged_at - created_at in whole seconds; None if unmerged or if it merged before it was created (R9)."""
        if self.merged_at is None or self.merged_at < self.created_at:
            return None
        elapsed = self.merged_at - self.created_at
        return elapsed - timedelta(microseconds=elapsed.microseconds)

    @property
    def cycle_time_seconds(self) -> int | None:
        """The cycle time as a whole number of seconds; None where there is none (R9)."""
        elapsed = self.cycle_time
        return None if elapsed is None else elapsed.days * 86_400 + elapsed.seconds

    @property
    def created_date(self) -> date:
        """The UTC date of created_at (R9)."""
        return self.created_at.date()

    def supersedes(self, stored: "PullRequest") -> bool:
        """Whether this observation replaces the stored one: other content, and not older (R12).

        A last-writer-wins register by (updated_at, observed_at); on an exact tie the later arrival wins, and the
        overlap of the next increment reads it again. Raises InvalidValueError nowhere; see `contradicts`.
        """
        return self != stored and (self.updated_at, self.observed_at) >= (stored.updated_at, stored.observed_at)

    def contradicts(self, stored: "PullRequest") -> bool:
        """Whether both cannot describe one pull request: created_at never changes."""
        return self.created_at != stored.created_at


def state_of(merged_at: datetime | None, is_open: bool) -> PullRequestState:
    """Return the state from what GitHub tells; merged_at decides even where GitHub says open (R9)."""
    if merged_at is not None:
        return PullRequestState.MERGED
    return PullRequestState.OPEN if is_open else PullRequestState.CLOSED
