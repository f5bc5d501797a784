"""Pages of GitHub's list of pull requests at their real size, about 20 KB of JSON each entry, compressed beforehand.

The fields are those that docs.github.com shows for "List pull requests" and "Get a repository", with every address in
them; what they hold is made up.
"""

import gzip
import hashlib
import json
from functools import cache
from typing import Final

from attrs import frozen

from benchmarks.made_up_world import FIRST_ID, Account, Drawn, World

_API: Final = "https://api.github.com"
_HTML: Final = "https://github.com"
_GZIP_LEVEL: Final = 6
_PER_PERSON: Final = (
    "followers following{/other_user} gists{/gist_id} starred{/owner}{/repo} subscriptions orgs repos events{/privacy} "
    "received_events"
)
_PER_REPOSITORY: Final = (
    "forks keys{/key_id} collaborators{/collaborator} teams hooks issue_events{/number} events assignees{/user} "
    "branches{/branch} tags blobs{/sha} git_tags{/sha} git_refs{/sha} trees{/sha} statuses/{sha} languages stargazers "
    "contributors subscribers subscription commits{/sha} git_commits{/sha} comments{/number} issue_comment{/number} "
    "contents/{+path} compare/{base}...{head} merges {archive_format}{/ref} downloads issues{/number} pulls{/number} "
    "milestones{/number} notifications{?since,all,participating} labels{/name} releases{/id} deployments"
)
_COUNTS: Final = ("size", "stargazers_count", "watchers_count", "forks_count", "open_issues_count", "forks", "watchers")
_OWNER: Final = Account("example-organisation", 9_000_000, "Organization")


@frozen
class Page:
    """What is sent for one page."""

    body: bytes
    """Compressed by gzip."""
    size: int
    """Before that, in bytes."""
    etag: bytes
    entries: int


@frozen
class Order:
    """How a list is sorted."""

    sort: str
    direction: str


@frozen
class Listed:
    """Which entries of a list stand on a page."""

    order: Order
    first: int
    end: int
    """Their places in that order, from 0; the end is not among them."""


def repository_page(world: World, place: int, api_url: str) -> Page:
    """Return what `GET /repos/{owner}/{repo}` answers."""
    return _compressed(_repository(world.names[place], FIRST_ID + place), 1, api_url)


def list_page(world: World, place: int, listed: Listed, api_url: str) -> Page:
    """Return one page of the list of a repository's pull requests."""
    numbers = _numbers(world, place, listed.order.sort)
    ordered = numbers[::-1] if listed.order.direction == "desc" else numbers
    chosen = [world.draw(place, number) for number in ordered[listed.first : listed.end]]
    entries = [_pull_request(world, place, drawn) for drawn in chosen]
    return _compressed(f"[{','.join(entries)}]", len(entries), api_url)


def pages_of(world: World, per_page: int) -> int:
    """Return how many pages a list has, at least one."""
    return max(1, -(-world.pull_requests // per_page))


@cache
def _numbers(world: World, place: int, sort: str) -> tuple[int, ...]:
    """Return the numbers of a repository's pull requests, oldest first."""
    numbers = range(1, world.pull_requests + 1)
    if sort == "created":
        return tuple(numbers)
    return tuple(sorted(numbers, key=lambda number: world.draw(place, number).updated_at))


def _compressed(text: str, entries: int, api_url: str) -> Page:
    # PyGithub's objects follow the addresses that they were given, and only to where they came from.
    content = text.replace(_API, api_url).encode()
    tag = hashlib.sha256(content).hexdigest()
    return Page(gzip.compress(content, _GZIP_LEVEL, mtime=0), len(content), f'W/"{tag}"'.encode(), entries)


def _pull_request(world: World, place: int, drawn: Drawn) -> str:
    name = world.names[place]
    repository = _repository(name, FIRST_ID + place)
    assignee, *reviewers = [_account(one) for one in drawn.others]
    own = json.dumps(_own_fields(name, drawn), ensure_ascii=False, separators=(",", ":"))
    author = "null" if drawn.author is None else _account(drawn.author)
    head = _branch(drawn.branch, _sha(f"{place}/{drawn.number}"), *_head_repository(name, place, drawn))
    base = _branch("main", _sha(f"{place}/{drawn.created_at}"), _account(_OWNER), repository)
    return (
        f'{own[:-1]},"user":{author},"assignee":{assignee},"assignees":[{assignee}],'
        f'"requested_reviewers":[{",".join(reviewers)}],"requested_teams":[],"head":{head},"base":{base}}}'
    )


def _head_repository(name: str, place: int, drawn: Drawn) -> tuple[str, str]:
    """Return whose the branch is, and in which repository; both are null once the fork is deleted."""
    if drawn.author is None:
        return "null", "null"
    if not drawn.is_outsider:
        return _account(_OWNER), _repository(name, FIRST_ID + place)
    fork = f"{drawn.author.login}/{name.partition('/')[2]}"
    return _account(drawn.author), _repository_text(fork, 2 * FIRST_ID + drawn.author.id % 1000, drawn.author)


def _branch(ref: str, sha: str, user: str, repository: str) -> str:
    label = json.dumps(f"example-organisation:{ref}")
    return f'{{"label":{label},"ref":{json.dumps(ref)},"sha":"{sha}","user":{user},"repo":{repository}}}'


def _own_fields(name: str, drawn: Drawn) -> dict[str, object]:
    api, html = f"{_API}/repos/{name}", f"{_HTML}/{name}/pull/{drawn.number}"
    own, issue = f"{api}/pulls/{drawn.number}", f"{api}/issues/{drawn.number}"
    identity = int(_sha(own)[:8], 16)
    links = {
        "self": own,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{own}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{own}/commits",
        "statuses": f"{api}/statuses/{_sha(html)}",
    }
    return {
        "url": own,
        "id": identity,
        "node_id": f"PR_kwDO{_sha(html)[:12]}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        **{f"{link}_url": links[link] for link in tuple(links)[3:]},
        "number": drawn.number,
        "state": "open" if drawn.closed_at is None else "closed",
        "locked": False,
        "title": drawn.title,
        "body": drawn.body,
        "created_at": _instant(drawn.created_at),
        "updated_at": _instant(drawn.updated_at),
        "closed_at": drawn.closed_at and _instant(drawn.closed_at),
        "merged_at": drawn.merged_at and _instant(drawn.merged_at),
        "merge_commit_sha": _sha(f"{own}/merge"),
        "labels": [_label(api, label) for label in drawn.labels],
        "milestone": None,
        "draft": drawn.is_draft,
        "author_association": "CONTRIBUTOR" if drawn.is_outsider else "MEMBER",
        "auto_merge": None,
        "active_lock_reason": None,
        "_links": {link: {"href": address} for link, address in links.items()},
    }


def _label(api: str, name: str) -> dict[str, object]:
    return {
        "id": int(_sha(name)[:8], 16),
        "node_id": f"LA_kwDO{_sha(name)[:12]}",
        "url": f"{api}/labels/{name.replace(' ', '%20')}",
        "name": name,
        "color": _sha(name)[:6],
        "default": name in ("bug", "documentation", "enhancement"),
        "description": f"Everything that concerns {name}",
    }


@cache
def _account(account: Account) -> str:
    api, html = f"{_API}/users/{account.login}", f"{_HTML}/{account.login}"
    return json.dumps(
        {
            "login": account.login,
            "id": account.id,
            "node_id": f"MDQ6VXNlcj{account.id}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
            "gravatar_id": "",
            "url": api,
            "html_url": html,
            **{f"{_field(tail)}_url": f"{api}/{tail}" for tail in _PER_PERSON.split()},
            "type": account.type,
            "user_view_type": "public",
            "site_admin": False,
        },
        separators=(",", ":"),
    )


@cache
def _repository(name: str, identity: int) -> str:
    return _repository_text(name, identity, _OWNER)


def _repository_text(name: str, identity: int, owner: Account) -> str:
    api, html = f"{_API}/repos/{name}", f"{_HTML}/{name}"
    sizes = {count: int(_sha(f"{name}/{count}")[:4], 16) for count in _COUNTS}
    fields: dict[str, object] = {
        "id": identity,
        "node_id": f"R_kgDO{_sha(name)[:8]}",
        "name": name.partition("/")[2],
        "full_name": name,
        "private": False,
        "html_url": html,
        "description": "What the organisation needs to do its work, and what others may use of it",
        "fork": owner is not _OWNER,
        "url": api,
        **{f"{_field(tail)}_url": f"{api}/{tail}" for tail in _PER_REPOSITORY.split()},
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": "",
        "language": "Python",
        **sizes,
        "created_at": "2019-03-04T05:06:07Z",
        "updated_at": "2026-06-30T10:11:12Z",
        "pushed_at": "2026-06-30T10:11:13Z",
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki", "has_discussions"), True),
        **dict.fromkeys(("has_pages", "archived", "disabled", "is_template", "web_commit_signoff_required"), False),
        "allow_forking": True,
        "license": {
            "key": "mit",
            "name": "MIT License",
            "spdx_id": "MIT",
            "url": f"{_API}/licenses/mit",
            "node_id": "MDc6TGljZW5zZTEz",
        },
        "topics": ["automation", "metrics", "python"],
        "visibility": "public",
        "default_branch": "main",
    }
    text = json.dumps(fields, separators=(",", ":"))
    return f'{text[:-1]},"owner":{_account(owner)}}}'


def _field(tail: str) -> str:
    """Return what a field is called whose address ends so."""
    return tail.partition("{")[0].rstrip("/") or "archive"


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _instant(instant: object) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
