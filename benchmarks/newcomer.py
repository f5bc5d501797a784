"""A newcomer's loop over PyGithub with its defaults: every pull request is looked at, nothing is stored.

Usage: python -m benchmarks.newcomer API_URL FULL_NAME...
"""

import json
import sys
import time

from github import Auth, Github


def main() -> None:
    """Look at every pull request of the repositories, and print how many there were and what the loop took."""
    api_url, *names = sys.argv[1:]
    started, cpu_started = time.monotonic(), time.process_time()
    github = Github(auth=Auth.Token("any-token-does-here"), base_url=api_url)
    seen = 0
    for name in names:
        for pull_request in github.get_repo(name).get_pulls(state="all"):
            # None of these asks again; `merged` would, once for every pull request.
            _ = (pull_request.number, pull_request.title, pull_request.state, pull_request.user)
            _ = (pull_request.created_at, pull_request.updated_at, pull_request.merged_at, pull_request.closed_at)
            seen += 1
    wall, cpu = time.monotonic() - started, time.process_time() - cpu_started
    print(json.dumps({"pull_requests": seen, "wall_seconds": wall, "cpu_seconds": cpu}))


if __name__ == "__main__":
    main()
