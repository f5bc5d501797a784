"""The REST source with all that it is given."""

from typing import Any

from github_tracker.adapters.github_rest import AppInstallation, GitHubRestSource, RestOptions
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.github_source import FactPage, GitHubSource
from github_tracker.ports.secret_store import Secret, SecretName
from tests.contracts.github_source import WIDGETS
from tests.scripted_app import APP_ID, INSTALLATION_ID, app_key, pem_of

CANARY = "ghp_canary4711"
"""The token, which must show itself nowhere."""

APP = AppInstallation(APP_ID, INSTALLATION_ID)


class Reader:
    """A source, with its secrets and its telemetry at hand."""

    def __init__(self, url: str, clock: MemoryClock, token: str = CANARY, **options: Any) -> None:  # of RestOptions
        self.secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret(token)})
        self.telemetry = MemoryTelemetry()
        self.source: GitHubSource = GitHubRestSource(RestOptions(url, **options), self.secrets, clock, self.telemetry)

    @classmethod
    def of_app(cls, url: str, clock: MemoryClock, **options: Any) -> "Reader":  # as above
        """Return a source that speaks as the App, whose key it has."""
        reader = cls(url, clock, app=APP, **options)
        reader.secrets.replace(SecretName.GITHUB_APP_KEY, Secret(pem_of(app_key())))
        return reader

    def read(self, checkpoint: Checkpoint | None = None, repository: Repository = WIDGETS) -> list[FactPage]:
        """Return all pages."""
        return list(self.source.pages(repository, checkpoint or Checkpoint()))
