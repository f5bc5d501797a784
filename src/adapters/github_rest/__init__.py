"""GitHub's REST API, through PyGithub's requester: the transport is the library's, the reading is ours."""

# First of all: what it leaves unloaded would be loaded by whatever else imports requests.
import github_tracker.adapters.github_rest.pygithub  # noqa: F401
from github_tracker.adapters.github_rest.options import AppInstallation, RestOptions
from github_tracker.adapters.github_rest.source import GitHubRestSource

__all__ = ["AppInstallation", "GitHubRestSource", "RestOptions"]
