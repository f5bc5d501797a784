"""The one request that a GitHub App makes in its own name: for a token of an installation."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from attrs import field, frozen
from jwt.exceptions import PyJWTError

from github_tracker.adapters.github_rest.answer import Answer, UnavailableError, check, http_date
from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.adapters.github_rest.credentials import sendable
from github_tracker.adapters.github_rest.driver_errors import translated
from github_tracker.adapters.github_rest.options import AppInstallation
from github_tracker.adapters.github_rest.patience import Patience
from github_tracker.adapters.github_rest.pygithub import Auth
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import MalformedSourceError, TransientSourceError, UnauthorisedError
from github_tracker.ports.secret_store import Secret

_GRANTED: Final = (200, 201)


class KeyRefusedError(Exception):
    """The App's private key is none, or GitHub does not know it; another may do. Stays inside this adapter."""


@frozen
class Granted:
    """A token and how long it lasts from now on."""

    token: str = field(repr=False)
    lifetime: timedelta


class _Payload(msgspec.Struct):
    token: str
    expires_at: datetime


_PAYLOAD: Final = msgspec.json.Decoder(_Payload)


class AppRequest:
    """Asks for tokens of one installation."""

    def __init__(self, api_url: str, app: AppInstallation) -> None:
        self._app = app
        self._base_path = urlsplit(api_url).path
        self.path = f"/app/installations/{app.installation_id}/access_tokens"
        """Names the request in messages."""

    def send(self, key: Secret, connection: ObservedConnection, patience: Patience, clock: Clock) -> Granted:
        """Return a new token; one request, which is tried once.

        Raises KeyRefusedError, UnauthorisedError for what no other key would change, LimitedSourceError,
        OutOfTimeError, TransientSourceError, MalformedSourceError.
        """
        signature = self._signature(key)
        connection.begin(patience.limit_seconds)
        with translated(self.path, patience.is_cut_short):
            connection.request("POST", self._base_path + self.path, None, _headers(signature))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, connection.body, fields, http_date(fields.get("date")) or clock.now())
        self._check(answer, clock.now())
        return self._granted(answer)

    def _signature(self, key: Secret) -> str:
        # As it comes out of an environment file, or of one line of JSON.
        text = key.reveal().replace("\\n", "\n")
        try:
            return Auth.AppAuth(self._app.app_id, text).create_jwt()
        except (PyJWTError, ValueError, TypeError, AssertionError):
            # What the libraries say of a text that they cannot read might quote it.
            raise KeyRefusedError(
                "GITHUB_APP_PRIVATE_KEY is no private key that can be read; it must be the whole file that GitHub gave "
                "out, in PEM form, not encrypted"
            ) from None

    def _check(self, answer: Answer, now: datetime) -> None:
        if answer.status in _GRANTED:
            return
        try:
            check(answer, self.path, now)
        except UnauthorisedError:
            raise KeyRefusedError(
                "GitHub refuses the App's signature (401); check GITHUB_APP_ID, that GITHUB_APP_PRIVATE_KEY is a key "
                "of that App, and this machine's clock"
            ) from None
        except UnavailableError as exc:
            raise self._unavailable(answer.status) from exc
        raise self._unavailable(answer.status)

    def _unavailable(self, status: int) -> UnauthorisedError:
        installed = f"the App {self._app.app_id} (GITHUB_APP_ID)"
        where = f"installation {self._app.installation_id} (GITHUB_APP_INSTALLATION_ID)"
        match status:
            case 403:
                said = f"{where} of {installed} is suspended, or may not be used from here"
            case 404:
                said = f"{installed} has no {where}; check both numbers, and that the App is still installed"
            case _:
                said = f"an answer that was not expected for {where}; check GITHUB_API_URL"
        return UnauthorisedError(f"GitHub gives out no installation token ({status}): {said}")

    def _granted(self, answer: Answer) -> Granted:
        try:
            payload = _PAYLOAD.decode(answer.body.read())
            lifetime = payload.expires_at - answer.served_at
        except (msgspec.ValidationError, TypeError, OverflowError) as exc:
            raise MalformedSourceError(f"{self.path}: the answer is no token with its end: {exc}") from exc
        except msgspec.DecodeError as exc:
            raise TransientSourceError(f"the answer is no complete JSON: {exc}") from exc
        return Granted(sendable(Secret(payload.token), "GITHUB_API_URL, which gave it out"), lifetime)


def _headers(signature: str) -> dict[str, str]:
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {signature}",
        "User-Agent": "github-tracker",
    }
