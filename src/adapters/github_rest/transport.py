"""One GET request at a time: sent by PyGithub, classified here, retried and waited for within the time left."""

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
from github_tracker.domain.reading import IncompleteListError
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    SourceError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import SecretName, SecretStore
from github_tracker.ports.telemetry import Telemetry, WaitingForSource

SECONDARY_LIMIT_WAIT: Final = timedelta(seconds=60)
"""How long to rest where GitHub names no time (docs.github.com, "Best practices for using the REST API")."""

_UNAVAILABLE: Final = {403: "access is refused", 404: "not found", 410: "gone", 451: "blocked for legal reasons"}

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

    @property
    def requests_left(self) -> int | None:
        """What remains of the hour's limit, if told."""
        left = self.headers.get("x-ratelimit-remaining", "")
        return int(left) if left.isdigit() else None


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
        """Return what `understand` makes of the answer, and how many requests it took.

        What may pass is tried again, answers that `understand` finds incomplete too; a rate limit is waited for if
        it ends before the deadline. Raises TransientSourceError, LimitedSourceError, UnauthorisedError,
        UnavailableError, and what `understand` raises.
        """
        sent = 0

        def ask(token: str) -> T:
            nonlocal sent
            sent += 1
            return understand(self._send(token, path, parameters, etag))

        try:
            return self._ask_patiently(ask, path, deadline), sent
        except (SourceError, UnavailableError) as exc:
            exc.requests = sent
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
        with _translated(path):
            status, fields, body = self._requester(token).requestJson(
                "GET", path, parameters=dict(parameters), headers=headers
            )
        # An empty Date would be no HTTP; our own clock is the second best.
        served_at = _http_date(fields.get("date")) or self._clock.now()
        answer = Answer(status, body, fields, served_at)
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
        """Return when the limit ends; None where this is no limit.

        Retry-After first, then the reset of an exhausted primary limit, then 60 seconds for a secondary one.
        """
        retry_after = answer.headers.get("retry-after")
        if retry_after is not None:
            seconds = int(retry_after) if retry_after.strip().isdigit() else SECONDARY_LIMIT_WAIT.seconds
            return self._clock.now() + timedelta(seconds=seconds)
        reset = answer.headers.get("x-ratelimit-reset", "")
        if answer.requests_left == 0 and reset.isdigit():
            # The limit falls somewhere within the second that is named.
            return datetime.fromtimestamp(int(reset), UTC) + timedelta(seconds=1)
        if answer.status == 429 or "rate limit" in answer.body[:2000].lower():
            return self._clock.now() + SECONDARY_LIMIT_WAIT
        return None

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
                self._token = self._secrets.read(SecretName.GITHUB_TOKEN).reveal()
            return self._token

    def _reread_once(self, refused: str) -> None:
        """Take a rotated token, once in this object's life; a second refusal is final."""
        with self._lock:
            if self._token != refused:
                return
            if self._has_reread:
                raise self._unauthorised()
            self._has_reread = True
            self._token = self._secrets.reread(SecretName.GITHUB_TOKEN).reveal()
            if self._token == refused:
                raise self._unauthorised()


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
    except (TypeError, UnicodeError) as exc:
        raise TransientSourceError(f"an unreadable answer to {path}: {type(exc).__name__}") from exc


def _kind_of(exc: requests.RequestException) -> str:
    kinds: dict[type[Exception], str] = {
        requests.ConnectTimeout: "connecting took too long",
        requests.ReadTimeout: "the reply took too long",
        requests.exceptions.ChunkedEncodingError: "the connection was cut in the body",
        requests.exceptions.SSLError: "the TLS connection failed",
        requests.ConnectionError: "the server cannot be reached",
    }
    return next((text for kind, text in kinds.items() if isinstance(exc, kind)), type(exc).__name__)


def _http_date(text: str | None) -> datetime | None:
    try:
        return None if text is None else parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
