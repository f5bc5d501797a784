"""A GitHub App as ScriptedGitHub knows it: it checks signatures, gives out tokens for an hour and takes them back."""

from datetime import datetime, timedelta
from functools import cache
from threading import Lock

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from github_tracker.ports.clock import Clock

Grant = tuple[dict[str, str], int]
"""The JSON object and the status that answer a request for a token."""

APP_ID = "4711"
INSTALLATION_ID = 8150
TOKEN_CANARY = "ghs_canary4714"
"""How every token begins; none may show itself anywhere."""

_LIFETIME = timedelta(hours=1)


@cache
def app_key(number: int = 1) -> RSAPrivateKey:  # noqa: ARG001  # tells one from the other
    """Return the key of that number, the same in the whole process; making one takes a tenth of a second."""
    return generate_private_key(65_537, 2048)


def pem_of(key: RSAPrivateKey) -> str:
    """Return the file that GitHub gives out."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class ScriptedApp:
    """One installation of one App; time is the clock's, save in signatures, which are made by the real one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._key = app_key()
        self._ends: dict[str, datetime] = {}
        self._given = 0

    @property
    def given(self) -> int:
        """How many tokens were given out."""
        return self._given

    def trust(self, key: RSAPrivateKey) -> None:
        """Accept the signatures of this key only; tokens stay as they are."""
        self._key = key

    def end_tokens(self) -> None:
        """Refuse every token that was given out so far."""
        with self._lock:
            self._ends.clear()

    def grant(self, path: str, signature: str) -> Grant:
        """Return a token for who shows this signature, or the error."""
        try:
            claims = jwt.decode(signature, self._key.public_key(), algorithms=["RS256"], issuer=APP_ID)
        except jwt.PyJWTError:
            return {"message": "A JSON web token could not be decoded"}, 401
        if not timedelta(0) < timedelta(seconds=claims["exp"] - claims["iat"]) <= timedelta(minutes=10):
            return {"message": "'Expiration time' claim ('exp') is too far in the future"}, 401
        if path != f"/app/installations/{INSTALLATION_ID}/access_tokens":
            return {"message": "Not Found"}, 404
        with self._lock:
            self._given += 1
            token = f"{TOKEN_CANARY}{self._given}"
            self._ends[token] = self._clock.now() + _LIFETIME
            return {"token": token, "expires_at": f"{self._ends[token]:%Y-%m-%dT%H:%M:%SZ}"}, 201

    def accepts(self, token: str) -> bool:
        """Whether the token is one that was given out and has not ended."""
        with self._lock:
            return token in self._ends and self._clock.now() < self._ends[token]
