"""The REST source against a GitHub over real HTTP: what it asks, what it makes of the answers, and of faults."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.loopback_github.payload import Json
from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemorySecretStore, MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    RepositoryMovedError,
    RepositoryUnavailableError,
    SourceError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.github_source import FactPage, GitHubSource
from github_tracker.ports.secret_store import Secret, SecretName
from github_tracker.ports.telemetry import WaitingForSource
from tests import scripted_faults as faults
from tests.scripted_github import Fault, ScriptedGitHub
from tests.unit.examples import at, merged

WIDGETS = Repository(1, "Acme/Widgets", "main")
GADGETS = Repository(2, "Acme/Gadgets", "main")
CANARY = "ghp_canary4711"
NOW = at("2024-06-01T12:00:00")


def fact(number: int, repository_id: int = 1) -> PullRequest:
    """A merged pull request, an hour after the one before."""
    created_at = at("2024-01-01") + timedelta(hours=number)
    made = merged(Author("alice", 5, "User"), created_at, created_at + timedelta(hours=5), number)
    return evolve(
        made,
        repository_id=repository_id,
        updated_at=created_at + timedelta(hours=6),
        observed_at=NOW,
        closed_at=made.merged_at,
        title=f"Mend {number}",
        github_id=repository_id * 1000 + number,
        author_association="MEMBER",
        base_branch="main",
        head_branch=f"fix/{number}",
        merge_commit=f"{number:040x}",
        labels=("bug",),
    )


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


class Reader:
    """A source with all that it was given."""

    def __init__(self, url: str, clock: MemoryClock, keeps_titles: bool = True, timeout_seconds: int = 20) -> None:
        self.secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret(CANARY)})
        self.telemetry = MemoryTelemetry()
        options = RestOptions(url, keeps_titles=keeps_titles, timeout_seconds=timeout_seconds)
        self.source: GitHubSource = GitHubRestSource(options, self.secrets, clock, self.telemetry)

    def read(self, checkpoint: Checkpoint | None = None, repository: Repository = WIDGETS) -> list[FactPage]:
        """Return all pages."""
        return list(self.source.pages(repository, checkpoint or Checkpoint()))


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that reads from the scripted GitHub."""
    return Reader(github.url, clock)


def numbers(pages: list[FactPage]) -> list[int]:
    """The numbers of the facts of all pages, in order."""
    return [found.number for page in pages for found in page.facts]


@pytest.mark.parametrize("kind", ["rest", "memory"])
class TestSourceContract:
    """What every source promises, over HTTP and in memory."""

    @pytest.fixture
    def source(self, kind: str, reader: Reader, clock: MemoryClock) -> GitHubSource:
        """One of the two, with the same repository in it."""
        if kind == "rest":
            return reader.source
        memory = MemoryGitHubSource(clock)
        memory.put_repository(WIDGETS)
        memory.put(*map(fact, range(1, 251)))
        return memory

    def test_walk_gives_everything_with_the_last_page_marked(self, source: GitHubSource) -> None:
        """Three pages, three requests, and a watermark at the newest update."""
        pages = list(source.pages(WIDGETS, Checkpoint()))
        assert [len(page.facts) for page in pages] == [100, 100, 50]
        assert [page.is_last for page in pages] == [False, False, True]
        assert sum(page.requests for page in pages) == 3
        assert [found for page in pages for found in page.facts] == [fact(number) for number in range(1, 251)]
        assert {found.observed_at for page in pages for found in page.facts} == {NOW}
        assert pages[-1].checkpoint.watermark == fact(250).updated_at
        assert pages[-1].checkpoint.walked_at == NOW
        assert pages[0].checkpoint.watermark is None

    def test_unchanged_repository_is_one_request(self, source: GitHubSource) -> None:
        """First a page that ends at old ones, then none at all, with the same checkpoint."""
        ended = list(source.pages(WIDGETS, Checkpoint()))[-1].checkpoint
        (first,) = source.pages(WIDGETS, ended)
        assert (len(first.facts), first.requests, first.is_last) == (1, 1, True)
        (second,) = source.pages(WIDGETS, first.checkpoint)
        assert (second.facts, second.requests, second.is_last) == ((), 1, True)
        assert second.checkpoint == first.checkpoint

    def test_walk_goes_on_one_page_early(self, source: GitHubSource) -> None:
        """From any page's checkpoint."""
        pages = list(source.pages(WIDGETS, Checkpoint()))
        for page in (0, 1):
            rest = list(source.pages(WIDGETS, pages[page].checkpoint))
            assert numbers(rest) == list(range(100 * page + 1, 251))
            assert rest[-1].checkpoint == pages[-1].checkpoint

    def test_unknown_repository_is_unavailable(self, source: GitHubSource) -> None:
        """Asked for by name or read."""
        with pytest.raises(RepositoryUnavailableError, match="acme/gone"):
            source.resolve("acme/gone")
        with pytest.raises(RepositoryUnavailableError):
            list(source.pages(Repository(9, "acme/gone"), Checkpoint()))

    def test_names_resolve_without_case(self, source: GitHubSource) -> None:
        """To the name that GitHub spells."""
        assert source.resolve("ACME/widgets").repository == WIDGETS


def test_requests_are_exactly_those_that_are_needed(github: ScriptedGitHub, reader: Reader) -> None:
    """Every parameter said, none for a single pull request."""
    reader.source.resolve("Acme/Widgets")
    checkpoint = reader.read()[-1].checkpoint
    reader.read(checkpoint)
    asked = [(request.path, dict(request.query)) for request in github.requests]
    walk = {"state": "all", "sort": "created", "direction": "asc", "per_page": "100"}
    pulls = "/repos/Acme/Widgets/pulls"
    assert asked == [
        ("/repos/Acme/Widgets", {}),
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


@pytest.mark.parametrize(
    "fault",
    [
        faults.answer(500),
        faults.answer(502),
        faults.html(503),
        faults.html(200),
        faults.empty(),
        faults.truncated,
        faults.cut,
        faults.reset,
    ],
    ids=["500", "502", "503 in HTML", "200 in HTML", "empty 200", "truncated", "cut", "reset"],
)
@pytest.mark.parametrize("page", [1, 2, 3])
def test_passing_fault_is_tried_again(github: ScriptedGitHub, reader: Reader, fault: Fault, page: int) -> None:
    """On any page; the result is as without it, and the request is counted."""
    github.on(faults.lists(page=page), fault)
    pages = reader.read()
    assert numbers(pages) == list(range(1, 251))
    assert sum(found.requests for found in pages) == 4


@pytest.mark.parametrize("fault", [faults.answer(502), faults.truncated, faults.reset, faults.empty_list()])
def test_lasting_fault_ends_the_reading_loudly(github: ScriptedGitHub, reader: Reader, fault: Fault) -> None:
    """After five tries with growing waits, and never as a complete list."""
    github.on(faults.lists(page=2), fault, times=None)
    pages = reader.source.pages(WIDGETS, Checkpoint())
    assert not next(pages).is_last
    with pytest.raises(TransientSourceError, match="5 times") as caught:
        next(pages)
    assert caught.value.requests == 5


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


def test_renamed_repository_is_noticed_before_anything_is_given_out(github: ScriptedGitHub, reader: Reader) -> None:
    """A redirect loses the query, so the page is another one's."""
    ended = reader.read()[-1].checkpoint
    github.put_repository(Repository(1, "Acme/Things", "main"))
    for checkpoint in (Checkpoint(), ended):
        with pytest.raises(RepositoryMovedError) as caught:
            reader.read(checkpoint)
        assert caught.value.found == Repository(1, "Acme/Things", "main")
    assert numbers(reader.read(repository=Repository(1, "Acme/Things"))) == list(range(1, 251))


def test_name_taken_by_another_repository_is_noticed(github: ScriptedGitHub, reader: Reader) -> None:
    """Its pull requests carry another id."""
    github.put_repository(Repository(1, "Acme/Things"))
    github.put_repository(Repository(3, "Acme/Widgets"))
    github.put(fact(1, repository_id=3))
    with pytest.raises(RepositoryMovedError) as caught:
        reader.read()
    assert caught.value.found.id == 3


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


def test_threads_never_get_each_others_pages(github: ScriptedGitHub, reader: Reader) -> None:
    """However often they switch."""
    github.put_repository(GADGETS)
    github.put(*(fact(number, repository_id=2) for number in range(1, 251)))
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(lambda place: reader.read(repository=(WIDGETS, GADGETS)[place % 2]), range(24)))
    for place, pages in enumerate(read):
        assert {found.repository_id for page in pages for found in page.facts} == {place % 2 + 1}


def test_slow_reply_is_given_up(github: ScriptedGitHub, clock: MemoryClock) -> None:
    """And asked for again."""
    github.on(faults.lists(page=1), faults.slow(3))
    assert sum(page.requests for page in Reader(github.url, clock, timeout_seconds=1).read()) == 4


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/api/v3"])
def test_server_that_is_not_there_is_told(clock: MemoryClock, url: str) -> None:
    """Without a traceback of the library's."""
    with pytest.raises(TransientSourceError, match="cannot be reached"):
        Reader(url, clock).read()


@pytest.mark.parametrize(
    "fault", [faults.answer(401), faults.answer(403), faults.answer(500), faults.html(200), faults.cut, faults.reset]
)
def test_token_is_shown_nowhere(
    github: ScriptedGitHub, reader: Reader, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in errors and their causes, nor in logs at their most talkative, nor in a repr."""
    github.on(faults.anything, fault, times=None)
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        reader.read()
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
    assert CANARY not in caplog.text
    assert CANARY not in f"{reader.source!r} {vars(reader.source)!r}"
