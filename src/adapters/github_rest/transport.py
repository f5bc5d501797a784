"""One GET request at a time: sent by PyGithub, classified here, retried and waited for within the time left."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import requests
from attrs import field, frozen
from github import Auth, Github, GithubException
from github.Requester import Requester

from github_tracker.adapters.github_rest.backoff import backoff_seconds
from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.domain.reading import IncompleteListError
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    SourceError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore
from github_tracker.ports.telemetry import Telemetry, WaitingForSource

SECONDARY_LIMIT_WAIT: Final = timedelta(seconds=60)
"""How long to rest where GitHub names no time (docs.github.com, "Best practices for using the REST API")."""

_UNAVAILABLE: Final = {403: "access is refused", 404: "not found", 410: "gone", 451: "blocked for legal reasons"}

_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_LIMIT_WORDS: Final = ("rate limit", "abuse detection")
_SHORTEST_LIMIT_WAIT: Final = timedelta(seconds=1)

T = TypeVar("T")


@frozen
class RestOptions:
    """Where GitHub is and how patient to be."""

    api_url: str = "https://api.github.com"
    keeps_titles: bool = True
    timeout_seconds: int = 30
    attempts: int = 5
    """How often a request is tried when what fails may pass."""
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0


@frozen
class Answer:
    """A status that is neither an error nor a limit, with what came with it."""

    status: int
    body: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    served_at: datetime
    is_redirected: bool = False
    """Whether it answers another address, and without the parameters that were sent."""

    @property
    def requests_left(self) -> int | None:
        """What remains of the hour's limit, if told."""
        return whole_number(self.headers.get("x-ratelimit-remaining"))


class UnavailableError(Exception):
    """An answer about the one thing asked for: refused, missing, gone or blocked. Stays inside this adapter."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{reason} ({status})")
        self.requests = 0


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
        it ends before the deadline. Raises TransientSourceError, LimitedSourceError, UnauthorisedError,
        UnavailableError, and what `understand` raises.
        """
        connection = self._connection()
        before = connection.sent

        def ask(token: str) -> T:
            return understand(self._send(token, path, parameters, etag))

        try:
            return self._ask_patiently(ask, path, deadline), connection.sent - before
        except (SourceError, UnavailableError) as exc:
            exc.requests = connection.sent - before
            raise

    def _ask_patiently(self, ask: Callable[[str], T], path: str, deadline: datetime | None) -> T:
        failed = 0
        while True:
            token = self._current_token()
            try:
                return ask(token)
            except UnauthorisedError:
                self._reread_once(token)
            except LimitedSourceError as exc:
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

    def _send(self, token: str, path: str, parameters: Mapping[str, str], etag: str | None) -> Answer:
        headers = {} if etag is None else {"If-None-Match": etag}
        connection = self._connection()
        connection.begin()
        with _translated(path):
            status, fields, body = self._requester(token).requestJson(
                "GET", path, parameters=dict(parameters), headers=headers, cnx=connection
            )
        # An empty Date would be no HTTP; our own clock is the second best.
        served_at = _http_date(fields.get("date")) or self._clock.now()
        answer = Answer(status, body, fields, served_at, is_redirected=connection.hops > 1)
        self._refuse(answer, path)
        return answer

    def _refuse(self, answer: Answer, path: str) -> None:
        """Raise what the status calls for; only 200, 304 and 409 pass.

        409 is what GitHub says of a repository without any commit, which can have no pull requests.
        """
        if answer.status in (200, 304, 409):
            return
        if answer.status in (403, 429) and (retry_at := self._limited_until(answer)) is not None:
            raise LimitedSourceError(f"GitHub's rate limit is reached until {retry_at.isoformat()}", retry_at)
        if answer.status == 401:
            raise self._unauthorised()
        if answer.status in _UNAVAILABLE:
            raise UnavailableError(answer.status, _UNAVAILABLE[answer.status])
        if answer.status >= 500 or answer.status in (202, 408):
            raise TransientSourceError(f"GitHub answered {answer.status}")
        raise UnavailableError(answer.status, f"an answer that was not expected for {path}")

    def _unauthorised(self) -> UnauthorisedError:
        return UnauthorisedError(
            f"GitHub refuses the token (401) at {self._options.api_url}; check that GITHUB_PAT is valid there"
        )

    def _limited_until(self, answer: Answer) -> datetime | None:
        """Return when the limit ends, by our clock; None where this is no limit.

        Never at once: a limit that seems to be over and is not would be asked again and again.
        """
        wait = _limit_wait(answer)
        return None if wait is None else self._clock.now() + max(wait, _SHORTEST_LIMIT_WAIT)

    def _connection(self) -> ObservedConnection:
        """Return this thread's connection, whatever the token."""
        if not hasattr(self._own, "connection"):
            self._own.connection = ObservedConnection(self._options.api_url, self._options.timeout_seconds)
        connection: ObservedConnection = self._own.connection
        return connection

    def _requester(self, token: str) -> Requester:
        """Return this thread's requester; a new token makes a new one."""
        if getattr(self._own, "token", None) != token:
            client = Github(
                auth=Auth.Token(token),
                base_url=self._options.api_url,
                timeout=self._options.timeout_seconds,
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


def whole_number(text: str | None) -> int | None:
    """Return the number that a header or parameter holds; None for anything else."""
    found = None if text is None else _WHOLE_NUMBER.fullmatch(text.strip())
    return None if found is None else int(found[0])


def _limit_wait(answer: Answer) -> timedelta | None:
    """Return how long GitHub asks to wait: by Retry-After, by the primary limit's reset, or 60 seconds unnamed."""
    retry_after = answer.headers.get("retry-after")
    if retry_after is not None:
        seconds = whole_number(retry_after)
        return SECONDARY_LIMIT_WAIT if seconds is None else timedelta(seconds=seconds)
    reset = whole_number(answer.headers.get("x-ratelimit-reset"))
    if answer.requests_left == 0 and reset is not None:
        # By the server's own clock, since ours may be ahead. The limit falls somewhere within the second named.
        return datetime.fromtimestamp(reset, UTC) + timedelta(seconds=1) - answer.served_at
    text = answer.body[:2000].lower()
    is_limited = answer.status == 429 or any(words in text for words in _LIMIT_WORDS)
    return SECONDARY_LIMIT_WAIT if is_limited else None


def _sendable(secret: Secret) -> str:
    """Return the token; one that no header can carry would stand in the error that says so."""
    token = secret.reveal()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UnauthorisedError("the token is empty or holds characters that no token has; check GITHUB_PAT")
    return token


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Turn what PyGithub and requests raise into port errors. Their texts may hold urls, never the token."""
    try:
        yield
    except requests.RequestException as exc:
        raise TransientSourceError(f"no answer to {path}: {_kind_of(exc)}") from exc
    except GithubException as exc:
        raise TransientSourceError(f"GitHub answered {exc.status} to {path}") from exc
    except RuntimeError as exc:
        raise MalformedSourceError(f"{exc}; check GITHUB_API_URL") from exc
    except (TypeError, ValueError, OverflowError) as exc:
        raise TransientSourceError(f"an unreadable answer to {path}: {type(exc).__name__}") from exc


def _kind_of(exc: requests.RequestException) -> str:
    kinds: dict[type[Exception], str] = {
        requests.ConnectTimeout: "connecting took too long",
        requests.ReadTimeout: "the reply took too long",
        requests.exceptions.ChunkedEncodingError: "the connection was cut in the body",
        requests.exceptions.SSLError: "the TLS connection failed",
        requests.ConnectionError: "the server cannot be reached",
        requests.TooManyRedirects: "it redirects in circles",
    }
    return next((text for kind, text in kinds.items() if isinstance(exc, kind)), type(exc).__name__)


def _http_date(text: str | None) -> datetime | None:
    try:
        parsed = None if text is None else parsedate_to_datetime(text)
        # A zone of -0000, or none, leaves it naive; HTTP knows no other time than UTC.
        return None if parsed is None else (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
