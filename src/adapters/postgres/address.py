"""Where the database is, for as long as a pool lives: its address is read again when its password is refused."""

import time
from threading import Lock
from typing import Final

from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretSource

REREAD_AGAIN_AFTER_SECONDS: Final = 5.0
"""A rotation changes the password some seconds before the secret, or after it: one reading may come too early."""


class Address:
    """A fixed address, or one that a secret store gives out. Safe to be used by several threads."""

    def __init__(self, given: Secret | SecretSource) -> None:
        self._source = given if isinstance(given, SecretSource) else None
        self._lock = Lock()
        self._url = given if isinstance(given, Secret) else None
        self._not_before = 0.0
        self._failure: str | None = None

    def current(self) -> Secret:
        """Return the address to connect to. Raises SecretUnavailableError."""
        with self._lock:
            if self._url is None:
                assert self._source is not None  # noqa: S101  # what is no secret is a source of one
                self._url = self._source.read()
            return self._url

    def after_refusal(self, refused: Secret) -> Secret | None:
        """Return another address than the one whose password was refused; None if there is none now.

        It is read again once for all threads, and then not for a while, unless it has let somebody in.
        Raises SecretUnavailableError.
        """
        with self._lock:
            if self._url is not None and self._url.reveal() != refused.reveal():
                return self._url
            if self._source is None:
                return None
            if time.monotonic() >= self._not_before:
                self._not_before = time.monotonic() + REREAD_AGAIN_AFTER_SECONDS
                self._reread(self._source)
            if self._failure is not None:
                raise SecretUnavailableError(self._failure)
            return None if self._url is None or self._url.reveal() == refused.reveal() else self._url

    def accept(self) -> None:
        """Note that the password was right: a later refusal is a new one."""
        self._not_before = 0.0

    def _reread(self, source: SecretSource) -> None:
        try:
            self._url, self._failure = source.reread(), None
        except SecretUnavailableError as exc:
            self._failure = str(exc)
