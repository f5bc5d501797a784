"""Keys of the metrics API: their form, what is kept of them, and what they open.

A key reads `ght_<public id>_<secret><checksum>`, all of it letters and digits, so that a double click selects a part
whole. The secret holds 256 random bits. It is kept as a plain SHA-256: a slow hash makes guessing dear where secrets
are few enough to be guessed, as passwords are; 2 to the 256 are not, and a slow hash would only make each request dear.
The checksum is no protection, only a spelling check: a mistyped key is refused without asking anybody.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from zlib import crc32

from attrs import field, frozen

from github_tracker.domain.errors import GitHubTrackerError, InvalidValueError
from github_tracker.domain.instants import to_utc, to_utc_or_none

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead the clock may be of the machine on which a key was made."""

LONGEST_NAME: Final = 100
"""Characters in a key's name."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX: Final = "ght"
_ID_BYTES, _ID_LENGTH = 8, 11
_SECRET_BYTES, _SECRET_LENGTH = 32, 43
_CHECKSUM_LENGTH: Final = 6
_PUBLIC_ID: Final = re.compile(f"[0-9A-Za-z]{{{_ID_LENGTH}}}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_KEY: Final = re.compile(
    f"(?P<head>{_PREFIX}_(?P<public_id>{_PUBLIC_ID.pattern})_[0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    f"(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)
_NO_DIGEST: Final = "0" * 64


class MalformedKeyError(GitHubTrackerError):
    """A text that is no key of ours; the message tells nothing of the text."""


class Scope(StrEnum):
    """What a key is good for."""

    METRICS_READ = "metrics:read"
    TEAMS_READ = "teams:read"
    ADMIN = "admin"
    """Everything, of all teams."""


class KeyState(StrEnum):
    """Whether a key opens anything at some instant."""

    LIVE = "live"
    NOT_YET = "not_yet"
    """Made at an instant that is still to come."""
    EXPIRED = "expired"
    REVOKED = "revoked"


@frozen
class Key:
    """A whole key, as its owner presents it; only its public id shows itself."""

    public_id: str
    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the key itself, to be shown once to whoever it was made for."""
        return self._text

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole key in hexadecimal, as `printf %s "$KEY" | sha256sum` tells it."""
        return sha256(self._text.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{_PREFIX}_{self.public_id}_(secret)"


def mint_key(random_bytes: Callable[[int], bytes]) -> Key:
    """Return a new key out of so many random bytes as it asks for: those of `secrets.token_bytes`, save in tests."""
    public_id = _text_of(random_bytes(_ID_BYTES), _ID_LENGTH)
    head = f"{_PREFIX}_{public_id}_{_text_of(random_bytes(_SECRET_BYTES), _SECRET_LENGTH)}"
    return Key(public_id, head + _checksum(head))


def parse_key(text: str) -> Key:
    """Return the key that the text is, to the letter. Raises MalformedKeyError.

    A CRC-32 never misses a single wrong character, nor several that lie within four, and others once in 2 to the 32.
    """
    found = _KEY.fullmatch(text)
    if found is None:
        raise MalformedKeyError("not of the form of a key")
    if found["checksum"] != _checksum(found["head"]):
        raise MalformedKeyError("mistyped: the checksum does not fit")
    return Key(found["public_id"], text)


def is_public_id(text: str) -> bool:
    """Whether a key could be called so."""
    return _PUBLIC_ID.fullmatch(text) is not None


def _in_order(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    return tuple(scope for scope in Scope if scope in frozenset(scopes))


def _teams_in_order(teams: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if teams is None else tuple(sorted(set(teams)))


@frozen
class ApiKey:
    """What is known of a key by everybody who may list keys; holds [created_at, expires_at) and until it is revoked."""

    public_id: str
    name: str
    """Whom or what it was made for."""
    scopes: tuple[Scope, ...] = field(converter=_in_order)
    created_at: datetime = field(converter=to_utc)
    teams: tuple[str, ...] | None = field(default=None, converter=_teams_in_order)
    """None: all. Their names of today; a team that is renamed stays within reach."""
    expires_at: datetime | None = field(default=None, converter=to_utc_or_none)
    revoked_at: datetime | None = field(default=None, converter=to_utc_or_none)
    last_used_on: date | None = None
    """The UTC day, and nothing finer: nobody's hours are watched."""

    def __attrs_post_init__(self) -> None:
        if not is_public_id(self.public_id):
            raise InvalidValueError("public_id", self.public_id, f"{_ID_LENGTH} letters and digits")
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise InvalidValueError("name", self.name, f"1 to {LONGEST_NAME} printable characters, not only spaces")
        if not self.scopes:
            raise InvalidValueError("scopes", "nothing", f"at least one of {', '.join(Scope)}")
        if self.teams is not None and Scope.ADMIN in self.scopes:
            raise InvalidValueError("teams", ", ".join(self.teams), f"none beside {Scope.ADMIN}, which opens all teams")
        if self.expires_at is not None and self.expires_at <= self.created_at:
            raise InvalidValueError("expires_at", self.expires_at.isoformat(), "an instant after created_at")

    def state_at(self, now: datetime) -> KeyState:
        """Return whether it opens anything then; what was revoked stays so, whatever else is true."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return KeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.NOT_YET if now + CLOCK_TOLERANCE < self.created_at else KeyState.LIVE

    def access(self, team_ids: Iterable[int] = ()) -> "Access":
        """Return what whoever holds the key may do: if it is restricted, with the teams of these numbers alone."""
        teams = None if self.teams is None else tuple(sorted(team_ids))
        return Access(self.public_id, frozenset(self.scopes), teams)


def _checked_digest(_owner: object, _attribute: object, digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise InvalidValueError("digest", "a value that may hold a secret (not shown)", "64 digits from 0 to f")


@frozen
class KeyRecord:
    """A key as it is kept: with the hash of what its owner presents."""

    key: ApiKey
    digest: str = field(repr=False, validator=_checked_digest)
    team_ids: tuple[int, ...] | None = field(default=None, eq=False)
    """The numbers of its teams where they are known; not compared, since each store has numbers of its own."""


def opens(presented: Key, record: KeyRecord | None) -> bool:
    """Whether the presented key is the one that is kept.

    As long for a key that nobody knows as for a wrong one: the time tells no public id.
    """
    kept = _NO_DIGEST if record is None else record.digest
    return hmac.compare_digest(presented.digest, kept) and record is not None


@frozen
class Access:
    """What somebody with a key that was accepted may do."""

    key_id: str
    """The key's public id, for logs and limits."""
    scopes: frozenset[Scope]
    teams: tuple[int, ...] | None = None
    """Their numbers, since another team may take over a name; None: all."""

    def allows(self, scope: Scope) -> bool:
        """Whether it is good for this; `admin` is for everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def reaches(self, team_id: int) -> bool:
        """Whether the team of this number may be looked at."""
        return self.teams is None or team_id in self.teams


def _checksum(head: str) -> str:
    return _text_of(crc32(head.encode()).to_bytes(4, "big"), _CHECKSUM_LENGTH)


def _text_of(data: bytes, length: int) -> str:
    number = int.from_bytes(data, "big")
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
