"""The REST source over real HTTP beyond the port's contract: what exactly it asks, and what it makes of the answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.loopback_github.payload import Json
from github_tracker.adapters.memory import MemoryClock
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import PullRequestState, Repository
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    RepositoryUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import Secret, SecretName
from github_tracker.ports.telemetry import WaitingForSource
from tests import scripted_faults as faults
from tests.contracts.github_source import NOW, WIDGETS, fact, numbers
from tests.integration.rest_reader import CANARY, Reader
from tests.scripted_github import ScriptedGitHub


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def github(clock: MemoryClock) -> Iterator[ScriptedGitHub]:
    """A GitHub with one repository of 250 pull requests."""
    with ScriptedGitHub(clock) as scripted:
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, range(1, 251)))
        yield scripted


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that reads from the scripted GitHub."""
    return Reader(github.url, clock)


def test_requests_are_exactly_those_that_are_needed(github: ScriptedGitHub, reader: Reader) -> None:
    """Every parameter said, none for a single pull request."""
    reader.source.resolve("Acme/Widgets")
    checkpoint = reader.read()[-1].checkpoint
    reader.read(checkpoint)
    asked = [(request.path, dict(request.query)) for request in github.requests]
    walk = {"state": "all", "sort": "created", "direction": "asc", "per_page": "100"}
    pulls = "/repos/Acme/Widgets/pulls"
    assert asked == [
        *((pulls, walk | {"page": str(page)}) for page in (1, 2, 3)),
        (pulls, walk | {"sort": "updated", "direction": "desc", "page": "1"}),
    ]
    assert {request.authorization for request in github.requests} == {f"token {CANARY}"}


def test_increment_reads_what_changed(github: ScriptedGitHub, reader: Reader) -> None:
    """And is conditional from the second one on."""
    ended = reader.read()[-1].checkpoint
    github.put(evolve(fact(3), title="other", updated_at=NOW), fact(251))
    (page,) = reader.read(ended)
    assert numbers([page]) == [3, 251, 250]
    github.forget_requests()
    (unchanged,) = reader.read(page.checkpoint)
    assert unchanged.facts == ()
    assert github.requests[0].if_none_match == page.checkpoint.etag


def test_list_that_loses_its_links_is_not_complete(github: ScriptedGitHub, reader: Reader) -> None:
    """A full page without a next link before the last page is a fault."""
    github.on(faults.lists(page=2), faults.with_headers({"Link": None}), times=None)
    with pytest.raises(TransientSourceError, match="not complete"):
        reader.read()


@pytest.mark.parametrize(("status", "word"), [(403, "refused"), (404, "not found"), (410, "gone"), (451, "legal")])
def test_unavailable_repository_is_told_apart(github: ScriptedGitHub, reader: Reader, status: int, word: str) -> None:
    """At once, without trying again."""
    github.on(faults.lists(), faults.answer(status), times=None)
    with pytest.raises(RepositoryUnavailableError, match=word):
        reader.read()
    assert len(github.requests) == 1


def test_repository_without_a_commit_has_no_pull_requests(github: ScriptedGitHub, reader: Reader) -> None:
    """GitHub answers 409 for it."""
    github.on(faults.lists(), faults.answer(409))
    (page,) = reader.read()
    assert (page.facts, page.is_last) == ((), True)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (403, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": ""}, 60),
        (429, {}, 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 91),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 91),
    ],
    ids=["retry after", "blank retry after", "unnamed secondary", "primary 403", "primary 429"],
)
def test_limit_is_waited_for_if_there_is_time(
    github: ScriptedGitHub,
    reader: Reader,
    clock: MemoryClock,
    status: int,
    headers: dict[str, str],
    seconds: int,
) -> None:
    """Till the instant that GitHub names, told to whoever watches; without the time, it is deferred till then."""
    github.on(faults.lists(), faults.answer(status, headers=headers), times=2)
    with pytest.raises(LimitedSourceError) as caught:
        next(reader.source.pages(WIDGETS, Checkpoint(), deadline=NOW + timedelta(seconds=seconds)))
    assert caught.value.retry_at == NOW + timedelta(seconds=seconds)
    assert clock.now() == NOW
    assert numbers(reader.read()) == list(range(1, 251))
    assert clock.now() == NOW + timedelta(seconds=seconds)
    (waiting,) = [event for event in reader.telemetry.events if isinstance(event, WaitingForSource)]
    assert waiting.until == NOW + timedelta(seconds=seconds)


def test_rotated_token_is_read_again_once(github: ScriptedGitHub, reader: Reader) -> None:
    """In the middle of a walk; a second refusal is final."""
    github.on(faults.lists(page=2), faults.meanwhile(lambda: github.accept_only("new")))
    pages = reader.source.pages(WIDGETS, Checkpoint())
    next(pages)
    reader.secrets.replace(SecretName.GITHUB_TOKEN, Secret("new"))
    github.accept_only("new")
    assert len(list(pages)) == 2
    github.accept_only("newer")
    with pytest.raises(UnauthorisedError, match="GITHUB_PAT"):
        reader.read()


def test_refused_token_is_final_after_one_request(github: ScriptedGitHub, reader: Reader) -> None:
    """The same token would be refused again."""
    github.accept_only("other")
    with pytest.raises(UnauthorisedError, match="GITHUB_PAT"):
        reader.source.resolve("Acme/Widgets")
    assert len(github.requests) == 1


def _leave_out_what_may_be_missing(entry: Json) -> None:
    del entry["draft"], entry["labels"]


def test_odd_payloads_are_read(github: ScriptedGitHub, reader: Reader) -> None:
    """Null user and head, missing draft and labels, unknown keys, odd characters, open with merged_at."""
    odd = Repository(4, "Acme/Odd")
    github.put_repository(odd)
    own = [evolve(fact(number), repository_id=4) for number in range(1, 6)]
    github.put(*own)
    github.patch(own[0], lambda entry: entry.update(user=None, head=None, further={"a": [1]}))
    github.patch(own[1], _leave_out_what_may_be_missing)
    github.patch(own[2], lambda entry: entry.update(title="a\0b\ud800c"))
    github.patch(own[3], lambda entry: entry.update(state="open", title="x" * 1024))
    github.patch(own[4], lambda entry: entry.update(state="open", merged_at=None))
    (page,) = reader.read(repository=odd)
    one, two, three, four, five = page.facts
    assert (one.author, one.head_branch) == (None, None)
    assert (two.is_draft, two.labels) == (False, ())
    assert (three.title, page.replaced_characters) == ("a\ufffdb\ufffdc", 2)
    assert (four.state, len(four.title or "")) == (PullRequestState.MERGED, 1024)
    assert (five.state, five.closed_at) == (PullRequestState.OPEN, None)


@pytest.mark.parametrize(
    ("field", "value"), [("created_at", "2024-01-01T00:00:00"), ("number", "7"), ("updated_at", None), ("number", 0)]
)
def test_impossible_payload_is_malformed(
    github: ScriptedGitHub, reader: Reader, field: str, value: str | int | None
) -> None:
    """Nothing of the page is given out, and the message says where."""
    github.patch(fact(2), lambda entry: entry.update({field: value}))
    with pytest.raises(MalformedSourceError):
        reader.read()


def test_titles_can_be_left_out(github: ScriptedGitHub, clock: MemoryClock) -> None:
    """They do not even enter the facts (R13)."""
    titles = {found.title for page in Reader(github.url, clock, keeps_titles=False).read() for found in page.facts}
    assert titles == {None}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/api/v3"])
def test_server_that_is_not_there_is_told(clock: MemoryClock, url: str) -> None:
    """Without a traceback of the library's."""
    with pytest.raises(TransientSourceError, match="cannot be reached"):
        Reader(url, clock).read()


def test_token_is_shown_by_no_repr(reader: Reader) -> None:
    """Neither by that of the source, which has used it, nor by those of its parts."""
    reader.read()
    assert CANARY not in f"{reader.source!r} {vars(reader.source)!r}"
