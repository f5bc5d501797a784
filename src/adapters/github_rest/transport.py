"""One GET request at a time: sent by PyGithub, classified, retried and waited for within the time left."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from github_tracker.adapters.github_rest.answer import Answer, UnavailableError, check, http_date
from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.adapters.github_rest.credentials import Credential, TokenCredential
from github_tracker.adapters.github_rest.driver_errors import translated
from github_tracker.adapters.github_rest.options import RestOptions
from github_tracker.adapters.github_rest.patience import Patience
from github_tracker.adapters.github_rest.pygithub import Auth, Github, Requester
from github_tracker.adapters.github_rest.route import directions_to
from github_tracker.domain.reading import IncompleteListError
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    LimitedSourceError,
    OutOfTimeError,
    RepositoryUnavailableError,
    SourceError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import SecretStore
from github_tracker.ports.telemetry import RequestFailed, Telemetry

T = TypeVar("T")


class Transport:
    """Sends GET requests for several threads, with as many connections as are used at a time.

    One Github object used by two threads at a time can answer with another repository's data: its connection keeps the
    url between request and response. So each request borrows a client that nobody else uses meanwhile.
    """

    def __init__(self, options: RestOptions, secrets: SecretStore, clock: Clock, telemetry: Telemetry) -> None:
        self._options = options
        self._clock = clock
        self._telemetry = telemetry
        self._credential: Credential
        if options.app is None:
            self._credential = TokenCredential(options.api_url, secrets, clock)
        else:
            # What signs takes a tenth of a second to load.
            from github_tracker.adapters.github_rest.app_credential import InstallationCredential  # noqa: PLC0415

            self._credential = InstallationCredential(options, options.app, secrets, clock, telemetry)
        self._directions = directions_to(options.api_url)
        self._idle: deque[_Client] = deque()
        self._reading = threading.Lock()

    def get(
        self,
        path: str,
        parameters: Mapping[str, str],
        understand: Callable[[Answer], T],
        etag: str | None = None,
        deadline: datetime | None = None,
    ) -> tuple[T, int]:
        """Return what `understand` makes of the answer, and how many requests it took, redirects included.

        A request for a token counts to what needed it. What may pass is tried again, answers that `understand` finds
        incomplete too; a rate limit is waited for if it ends before the deadline, and no reply is waited for past it.
        Raises TransientSourceError, LimitedSourceError, OutOfTimeError, UnauthorisedError, UnavailableError,
        SecretUnavailableError, and what `understand` raises.
        """
        with self._borrowed() as client:
            return self._get(client, path, parameters, understand, etag, deadline)

    def release(self) -> None:
        """Close the connections that nobody uses: who comes back after a while may find them dead."""
        with suppress(IndexError):
            while True:
                self._idle.pop().connection.close()

    def _get(
        self,
        client: "_Client",
        path: str,
        parameters: Mapping[str, str],
        understand: Callable[[Answer], T],
        etag: str | None,
        deadline: datetime | None,
    ) -> tuple[T, int]:
        connection = client.connection
        before = connection.sent
        patience = Patience(self._options, self._clock, self._telemetry, path, deadline)

        def ask(token: str) -> T:
            with self._failures_told():
                answer = self._send(client.requester(token), connection, path, parameters, etag, patience)
                # A page takes a few milliseconds to read, and 2 MB until it is read.
                with self._reading:
                    return understand(answer)

        try:
            return self._ask_patiently(connection, ask, patience, deadline), connection.sent - before
        except (SourceError, UnavailableError) as exc:
            exc.requests = connection.sent - before
            raise

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        """Tell whoever watches of each fault of GitHub's, also of those that the next attempt makes good."""
        try:
            yield
        except OutOfTimeError:
            raise
        except SourceError as exc:
            self._telemetry.observe(RequestFailed(exc.code))
            raise
        except UnavailableError:
            self._telemetry.observe(RequestFailed(RepositoryUnavailableError.code))
            raise
        except IncompleteListError:
            self._telemetry.observe(RequestFailed(TransientSourceError.code))
            raise

    def _ask_patiently(
        self, connection: ObservedConnection, ask: Callable[[str], T], patience: Patience, deadline: datetime | None
    ) -> T:
        is_refused = False
        while True:
            with self._failures_told():
                token = self._credential.token(connection, deadline)
            try:
                answer = ask(token)
            except UnauthorisedError as exc:
                if is_refused:
                    raise self._credential.refusal() from exc
                is_refused = True
                self._credential.replace(token)
            except (LimitedSourceError, TransientSourceError, IncompleteListError) as exc:
                patience.bear(exc)
            else:
                self._credential.accept()
                return answer

    def _send(
        self,
        requester: Requester,
        connection: ObservedConnection,
        path: str,
        parameters: Mapping[str, str],
        etag: str | None,
        patience: Patience,
    ) -> Answer:
        headers = {} if etag is None else {"If-None-Match": etag}
        connection.begin(patience.limit_seconds)
        with translated(path, patience.is_cut_short):
            status, fields, _ = requester.requestJson(
                "GET", path, parameters=dict(parameters), headers=headers, cnx=connection
            )
        # An empty Date would be no HTTP; our own clock is the second best.
        served_at = http_date(fields.get("date")) or self._clock.now()
        answer = Answer(status, connection.body, fields, served_at, is_redirected=connection.hops > 1)
        check(answer, path, self._clock.now())
        return answer

    @contextmanager
    def _borrowed(self) -> "Iterator[_Client]":
        """Give the client that was used last of those that nobody uses: its connection is likeliest to be alive."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = _Client(self._options.api_url, ObservedConnection(self._directions))
        try:
            yield client
        finally:
            self._idle.append(client)


class _Client:
    """A connection, and what writes requests for it; used by one thread at a time."""

    def __init__(self, api_url: str, connection: ObservedConnection) -> None:
        self._api_url = api_url
        self.connection = connection
        self._token = ""
        self._requester: Requester | None = None

    def requester(self, token: str) -> Requester:
        """Return the requester; a new token makes a new one."""
        if self._requester is None or self._token != token:
            self._token = token
            self._requester = Github(
                auth=Auth.Token(token),
                base_url=self._api_url,
                retry=None,
                seconds_between_requests=None,
                lazy=True,
            ).requester
        return self._requester
