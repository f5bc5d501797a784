"""The role of the place where secrets lie."""

from abc import ABC, abstractmethod
from enum import StrEnum

from attrs import field, frozen


class SecretName(StrEnum):
    """The secrets there are."""

    GITHUB_TOKEN = "GITHUB_PAT"
    GITHUB_APP_KEY = "GITHUB_APP_PRIVATE_KEY"
    """The private key of a GitHub App, in PEM form; stands in for the token."""
    DATABASE_URL = "DB_URL"
    DATABASE_READ_URL = "DB_READ_URL"
    """Of a replica, or of a role that can only read; for the metrics API."""
    API_KEYS = "API_KEYS"
    """Keys of the metrics API that are given from outside the database: a JSON list of hashes."""


@frozen(eq=False)
class Secret:
    """A value that shows itself only when asked by name; its repr and str tell nothing."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself, to be handed to the one library that needs it."""
        return self._value

    def __str__(self) -> str:
        return "(secret)"


class SecretStore(ABC):
    """Hands out secrets."""

    @abstractmethod
    def read(self, name: SecretName) -> Secret:
        """Return the secret, possibly from a cache. Raises SecretUnavailableError, which names it only."""

    @abstractmethod
    def reread(self, name: SecretName) -> Secret:
        """Return the secret as it lies there now, past every cache: once after it was refused."""


@frozen
class SecretSource:
    """One secret of a store, for whoever needs this one and may have to read it again."""

    _store: SecretStore
    name: SecretName

    def read(self) -> Secret:
        """Return the secret, possibly from a cache. Raises SecretUnavailableError."""
        return self._store.read(self.name)

    def reread(self) -> Secret:
        """Return the secret past every cache. Raises SecretUnavailableError."""
        return self._store.reread(self.name)
