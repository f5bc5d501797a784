"""The loopback GitHub over real HTTP: what a client of GitHub's REST API may rely on."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve, frozen

from github_tracker.adapters.loopback_github import LoopbackGitHub
from github_tracker.application.simulation.organisation import SimulatedOrganisation, simulate
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository

ORGANISATION = simulate(Scenario(repositories=2, pull_requests=260))
REPOSITORY = ORGANISATION.repositories[0]
ITS_OWN = tuple(one for one in ORGANISATION.pull_requests if one.repository_id == REPOSITORY.id)
LIST = f"/repos/{REPOSITORY.full_name}/pulls"
LIST_BY_ID = f"/repositories/{REPOSITORY.id}/pulls"
EMPTY = Repository(99, "larkspur-labs/empty", "main")


@frozen
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the pull requests in the body, in order."""
        return [one["number"] for one in self.json]

    @property
    def links(self) -> list[tuple[str, str]]:
        """The relations and addresses of the Link header, in order."""
        found = re.findall(r'<([^>]+)>; rel="(\w+)"', self.headers.get("Link", ""))
        return [(relation, url) for url, relation in found]


def get(url: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the answer to a GET request, whatever its status."""
    address = urlsplit(url)
    with closing(HTTPConnection(address.netloc, timeout=10)) as connection:
        connection.request("GET", address._replace(scheme="", netloc="").geturl(), headers=dict(headers or {}))
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())


def walk(url: str) -> Iterator[Reply]:
    """Yield the page and every one that follows it."""
    while True:
        reply = get(url)
        yield reply
        following = dict(reply.links).get("next")
        if following is None:
            return
        url = following


def instant_of(text: str | None) -> datetime | None:
    """Return the instant that GitHub's notation names."""
    return None if text is None else datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def fact_of(payload: Any, observed_at: datetime) -> PullRequest:
    """Return the domain value that a payload stands for."""
    user, merged_at = payload["user"], instant_of(payload["merged_at"])
    is_open = payload["state"] == "open"
    unmerged = PullRequestState.OPEN if is_open else PullRequestState.CLOSED
    created_at, updated_at = instant_of(payload["created_at"]), instant_of(payload["updated_at"])
    assert created_at is not None
    assert updated_at is not None
    return PullRequest(
        repository_id=payload["base"]["repo"]["id"],
        number=payload["number"],
        author=None if user is None else Author(user["login"], user["id"], user["type"]),
        state=unmerged if merged_at is None else PullRequestState.MERGED,
        created_at=created_at,
        updated_at=updated_at,
        observed_at=observed_at,
        merged_at=merged_at,
        closed_at=instant_of(payload["closed_at"]),
        github_id=payload["id"],
        title=payload["title"],
        author_association=payload["author_association"],
        is_draft=payload["draft"],
        base_branch=payload["base"]["ref"],
        head_branch=payload["head"]["ref"],
        merge_commit=payload["merge_commit_sha"],
        labels=tuple(label["name"] for label in payload["labels"]),
    )


def serving(organisation: SimulatedOrganisation = ORGANISATION, token: str | None = None) -> LoopbackGitHub:
    """Return a server for the organisation and one repository without pull requests."""
    return LoopbackGitHub((*organisation.repositories, EMPTY), organisation.pull_requests, token)


@pytest.fixture(scope="module")
def github() -> Iterator[LoopbackGitHub]:
    """Yield a running server."""
    with serving() as running:
        yield running


@pytest.mark.parametrize("sort", ["created", "updated"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_walk_meets_every_pull_request_once_and_in_order(github: LoopbackGitHub, sort: str, direction: str) -> None:
    """Following rel=next through every page gives exactly the repository's pull requests, sorted as asked."""
    url = f"{github.url}{LIST}?state=all&sort={sort}&direction={direction}&per_page=7"
    payloads = [payload for page in walk(url) for payload in page.json]
    assert sorted(payload["number"] for payload in payloads) == [one.number for one in ITS_OWN]
    instants = [payload[f"{sort}_at"] for payload in payloads]
    assert instants == sorted(instants, reverse=direction == "desc")


def test_payloads_say_what_the_facts_say(github: LoopbackGitHub) -> None:
    """Read back, every served pull request equals the one that was given, ghosts and bots included."""
    pages = walk(f"{github.url}{LIST}?state=all&sort=created&direction=asc&per_page=100")
    found = [fact_of(payload, ITS_OWN[0].observed_at) for page in pages for payload in page.json]
    assert tuple(found) == ITS_OWN
    assert any(one.author is None for one in found)
    assert any(one.author is not None and one.author.account_type == "Bot" for one in found)


def test_payloads_resemble_githubs(github: LoopbackGitHub) -> None:
    """A pull request takes 3 to 6 KB, names its parts as GitHub does, and links to nowhere but this server."""
    payloads = get(f"{github.url}{LIST}?state=all&per_page=100").json
    sizes = [len(json.dumps(payload, separators=(",", ":"))) for payload in payloads]
    named = {"url", "id", "node_id", "html_url", "number", "locked", "body", "milestone", "_links", "assignees"}
    assert 3000 < min(sizes) < max(sizes) < 6000
    assert all(named <= payload.keys() for payload in payloads)
    assert {payload["body"] for payload in payloads} == {None}
    hosts = set(re.findall(r"https?://[^/\"]+", json.dumps(payloads)))
    assert hosts == {github.url}


def test_merged_pull_requests_are_closed_ones(github: LoopbackGitHub) -> None:
    """GitHub knows no state "merged": only merged_at tells."""
    payloads = [one for page in walk(f"{github.url}{LIST}?state=closed&per_page=100") for one in page.json]
    closed = [one for one in ITS_OWN if one.state is not PullRequestState.OPEN]
    assert {payload["state"] for payload in payloads} == {"closed"}
    assert sum(payload["merged_at"] is not None for payload in payloads) == sum(
        one.state is PullRequestState.MERGED for one in closed
    )
    assert len(payloads) == len(closed)


def test_forks_stand_for_outsiders_and_nothing_for_ghosts(github: LoopbackGitHub) -> None:
    """Members push to the repository itself, outsiders to a fork of theirs, and a ghost's fork is gone."""
    pages = walk(f"{github.url}{LIST}?state=all&per_page=100")
    heads: dict[str, set[tuple[bool | None, str | None]]] = {"member": set(), "outsider": set(), "ghost": set()}
    for payload in (one for page in pages for one in page.json):
        user, repository = payload["user"], payload["head"]["repo"]
        is_member = payload["author_association"] == "MEMBER"
        kind = "ghost" if user is None else "member" if is_member or user["type"] == "Bot" else "outsider"
        heads[kind].add((None, None) if repository is None else (repository["fork"], repository["owner"]["login"]))
    assert heads["member"] == {(False, "larkspur-labs")}
    assert heads["ghost"] == {(None, None)}
    assert {fork for fork, _ in heads["outsider"]} == {True}
    assert "larkspur-labs" not in {owner for _, owner in heads["outsider"]}


def test_ghost_account_is_served_as_null() -> None:
    """Whether the domain says no author or names the account "ghost", GitHub's answer has user null."""
    facts = tuple(
        evolve(ITS_OWN[0], number=number, author=author) for number, author in ((1, None), (2, Author("ghost")))
    )
    with LoopbackGitHub([REPOSITORY], facts) as github:
        assert [one["user"] for one in get(f"{github.url}{LIST}?state=all").json] == [None, None]


def test_sparse_facts_are_served_all_the_same() -> None:
    """What the domain does not know is filled in: a title, an account id, a branch, always the same."""
    instant = datetime(2026, 3, 1, tzinfo=UTC)
    fact = PullRequest(EMPTY.id, 3, Author("alice"), PullRequestState.OPEN, instant, instant, instant)
    with LoopbackGitHub([EMPTY], [fact]) as github:
        payload = get(f"{github.url}/repos/{EMPTY.full_name}/pulls").json[0]
    assert payload["title"] == ""
    assert payload["user"]["type"] == "User"
    assert payload["user"]["id"] > 0
    assert (payload["base"]["ref"], payload["head"]["ref"]) == ("main", "patch-3")


def test_defaults_are_those_of_the_documentation(github: LoopbackGitHub) -> None:
    """Open ones only, newest first, 30 a page; sorted by update, the oldest comes first."""
    plain = get(f"{github.url}{LIST}").numbers
    opened = [one.number for one in ITS_OWN if one.state is PullRequestState.OPEN]
    assert plain == sorted(opened, reverse=True)[:30]
    assert get(f"{github.url}{LIST}?state=all").numbers == [one.number for one in ITS_OWN][:-31:-1]
    updated = sorted(ITS_OWN, key=lambda one: (one.updated_at, one.number))
    assert get(f"{github.url}{LIST}?state=all&sort=updated").numbers == [one.number for one in updated[:30]]


@pytest.mark.parametrize(
    ("per_page", "expected"), [("1", 1), ("100", 100), ("101", 100), ("5000", 100), ("0", 30), ("-5", 30), ("x", 30)]
)
def test_per_page_is_bounded(github: LoopbackGitHub, per_page: str, expected: int) -> None:
    """At most 100 a page, and 30 where the number makes no sense."""
    assert len(get(f"{github.url}{LIST}?state=all&per_page={per_page}").json) == expected


def test_unknown_parameters_are_ignored_and_kept_in_links(github: LoopbackGitHub) -> None:
    """GitHub has no `since` for pull requests: it changes nothing, and stands in every link."""
    reply = get(f"{github.url}{LIST}?state=all&since=2026-06-01T00:00:00Z&per_page=50")
    assert reply.numbers == get(f"{github.url}{LIST}?state=all&per_page=50").numbers
    assert parse_qs(urlsplit(dict(reply.links)["next"]).query) == {
        "state": ["all"],
        "since": ["2026-06-01T00:00:00Z"],
        "per_page": ["50"],
        "page": ["2"],
    }


def test_links_are_written_as_github_writes_them(github: LoopbackGitHub) -> None:
    """Absolute, by the repository's id, the query in its order; prev, next, last and first, where they make sense."""
    url = f"{github.url}{LIST}?page={{}}&per_page=40&state=all"
    last = -(-len(ITS_OWN) // 40)

    def link(relation: str, page: int) -> tuple[str, str]:
        return relation, f"{github.url}{LIST_BY_ID}?page={page}&per_page=40&state=all"

    assert last > 3
    assert get(url.format(1)).links == [link("next", 2), link("last", last)]
    assert get(url.format(2)).links == [link("prev", 1), link("next", 3), link("last", last), link("first", 1)]
    assert get(url.format(last)).links == [link("prev", last - 1), link("first", 1)]
    beyond = get(url.format(last + 5))
    assert beyond.json == []
    assert beyond.links == [link("prev", last), link("last", last), link("first", 1)]


def test_single_page_has_no_link_header(github: LoopbackGitHub) -> None:
    """One page, even an empty one, needs no links."""
    reply = get(f"{github.url}/repos/{EMPTY.full_name}/pulls?state=all")
    assert reply.json == []
    assert "Link" not in reply.headers


def test_known_etag_is_answered_with_304_and_costs_nothing(github: LoopbackGitHub) -> None:
    """The same list again is a 304 without body, not charged; another tag or another page is a 200."""
    url = f"{github.url}{LIST}?state=all&sort=updated&direction=desc&per_page=100"
    first = get(url)
    etag = first.headers["ETag"]
    again = get(url, {"If-None-Match": etag})
    assert re.fullmatch(r'W/"[0-9a-f]{64}"', etag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert not {"Content-Type", "Content-Encoding", "Content-Length"} & set(again.headers)
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    assert again.headers["Link"] == first.headers["Link"]
    assert get(url, {"If-None-Match": 'W/"other"'}).status == 200
    assert get(f"{url}&page=2", {"If-None-Match": etag}).status == 200


def test_etag_outlives_the_server_and_changes_with_the_content() -> None:
    """On another port the same content has the same tag; one changed title gives another."""
    changed = evolve(ITS_OWN[-1], title="Something else")
    tags = []
    for facts in (ITS_OWN, ITS_OWN, (*ITS_OWN[:-1], changed)):
        with LoopbackGitHub([REPOSITORY], facts) as github:
            tags.append(get(f"{github.url}{LIST}?state=all").headers["ETag"])
    assert tags[0] == tags[1] != tags[2]


def test_gzip_is_used_where_it_is_asked_for(github: LoopbackGitHub) -> None:
    """Packed and plain answers carry the same JSON, and Content-Length counts what is sent."""
    url = f"{github.url}{LIST}?state=all&per_page=100"
    plain, packed = get(url), get(url, {"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Content-Length"] == str(len(packed.body))
    assert plain.headers["Content-Length"] == str(len(plain.body))
    assert len(packed.body) < len(plain.body) / 4


def test_headers_are_githubs(github: LoopbackGitHub) -> None:
    """Content type, rate limit and the server's time are told with every answer."""
    headers = get(f"{github.url}{LIST}").headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    limit, remaining, used = (int(headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Used"))
    assert (limit, remaining) == (5000, 5000 - used)
    assert headers["X-RateLimit-Resource"] == "core"
    assert 0 < int(headers["X-RateLimit-Reset"]) - parsedate_to_datetime(headers["Date"]).timestamp() <= 3600


def test_rate_limit_can_be_asked_for_free(github: LoopbackGitHub) -> None:
    """Asking how the limit stands is not charged; a list is."""
    before = get(f"{github.url}/rate_limit").json
    assert get(f"{github.url}/rate_limit").json["rate"]["used"] == before["rate"]["used"]
    get(f"{github.url}{LIST}")
    after = get(f"{github.url}/rate_limit").json
    assert after["resources"]["core"]["used"] == before["rate"]["used"] + 1


def test_repository_is_found_by_name_in_any_case_and_by_id(github: LoopbackGitHub) -> None:
    """The id, the spelling and the default branch are told, whichever way it is asked for."""
    for path in (f"/repos/{REPOSITORY.full_name.upper()}", f"/repositories/{REPOSITORY.id}"):
        found = get(f"{github.url}{path}").json
        assert (found["id"], found["full_name"]) == (REPOSITORY.id, REPOSITORY.full_name)
        assert found["default_branch"] == REPOSITORY.default_branch
        assert found["owner"]["login"] == "larkspur-labs"


@pytest.mark.parametrize(
    "path", ["/repos/larkspur-labs/nothing", "/repos/larkspur-labs/nothing/pulls", "/repositories/1/pulls", "/zen", "/"]
)
def test_unknown_paths_are_404_with_githubs_body(github: LoopbackGitHub, path: str) -> None:
    """What is not there is answered in JSON, as GitHub does."""
    reply = get(f"{github.url}{path}")
    assert reply.status == 404
    assert reply.json == {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }


def test_wrong_token_is_refused_where_one_is_wanted() -> None:
    """Without the token, or with another, every path is 401; both schemes of GitHub carry the right one."""
    with serving(token="right") as github:
        url = f"{github.url}{LIST}"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic right"}):
            reply = get(url, headers)
            assert (reply.status, reply.json["message"]) == (401, "Bad credentials")
        assert get(f"{github.url}/rate_limit").status == 401
        assert get(url, {"Authorization": "Bearer right"}).status == 200
        assert get(url, {"Authorization": "token right"}).status == 200


def test_requests_are_counted_by_path() -> None:
    """Each request counts, answered well or not; later pages count under the path their links name."""
    with serving() as github:
        pages = [*walk(f"{github.url}{LIST}?state=all&per_page=100")]
        get(f"{github.url}/nowhere")
        assert github.requests == len(pages) + 1
        assert github.requests_to(LIST) == 1
        assert github.requests_to(LIST_BY_ID) == len(pages) - 1


def test_one_connection_carries_many_requests_until_the_server_stops() -> None:
    """Connections are kept alive, also after a 304 and a 404, and end with the server."""
    with serving() as github:
        connection = HTTPConnection("127.0.0.1", urlsplit(github.url).port, timeout=5)
        connection.connect()
        own_port = connection.sock.getsockname()
        etag = ""
        for path, status in ((LIST, 200), (LIST, 304), ("/zen", 404), (LIST, 304)):
            connection.request("GET", path, headers={"If-None-Match": etag})
            response = connection.getresponse()
            assert (response.status, connection.sock.getsockname()) == (status, own_port)
            response.read()
            etag = response.headers.get("ETag", etag)
        held = connection.sock
    assert held.recv(1) == b""
    connection.close()
