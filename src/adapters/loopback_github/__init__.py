"""GitHub's REST API on 127.0.0.1, for given repositories and pull requests: the demo's and the benchmarks' GitHub.

It always answers well: faults, drift between pages and redirects are the tests' own to make.
"""

from github_tracker.adapters.loopback_github.server import LoopbackGitHub

__all__ = ["LoopbackGitHub"]
