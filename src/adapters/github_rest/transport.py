"""One GET request at a time: sent by PyGithub, classified, retried and waited for within the time left."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, TypeVar

import requests
from attrs import frozen
from github import Auth, Github
from github.Requester import Requester

from github_tracker.adapters.github_rest.answer import Answer, UnavailableError, check, http_date
from github_tracker.adapters.github_rest.backoff import backoff_seconds
from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.adapters.github_rest.driver_errors import translated
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
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore
from github_tracker.ports.telemetry import RequestFailed, Telemetry, WaitingForSource

_LONGEST_LIMIT_WAIT: Final = timedelta(hours=2)
"""Limits of GitHub's end within the hour; what claims to last longer is not waited for, deadline or not."""

T = TypeVar("T")


@frozen
class RestOptions:
    """Where GitHub is and how patient to be."""

    api_url: str = "https://api.github.com"
    keeps_titles: bool = True
    page_size: int = 100
    """Pull requests asked for at a time; 100 is the most that GitHub gives."""
    timeout_seconds: float = 30.0
    """How long a whole reply may take, with connecting and redirects, however steadily its bytes come."""
    attempts: int = 5
    """How often a request is tried when what fails may pass, and how often when a limit is told."""
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0


class Transport:
    """Sends GET requests for several threads, each with a requester of its own.

    One Github object shared by threads can answer with another repository's data: its connection keeps the url
    between request and response.
    """

    def __init__(self, options: RestOptions, secrets: SecretStore, clock: Clock, telemetry: Telemetry) -> None:
        self._options = options
        self._secrets = secrets
        self._clock = clock
        self._telemetry = telemetry
        self._own = threading.local()
        self._lock = threading.Lock()
        self._token: str | None = None
        self._has_reread = False

    def get(
        self,
        path: str,
        parameters: Mapping[str, str],
        understand: Callable[[Answer], T],
        etag: str | None = None,
        deadline: datetime | None = None,
    ) -> tuple[T, int]:
        """Return what `understand` makes of the answer, and how many requests it took, redirects included.

        What may pass is tried again, answers that `understand` finds incomplete too; a rate limit is waited for if
        it ends before the deadline, and no reply is waited for past it. Raises TransientSourceError,
        LimitedSourceError, OutOfTimeError, UnauthorisedError, UnavailableError, and what `understand` raises.
        """
        connection = self._connection()
        before = connection.sent

        def ask(token: str) -> T:
            with self._failures_told():
                return understand(self._send(token, path, parameters, etag, deadline))

        try:
            return self._ask_patiently(ask, path, deadline), connection.sent - before
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

    def _ask_patiently(self, ask: Callable[[str], T], path: str, deadline: datetime | None) -> T:
        failed = limited = 0
        while True:
            token = self._current_token()
            try:
                return ask(token)
            except UnauthorisedError:
                self._reread_once(token)
            except LimitedSourceError as exc:
                limited += 1
                # One that is told again and again would else keep a run without a deadline for ever.
                if limited >= self._options.attempts or exc.retry_at > self._clock.now() + _LONGEST_LIMIT_WAIT:
                    raise
                self._wait(str(exc), exc.retry_at, deadline, exc)
            except (TransientSourceError, IncompleteListError) as exc:
                failed += 1
                if failed >= self._options.attempts:
                    raise TransientSourceError(f"{path}: {exc}, {failed} times in a row") from exc
                seconds = backoff_seconds(failed, self._options.first_wait_seconds, self._options.longest_wait_seconds)
                until = self._clock.now() + timedelta(seconds=seconds)
                self._wait(f"{path}: {exc}", until, deadline, TransientSourceError(f"{path}: {exc}, no time left"))

    def _wait(self, reason: str, until: datetime, deadline: datetime | None, otherwise: Exception) -> None:
        if deadline is not None and until >= deadline:
            raise otherwise
        seconds = (until - self._clock.now()).total_seconds()
        if seconds > 1:
            self._telemetry.observe(WaitingForSource(reason, until))
        self._clock.sleep(seconds)

    def _send(
        self, token: str, path: str, parameters: Mapping[str, str], etag: str | None, deadline: datetime | None
    ) -> Answer:
        headers = {} if etag is None else {"If-None-Match": etag}
        connection = self._connection()
        limit = self._limit_seconds(path, deadline)
        connection.begin(limit)
        try:
            with translated(path):
                status, fields, body = self._requester(token).requestJson(
                    "GET", path, parameters=dict(parameters), headers=headers, cnx=connection
                )
        except TransientSourceError as exc:
            if limit < self._options.timeout_seconds and isinstance(exc.__cause__, requests.Timeout):
                # Not GitHub's fault: with more time the reply might have come.
                raise _out_of_time(path) from exc
            raise
        # An empty Date would be no HTTP; our own clock is the second best.
        served_at = http_date(fields.get("date")) or self._clock.now()
        answer = Answer(status, body, fields, served_at, is_redirected=connection.hops > 1)
        check(answer, path, self._clock.now())
        return answer

    def _limit_seconds(self, path: str, deadline: datetime | None) -> float:
        """Return how long a request may take that begins now: never past the deadline."""
        if deadline is None:
            return self._options.timeout_seconds
        left = (deadline - self._clock.now()).total_seconds()
        if left <= 0:
            raise _out_of_time(path)
        return min(left, self._options.timeout_seconds)

    def _unauthorised(self) -> UnauthorisedError:
        return UnauthorisedError(
            f"GitHub refuses the token (401) at {self._options.api_url}; check that GITHUB_PAT is valid there"
        )

    def _connection(self) -> ObservedConnection:
        """Return this thread's connection, whatever the token."""
        if not hasattr(self._own, "connection"):
            self._own.connection = ObservedConnection(self._options.api_url)
        connection: ObservedConnection = self._own.connection
        return connection

    def _requester(self, token: str) -> Requester:
        """Return this thread's requester; a new token makes a new one."""
        if getattr(self._own, "token", None) != token:
            client = Github(
                auth=Auth.Token(token),
                base_url=self._options.api_url,
                retry=None,
                seconds_between_requests=None,
                lazy=True,
            )
            self._own.token, self._own.requester = token, client.requester
        requester: Requester = self._own.requester
        return requester

    def _current_token(self) -> str:
        with self._lock:
            if self._token is None:
                self._token = _sendable(self._secrets.read(SecretName.GITHUB_TOKEN))
            return self._token

    def _reread_once(self, refused: str) -> None:
        """Take a rotated token, once in this object's life; a second refusal is final."""
        with self._lock:
            if self._token != refused:
                return
            if self._has_reread:
                raise self._unauthorised()
            self._has_reread = True
            self._token = _sendable(self._secrets.reread(SecretName.GITHUB_TOKEN))
            if self._token == refused:
                raise self._unauthorised()


def _sendable(secret: Secret) -> str:
    """Return the token; one that no header can carry would stand in the error that says so."""
    token = secret.reveal()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UnauthorisedError("the token is empty or holds characters that no token has; check GITHUB_PAT")
    return token


def _out_of_time(path: str) -> OutOfTimeError:
    return OutOfTimeError(f"{path}: no answer before the deadline; the next run goes on from here")
