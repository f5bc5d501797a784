"""GitHub's REST API, through PyGithub's requester: the transport is the library's, the reading is ours."""

from github_tracker.adapters.github_rest.source import GitHubRestSource
from github_tracker.adapters.github_rest.transport import RestOptions

__all__ = ["GitHubRestSource", "RestOptions"]
