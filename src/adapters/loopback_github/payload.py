"""Repositories and pull requests in the JSON form of GitHub's REST API (docs.github.com, "List pull requests").

What the domain does not know is made up from what it knows, so that the same value always looks the same.
"""

import base64
import hashlib
import json
import zlib
from datetime import datetime
from urllib.parse import quote

from attrs import frozen

from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository

Json = dict[str, "JsonValue"]
JsonValue = str | int | bool | None | Json | list["JsonValue"]

_MEMBERS = frozenset({"MEMBER", "OWNER", "COLLABORATOR"})


def encode(value: JsonValue) -> bytes:
    """Return the compact JSON text that is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@frozen
class Renderer:
    """Renders for a server at `base_url`; every link leads back to it and never to the real GitHub."""

    base_url: str

    def repository(self, repository: Repository) -> Json:
        """Return the repository as `GET /repos/{owner}/{repo}` gives it."""
        return {
            **self._repository(repository),
            "has_issues": True,
            "has_projects": False,
            "has_wiki": False,
            "is_template": False,
            "topics": [],
            "language": None,
            "license": None,
            "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        }

    def pull_request(self, pull_request: PullRequest, repository: Repository) -> Json:
        """Return the pull request as the list of them gives it; an author who is a ghost becomes null."""
        author = pull_request.author
        identity = _derived_id(f"{repository.id}/{pull_request.number}")
        github_id = pull_request.github_id if pull_request.github_id is not None else identity
        return {
            **self._urls(pull_request, repository),
            "id": github_id,
            "node_id": _node_id("PR", github_id),
            "number": pull_request.number,
            "state": "open" if pull_request.state is PullRequestState.OPEN else "closed",
            "locked": False,
            "title": pull_request.title or "",
            "user": None if author is None or author.is_ghost else self._user(author),
            "body": None,
            **_instants(pull_request),
            "merge_commit_sha": pull_request.merge_commit,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "labels": [self._label(label, repository) for label in pull_request.labels],
            "milestone": None,
            "draft": pull_request.is_draft,
            "head": self._head(pull_request, repository),
            "base": self._base(pull_request, repository),
            "author_association": pull_request.author_association or "NONE",
            "auto_merge": None,
            "active_lock_reason": None,
        }

    def _urls(self, pull_request: PullRequest, repository: Repository) -> Json:
        api = f"{self.base_url}/repos/{repository.full_name}"
        html = f"{self.base_url}/{repository.full_name}/pull/{pull_request.number}"
        own, issue = f"{api}/pulls/{pull_request.number}", f"{api}/issues/{pull_request.number}"
        links = {
            "self": own,
            "html": html,
            "issue": issue,
            "comments": f"{issue}/comments",
            "review_comments": f"{own}/comments",
            "review_comment": f"{api}/pulls/comments{{/number}}",
            "commits": f"{own}/commits",
            "statuses": f"{api}/statuses/{_head_sha(pull_request)}",
        }
        return {
            "url": own,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "issue_url": issue,
            **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html", "issue")},
            "_links": {name: {"href": link} for name, link in links.items()},
        }

    def _head(self, pull_request: PullRequest, repository: Repository) -> Json:
        """Return where the commits come from: the repository itself, an outsider's fork, or a fork that is gone."""
        author, ref = pull_request.author, pull_request.head_branch or f"patch-{pull_request.number}"
        sha = _head_sha(pull_request)
        if author is None or author.is_ghost:
            return {"label": f"unknown:{ref}", "ref": ref, "sha": sha, "user": None, "repo": None}
        if pull_request.author_association in _MEMBERS or author.account_type == "Bot":
            return {**self._branch(ref, sha, repository), "repo": self._repository(repository)}
        name = repository.full_name.partition("/")[2]
        fork = Repository(
            _derived_id(f"{author.login_key}/{name}"), f"{author.login}/{name}", repository.default_branch
        )
        return {
            "label": f"{author.login}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self._account(author),
            "repo": {**self._repository(fork), "owner": self._account(author), "fork": True},
        }

    def _base(self, pull_request: PullRequest, repository: Repository) -> Json:
        ref = pull_request.base_branch or repository.default_branch or "main"
        sha = _sha(f"{repository.id}/{ref}/{pull_request.created_at.isoformat()}")
        return {**self._branch(ref, sha, repository), "repo": self._repository(repository)}

    def _branch(self, ref: str, sha: str, repository: Repository) -> Json:
        owner = _owner(repository)
        return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": self._account(owner)}

    def _repository(self, repository: Repository) -> Json:
        api = f"{self.base_url}/repos/{repository.full_name}"
        return {
            "id": repository.id,
            "node_id": _node_id("R", repository.id),
            "name": repository.full_name.partition("/")[2],
            "full_name": repository.full_name,
            "private": False,
            "owner": self._account(_owner(repository)),
            "html_url": f"{self.base_url}/{repository.full_name}",
            "description": None,
            "fork": False,
            "url": api,
            "pulls_url": f"{api}/pulls{{/number}}",
            "archived": False,
            "disabled": False,
            "visibility": "public",
            "default_branch": repository.default_branch or "main",
        }

    def _account(self, author: Author) -> Json:
        """Return an account as it stands beside branches and repositories, in short."""
        account_id = _account_id(author)
        return {
            "login": author.login,
            "id": account_id,
            "node_id": _node_id("U", account_id),
            "url": f"{self.base_url}/users/{author.login}",
            "html_url": f"{self.base_url}/{author.login}",
            "type": author.account_type or "User",
            "site_admin": False,
        }

    def _user(self, author: Author) -> Json:
        """Return an account in full, as it stands for the author."""
        url = f"{self.base_url}/users/{author.login}"
        return {
            **self._account(author),
            "avatar_url": f"{self.base_url}/avatars/u/{_account_id(author)}?v=4",
            "gravatar_id": "",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
        }

    def _label(self, name: str, repository: Repository) -> Json:
        label_id = _derived_id(f"{repository.id}/label/{name}")
        return {
            "id": label_id,
            "node_id": _node_id("LA", label_id),
            "url": f"{self.base_url}/repos/{repository.full_name}/labels/{quote(name, safe='')}",
            "name": name,
            "color": _sha(name)[:6],
            "default": name in ("bug", "documentation", "enhancement"),
            "description": None,
        }


def _owner(repository: Repository) -> Author:
    return Author(repository.full_name.partition("/")[0], account_type="Organization")


def _account_id(author: Author) -> int:
    return author.id if author.id is not None else _derived_id(f"account/{author.login_key}")


def _derived_id(text: str) -> int:
    return 1 + zlib.crc32(text.encode())


def _node_id(kind: str, number: int) -> str:
    return f"{kind}_kwDO{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


def _head_sha(pull_request: PullRequest) -> str:
    return _sha(f"{pull_request.repository_id}/{pull_request.number}/head")


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _instants(pull_request: PullRequest) -> Json:
    return {
        "created_at": _instant(pull_request.created_at),
        "updated_at": _instant(pull_request.updated_at),
        "closed_at": _instant_or_none(pull_request.closed_at),
        "merged_at": _instant_or_none(pull_request.merged_at),
    }


def _instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else _instant(instant)
