"""Who is asking: a presented key becomes what its holder may do, or is refused without a word about why."""

from collections import OrderedDict
from datetime import date, datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Final

from attrs import frozen

from github_tracker.domain.api_key import Access, ApiKey, Key, KeyRecord, KeyState, MalformedKeyError, opens, parse_key
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeySource, ApiKeyUses
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import PortError
from github_tracker.ports.team_directory import TeamDirectory

REMEMBERED_FOR: Final = timedelta(seconds=60)
"""How long an accepted key is not asked for again; so revoking takes effect within a minute in every process."""

REFUSED_FOR: Final = timedelta(seconds=5)
"""How long a key that was not found is not asked for again; short, since it may not have reached a replica yet."""

MOST_REMEMBERED: Final = 1024
"""Keys of either kind. Refused ones are remembered apart, so that a flood of them drives no accepted one out."""


class Refusal(StrEnum):
    """Why a key was refused; for logs only."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    """A known public id with another secret."""
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"


class NotAuthenticatedError(GitHubTrackerError):
    """The key was refused. The message is the same for every cause; `cause` and `key_id` are for logs.

    `key_id` is None if what was presented is no key; else it is what the key claims to be.
    """

    def __init__(self, cause: Refusal, key_id: str | None = None) -> None:
        super().__init__("the API key was not accepted")
        self.cause = cause
        self.key_id = key_id


@frozen
class _Remembered:
    """What was found for a presented key, and until when that is believed."""

    found: KeyRecord | Refusal
    until: datetime


class Authenticate:
    """Tells what a presented key opens. Safe to be used by several threads; one instance a process.

    Keys from outside the database are looked for first, at every request, and what is found there decides: that source
    is to keep what it knows. What the database says is remembered for a while.
    """

    def __init__(
        self, keys: ApiKeyRepository, outside: ApiKeySource, uses: ApiKeyUses, directory: TeamDirectory, clock: Clock
    ) -> None:
        self._keys = keys
        self._directory = directory
        self._outside = outside
        self._uses = uses
        self._clock = clock
        self._lock = Lock()
        self._accepted: OrderedDict[str, _Remembered] = OrderedDict()
        self._refused: OrderedDict[str, _Remembered] = OrderedDict()
        self._used_on: OrderedDict[str, date] = OrderedDict()

    def __call__(self, presented: str) -> Access:
        """Return what the key opens.

        Raises NotAuthenticatedError if it is refused, and StorageError or SecretUnavailableError if nobody can tell.
        """
        try:
            key = parse_key(presented)
        except MalformedKeyError as exc:
            raise NotAuthenticatedError(Refusal.MALFORMED) from exc
        now = self._clock.now()
        outside = self._outside.find(key.public_id)
        if outside is not None:
            found = _compared(key, outside)
        else:
            found = self._recalled(key.digest, now) or self._looked_up(key, now)
        if isinstance(found, Refusal):
            raise NotAuthenticatedError(found, key.public_id)
        # Asked each time, so that a remembered key does not outlive its end.
        state = found.key.state_at(now)
        if state is not KeyState.LIVE:
            raise NotAuthenticatedError(Refusal(state.value), key.public_id)
        return found.key.access(self._team_ids(found))

    def _team_ids(self, record: KeyRecord) -> tuple[int, ...]:
        """Names are asked for each time: what was renamed since must not open another team's figures."""
        if record.team_ids is not None:
            return record.team_ids
        names = record.key.teams
        return tuple(team.id for team in self._directory.teams() if team.name in names) if names else ()

    def _recalled(self, digest: str, now: datetime) -> KeyRecord | Refusal | None:
        with self._lock:
            remembered = [memory[digest] for memory in (self._accepted, self._refused) if digest in memory]
        return next((one.found for one in remembered if now < one.until), None)

    def _looked_up(self, key: Key, now: datetime) -> KeyRecord | Refusal:
        found = _compared(key, self._keys.find(key.public_id))
        if isinstance(found, Refusal):
            self._remember(self._refused, key.digest, _Remembered(found, now + REFUSED_FOR))
        else:
            self._remember(self._accepted, key.digest, _Remembered(found, now + REMEMBERED_FOR))
            if found.key.state_at(now) is KeyState.LIVE:
                self._note_use(found.key, now.date())
        return found

    def _remember(self, memory: OrderedDict[str, _Remembered], digest: str, found: _Remembered) -> None:
        with self._lock:
            memory[digest] = found
            memory.move_to_end(digest)
            if len(memory) > MOST_REMEMBERED:
                memory.popitem(last=False)

    def _note_use(self, key: ApiKey, day: date) -> None:
        """Once a day in this process, and never again the same day once the store has it.

        Where it cannot be written, the request goes on, and the next time that the key is looked up it is tried again.
        """
        public_id, noted = key.public_id, key.last_used_on
        with self._lock:
            if self._used_on.get(public_id) == day or (noted is not None and noted >= day):
                return
        try:
            self._uses.note_use(public_id, day)
        except PortError:
            return
        with self._lock:
            self._used_on[public_id] = day
            self._used_on.move_to_end(public_id)
            if len(self._used_on) > MOST_REMEMBERED:
                self._used_on.popitem(last=False)


def _compared(presented: Key, record: KeyRecord | None) -> KeyRecord | Refusal:
    """An unknown key is compared as well, so that it is refused no faster than a known one."""
    if opens(presented, record) and record is not None:
        return record
    return Refusal.UNKNOWN if record is None else Refusal.MISMATCH
