"""What can be chosen for GitHub's REST API."""

from attrs import frozen


@frozen
class AppInstallation:
    """As which GitHub App to speak, and in which of its installations; its private key is a secret."""

    app_id: str
    """The number, or the client id, that GitHub gave the App."""
    installation_id: int


@frozen
class RestOptions:
    """Where GitHub is, as whom to speak there and how patient to be."""

    api_url: str = "https://api.github.com"
    keeps_titles: bool = True
    page_size: int = 100
    """Pull requests asked for at a time; 100 is the most that GitHub gives."""
    timeout_seconds: float = 30.0
    """How long a whole reply may take, with connecting and redirects, however steadily its bytes come."""
    attempts: int = 5
    """How often a request is tried when what fails may pass, and how often when a limit is told."""
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0
    app: AppInstallation | None = None
    """None: as whom the personal access token belongs to."""
