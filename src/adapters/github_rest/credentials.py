"""What is shown to GitHub with each request, and what becomes of it when GitHub refuses it."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import UnauthorisedError
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore

RENEWED_AGAIN_AFTER: Final = timedelta(seconds=30)
"""Long enough for a run to stop in, and less than what lies between two runs of a process that goes on."""


class Credential(ABC):
    """Gives out tokens; safe to be used by several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._not_renewed_before: datetime | None = None

    @abstractmethod
    def token(self, connection: ObservedConnection, deadline: datetime | None) -> str:
        """Return the token to be shown now; requests that it takes are sent through the connection.

        Raises UnauthorisedError, SecretUnavailableError, and what any request to GitHub raises.
        """

    @abstractmethod
    def replace(self, refused: str) -> None:
        """Let go of a token that GitHub refused. Raises UnauthorisedError if there is no other to be hoped for."""

    @abstractmethod
    def refusal(self) -> UnauthorisedError:
        """Return the error that says whose token was refused, and what to do."""

    def accept(self) -> None:
        """Note that GitHub took a token: a later refusal is a new one."""
        self._not_renewed_before = None

    def _may_renew(self) -> bool:
        """Whether a refused token may be renewed, which is then used up until one is accepted, or for a while."""
        now = self._clock.now()
        if self._not_renewed_before is not None and now < self._not_renewed_before:
            return False
        self._not_renewed_before = now + RENEWED_AGAIN_AFTER
        return True


class TokenCredential(Credential):
    """A personal access token, as the secret store has it; read again when it is refused, as it may be rotated."""

    def __init__(self, api_url: str, secrets: SecretStore, clock: Clock) -> None:
        super().__init__(clock)
        self._api_url = api_url
        self._secrets = secrets
        self._lock = Lock()
        self._token: str | None = None

    def token(
        self,
        connection: ObservedConnection,  # noqa: ARG002  # the abstraction's
        deadline: datetime | None,  # noqa: ARG002  # as above
    ) -> str:
        """Return the token; it takes no request."""
        with self._lock:
            if self._token is None:
                self._token = self._read()
            return self._token

    def replace(self, refused: str) -> None:
        """Read the token again, unless another thread has done so."""
        with self._lock:
            if self._token != refused:
                return
            if not self._may_renew():
                raise self.refusal()
            self._token = sendable(self._secrets.reread(SecretName.GITHUB_TOKEN), SecretName.GITHUB_TOKEN)
            if self._token == refused:
                raise self.refusal()

    def refusal(self) -> UnauthorisedError:
        """Return the error."""
        return UnauthorisedError(
            f"GitHub refuses the token (401) at {self._api_url}; check that GITHUB_PAT is valid there"
        )

    def _read(self) -> str:
        try:
            return sendable(self._secrets.read(SecretName.GITHUB_TOKEN), SecretName.GITHUB_TOKEN)
        except UnauthorisedError:
            # It may have been put right since it was read first.
            return sendable(self._secrets.reread(SecretName.GITHUB_TOKEN), SecretName.GITHUB_TOKEN)


def sendable(secret: Secret, origin: str) -> str:
    """Return the token; one that no header can carry would stand in the error that says so."""
    token = secret.reveal()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UnauthorisedError(f"the token is empty or holds characters that no token has; check {origin}")
    return token
