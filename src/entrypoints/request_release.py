"""Giving back what was reserved of GitHub's requests and is not needed."""

from typing import TYPE_CHECKING

from github_tracker.ports.github_source import GitHubSource

if TYPE_CHECKING:
    import punq


def release_requests(container: "punq.Container") -> None:
    """Give back what is left of the leases, when this process asks GitHub for nothing more for a while."""
    source: GitHubSource = container.resolve(GitHubSource)
    source.release()
