"""The roles of whoever keeps keys of the metrics API: to know them, to manage them, to note that they are used."""

from abc import ABC, abstractmethod
from datetime import date, datetime

from github_tracker.domain.api_key import ApiKey, KeyRecord


class ApiKeySource(ABC):
    """Knows keys. May be a replica, or whatever else can only be read."""

    @abstractmethod
    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id, to the letter, revoked and expired ones included; None if unknown."""

    @abstractmethod
    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key that is known, the oldest first, then by public id."""


class ApiKeyRepository(ApiKeySource):
    """Keeps keys, of which it never sees more than a hash."""

    @abstractmethod
    def add(self, record: KeyRecord) -> None:
        """Keep a new key, with its teams as they are called now.

        Raises ApiKeyExistsError for a public id that is taken, revoked or not, and UnknownTeamError; then nothing is
        kept.
        """

    @abstractmethod
    def revoke(self, public_id: str, at: datetime) -> ApiKey:
        """Revoke the key for good and return it; the first time stands. Raises UnknownApiKeyError."""


class ApiKeyUses(ABC):
    """Notes that keys are used. Apart from the rest, since it writes where all else of a request only reads."""

    @abstractmethod
    def note_use(self, public_id: str, day: date) -> None:
        """Note the day, unless the same or a later one is noted; of an unknown key nothing is noted.

        Gives up early: whoever asks is waiting for something else. Raises StorageError.
        """
