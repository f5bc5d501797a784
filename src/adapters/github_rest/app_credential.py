"""Tokens of a GitHub App's installation: they last an hour, and are asked for with a signature of the App's key.

See docs.github.com, "Generating an installation access token for a GitHub App". PyGithub's own AppInstallationAuth
fetches one for each of several threads, neither within a deadline nor counted, and its requester logs the answer at
DEBUG with the token in it; of PyGithub this uses the signature and the connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from attrs import field, frozen

from github_tracker.adapters.github_rest.app_request import AppRequest, KeyRefusedError
from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.adapters.github_rest.credentials import Credential
from github_tracker.adapters.github_rest.driver_errors import out_of_time
from github_tracker.adapters.github_rest.options import AppInstallation, RestOptions
from github_tracker.adapters.github_rest.patience import Patience
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    LimitedSourceError,
    OutOfTimeError,
    PortError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore
from github_tracker.ports.telemetry import Telemetry

RENEWED_BEFORE_END: Final = timedelta(minutes=5)
"""Longer than any request takes with its attempts, rate limits aside."""

_SHORTEST_USE: Final = timedelta(minutes=1)


@frozen
class _Token:
    text: str = field(repr=False)
    renewed_at: datetime


class InstallationCredential(Credential):
    """Installation tokens, one at a time for however many threads; the next is fetched minutes before the end."""

    def __init__(
        self, options: RestOptions, app: AppInstallation, secrets: SecretStore, clock: Clock, telemetry: Telemetry
    ) -> None:
        super().__init__(clock)
        self._options = options
        self._app = app
        self._secrets = secrets
        self._telemetry = telemetry
        self._request = AppRequest(options.api_url, app)
        self._fetching = Lock()
        self._lock = Lock()
        self._held: _Token | None = None
        self._fetches = 0
        self._failure: PortError | None = None

    def token(self, connection: ObservedConnection, deadline: datetime | None) -> str:
        """Return the token; one request an hour. Threads that want it meanwhile share its outcome, a failure too."""
        fetches = self._fetches
        with self._turn(deadline):
            held = self._held
            if held is None or self._clock.now() >= held.renewed_at:
                if self._fetches != fetches and self._failure is not None:
                    raise _anew(self._failure)
                held = self._fetch(connection, deadline)
            return held.text

    def replace(self, refused: str) -> None:
        """Let the next one be fetched."""
        with self._lock:
            if self._held is None or self._held.text != refused:
                return
            if not self._may_renew():
                raise self.refusal()
            self._held = None

    def refusal(self) -> UnauthorisedError:
        """Return the error."""
        return UnauthorisedError(
            f"GitHub refuses the App's installation token (401) at {self._options.api_url}; check that the App "
            f"{self._app.app_id} (GITHUB_APP_ID) is still installed as {self._app.installation_id} "
            "(GITHUB_APP_INSTALLATION_ID)"
        )

    @contextmanager
    def _turn(self, deadline: datetime | None) -> Iterator[None]:
        """Nobody waits past the deadline for what another thread asks for."""
        left = -1.0 if deadline is None else max(0.0, (deadline - self._clock.now()).total_seconds())
        if not self._fetching.acquire(timeout=left):
            raise out_of_time(self._request.path)
        try:
            yield
        finally:
            self._fetching.release()

    def _fetch(self, connection: ObservedConnection, deadline: datetime | None) -> _Token:
        self._failure = None
        try:
            fetched = self._ask_patiently(connection, deadline)
        except OutOfTimeError:
            # Others may have more time.
            raise
        except PortError as exc:
            self._failure = exc
            raise
        finally:
            self._fetches += 1
        with self._lock:
            self._held = fetched
        return fetched

    def _ask_patiently(self, connection: ObservedConnection, deadline: datetime | None) -> _Token:
        patience = Patience(self._options, self._clock, self._telemetry, self._request.path, deadline)
        key = self._secrets.read(SecretName.GITHUB_APP_KEY)
        has_reread = False
        while True:
            try:
                return self._ask(key, connection, patience)
            except KeyRefusedError as exc:
                if has_reread:
                    raise UnauthorisedError(str(exc)) from exc
                key, has_reread = self._another_than(key, exc), True
            except (LimitedSourceError, TransientSourceError) as exc:
                patience.bear(exc)

    def _another_than(self, key: Secret, refusal: KeyRefusedError) -> Secret:
        """Return the key as it lies there now; the same would be refused again."""
        another = self._secrets.reread(SecretName.GITHUB_APP_KEY)
        if another.reveal() == key.reveal():
            raise UnauthorisedError(str(refusal)) from refusal
        return another

    def _ask(self, key: Secret, connection: ObservedConnection, patience: Patience) -> _Token:
        granted = self._request.send(key, connection, patience, self._clock)
        margin = min(RENEWED_BEFORE_END, granted.lifetime / 2)
        # Counted from here: our clock and GitHub's need not agree.
        return _Token(granted.token, self._clock.now() + max(granted.lifetime - margin, _SHORTEST_USE))


def _anew(failure: PortError) -> PortError:
    """Return the same for another thread; what was raised carries counts of the one that it was raised in."""
    if isinstance(failure, LimitedSourceError):
        return LimitedSourceError(str(failure), failure.retry_at)
    return type(failure)(str(failure))
