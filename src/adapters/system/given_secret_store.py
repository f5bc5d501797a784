"""Secrets that were handed over at the start, such as those of the environment."""

from collections.abc import Mapping

from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore


class GivenSecretStore(SecretStore):
    """Hands out what it was given; rereading gives the same, since nothing lies behind it."""

    def __init__(self, secrets: Mapping[SecretName, Secret]) -> None:
        self._secrets = dict(secrets)

    def read(self, name: SecretName) -> Secret:
        """Return the secret of that name."""
        if name not in self._secrets:
            raise SecretUnavailableError(f"{name}: no such secret was given; set it in the environment")
        return self._secrets[name]

    def reread(self, name: SecretName) -> Secret:
        """Return the secret of that name."""
        return self.read(name)
