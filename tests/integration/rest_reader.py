"""The REST source with all that it is given."""

from typing import Any

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.github_source import FactPage, GitHubSource
from github_tracker.ports.secret_store import Secret, SecretName
from tests.contracts.github_source import WIDGETS

CANARY = "ghp_canary4711"
"""The token, which must show itself nowhere."""


class Reader:
    """A source, with its secrets and its telemetry at hand."""

    def __init__(self, url: str, clock: MemoryClock, token: str = CANARY, **options: Any) -> None:  # of RestOptions
        self.secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret(token)})
        self.telemetry = MemoryTelemetry()
        self.source: GitHubSource = GitHubRestSource(RestOptions(url, **options), self.secrets, clock, self.telemetry)

    def read(self, checkpoint: Checkpoint | None = None, repository: Repository = WIDGETS) -> list[FactPage]:
        """Return all pages."""
        return list(self.source.pages(repository, checkpoint or Checkpoint()))
