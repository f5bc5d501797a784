"""Secrets that lie in AWS Secrets Manager, each under an id or ARN of its own or several in one JSON object.

The text of a secret is taken as it is, save blank space around it: the token, the address, the key in PEM form. Where
the text is a JSON object, the value under the key that is named like the secret counts instead, as in
`{"GITHUB_PAT": "..."}`, so that one secret in Secrets Manager may hold them all; each costs money. A list, as of
API_KEYS, is no object.
"""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from github_tracker.adapters.secrets_manager.client import secrets_client, translated
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManagerStore(SecretStore):
    """Hands out secrets by the ids that it was given; each text is fetched once and kept as long as the store lives.

    Safe to be used by several threads: those that want the same text at the same time share one request, and what
    came of it. Nothing is imported from boto3, and nothing connected, before the first secret is asked for.
    """

    def __init__(self, ids: Mapping[SecretName, str], client: "SecretsManagerClient | None" = None) -> None:
        self._ids = dict(ids)
        self._client = client
        self._making = Lock()
        self._held = {secret_id: _Held() for secret_id in self._ids.values()}

    def read(self, name: SecretName) -> Secret:
        """Return the secret, from the cache if its text was fetched before."""
        secret_id = self._id_of(name)
        held = self._held[secret_id]
        return self._part(name, held.text or self._fetched(name, held, secret_id))

    def reread(self, name: SecretName) -> Secret:
        """Return the secret as it lies there now; the cache holds that from then on.

        Whoever comes while the same text is being fetched takes that answer. A failure leaves the cache as it was.
        """
        secret_id = self._id_of(name)
        return self._part(name, self._fetched(name, self._held[secret_id], secret_id))

    def _id_of(self, name: SecretName) -> str:
        try:
            return self._ids[name]
        except KeyError as exc:
            raise SecretUnavailableError(
                f"{name}: no id of a secret in AWS Secrets Manager was given; set {name} or its id"
            ) from exc

    def _fetched(self, name: SecretName, held: "_Held", secret_id: str) -> Secret:
        fetched_before = held.fetches
        with held.turn:
            if held.fetches == fetched_before:
                held.fetch(lambda: self._fetch(name, secret_id))
            elif held.failure is not None:
                raise SecretUnavailableError(held.failure)
            assert held.text is not None  # noqa: S101  # a fetch that raised nothing has left it
            return held.text

    def _fetch(self, name: SecretName, secret_id: str) -> Secret:
        with translated(name, secret_id):
            answer = self._connected().get_secret_value(SecretId=secret_id)
        text = answer.get("SecretString")
        if text is None:
            raise SecretUnavailableError(f"{name}: the secret {secret_id} is binary; store it as text")
        if not text.strip():
            raise SecretUnavailableError(f"{name}: the secret {secret_id} is empty; put its value there")
        return Secret(text.strip())

    def _connected(self) -> "SecretsManagerClient":
        # Making a client is not for several threads at once; using one is.
        with self._making:
            if self._client is None:
                self._client = secrets_client()
            return self._client

    def _part(self, name: SecretName, text: Secret) -> Secret:
        found = _object_in(text.reveal())
        if found is None:
            return text
        part = found.get(name)
        where = f"{name}: the secret {self._ids[name]} holds a JSON object"
        if part is None:
            raise SecretUnavailableError(f"{where} without the key {name}; add it, or store the value alone, as text")
        if not isinstance(part, str) or not part.strip():
            raise SecretUnavailableError(f"{where} in which {name} is no text, or an empty one; put its value there")
        return Secret(part.strip())


class _Held:
    """The text of one id, and what came of fetching it last."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.fetches = 0
        self.text: Secret | None = None
        self.failure: str | None = None

    def fetch(self, fetch: Callable[[], Secret]) -> None:
        try:
            self.text, self.failure = fetch(), None
        except SecretUnavailableError as exc:
            self.failure = str(exc)
            raise
        finally:
            self.fetches += 1


def _object_in(text: str) -> dict[str, object] | None:
    """Return the JSON object that the text is, or None."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
