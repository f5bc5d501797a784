"""Secrets that were handed over at the start, such as those of the environment."""

from collections.abc import Mapping

from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore


class MemorySecretStore(SecretStore):
    """Hands out what it was given; rereading gives the same, since nothing lies behind it."""

    def __init__(self, secrets: Mapping[SecretName, Secret]) -> None:
        self._secrets = dict(secrets)

    def read(self, name: SecretName) -> Secret:
        """Return the secret of that name."""
        try:
            return self._secrets[name]
        except KeyError as exc:
            raise SecretUnavailableError(f"{name}: no such secret was given; set it in the environment") from exc

    def reread(self, name: SecretName) -> Secret:
        """Return the secret of that name."""
        return self.read(name)

    def replace(self, name: SecretName, secret: Secret) -> None:
        """Put another secret in its place, as a rotation does."""
        self._secrets[name] = secret
