"""The secret store of an entrypoint: what is given by id comes from AWS Secrets Manager, the rest is at hand."""

from collections.abc import Mapping

from github_tracker.adapters.system.given_secret_store import GivenSecretStore
from github_tracker.entrypoints.secret_settings import SecretSettings
from github_tracker.ports.secret_store import Secret, SecretName, SecretStore


def secret_store(settings: SecretSettings) -> SecretStore:
    """Return the store. Nothing is asked for yet, and boto3 is imported only when a secret with an id is."""
    given = GivenSecretStore(settings.given)
    if not settings.ids:
        return given
    from github_tracker.adapters.secrets_manager import SecretsManagerStore  # noqa: PLC0415  # not where no id is

    return _PartedSecretStore(dict.fromkeys(settings.ids, SecretsManagerStore(settings.ids)), given)


class _PartedSecretStore(SecretStore):
    """Asks for each secret where it lies."""

    def __init__(self, places: Mapping[SecretName, SecretStore], otherwise: SecretStore) -> None:
        self._places = places
        self._otherwise = otherwise

    def read(self, name: SecretName) -> Secret:
        """Return the secret, possibly from a cache."""
        return self._places.get(name, self._otherwise).read(name)

    def reread(self, name: SecretName) -> Secret:
        """Return the secret as it lies there now."""
        return self._places.get(name, self._otherwise).reread(name)
