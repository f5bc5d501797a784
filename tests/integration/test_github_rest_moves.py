"""The REST source where a page is not the one that was asked for, and where lists move between pages."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryClock
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.errors import (
    MalformedSourceError,
    RepositoryMovedError,
    RepositoryUnavailableError,
    TransientSourceError,
)
from github_tracker.ports.github_source import FactPage
from tests import scripted_faults as faults
from tests.contracts.github_source import NOW, WIDGETS, fact, numbers
from tests.integration.rest_reader import Reader
from tests.scripted_github import Fault, ScriptedGitHub

THINGS = Repository(1, "Acme/Things", "main")


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def github(clock: MemoryClock) -> Iterator[ScriptedGitHub]:
    """A GitHub with one repository of 150 pull requests."""
    with ScriptedGitHub(clock) as scripted:
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, range(1, 151)))
        yield scripted


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that reads from the scripted GitHub."""
    return Reader(github.url, clock)


def requests_of(pages: list[FactPage]) -> int:
    """How many requests the pages say they took."""
    return sum(page.requests for page in pages)


def test_requests_that_redirects_cause_are_counted(github: ScriptedGitHub, reader: Reader) -> None:
    """The list and the repository are each asked for by the old name and then by the id.

    Finding out what a name leads to does so as well, since the list that a redirect leads to is empty.
    """
    github.put_repository(THINGS)
    with pytest.raises(RepositoryMovedError) as caught:
        reader.read()
    assert caught.value.requests == len(github.requests) == 4
    github.forget_requests()
    assert reader.source.resolve("acme/widgets").requests == len(github.requests) == 4


def test_redirected_list_is_moved_though_nothing_in_it_tells(github: ScriptedGitHub, reader: Reader) -> None:
    """Without its query it is the list of open ones: empty, without links, and like that of an empty repository."""
    github.put_repository(THINGS)
    with pytest.raises(RepositoryMovedError) as caught:
        reader.read(Checkpoint())
    assert caught.value.found == THINGS
    assert github.requests[1].path == "/repositories/1/pulls"
    assert github.requests[1].query == {}


@pytest.mark.parametrize("page", [1, 2])
def test_page_that_was_in_doubt_once_is_read(github: ScriptedGitHub, reader: Reader, page: int) -> None:
    """Its links are not ours; the repository stands where it stood, and asked again the page is as it should be."""
    foreign = {"Link": f'<{github.url}/repositories/1/pulls?page=2>; rel="next"'}
    github.on(faults.lists(page=page), faults.with_headers(foreign))
    pages = reader.read()
    assert numbers(pages) == list(range(1, 151))
    assert requests_of(pages) == len(github.requests) == 4


def test_page_that_stays_in_doubt_is_malformed(github: ScriptedGitHub, reader: Reader) -> None:
    """Nothing of it is given out, and every request is counted."""
    foreign = {"Link": f'<{github.url}/repositories/1/pulls?state=all&page=2>; rel="next"'}
    github.on(faults.lists(), faults.with_headers(foreign), times=None)
    with pytest.raises(MalformedSourceError, match=r"Acme/Widgets: its links lack .* twice") as caught:
        reader.read()
    assert caught.value.requests == len(github.requests) == 3


@pytest.mark.parametrize("base", [{"id": 2}, {"full_name": "Acme/Gadgets"}])
def test_pull_request_of_another_repository_is_malformed(
    github: ScriptedGitHub, reader: Reader, base: dict[str, int | str]
) -> None:
    """One of a hundred is enough, whether its repository's id or name differs."""
    github.patch(fact(7), lambda entry: entry.update(base={"ref": "main", "repo": {"id": 1, **base}}))
    with pytest.raises(MalformedSourceError, match="belong to"):
        reader.read()


@pytest.mark.parametrize("base", [None, {"ref": "main"}, {"ref": "main", "repo": None}, {"repo": {"id": 1}}])
def test_pull_request_that_names_no_repository_is_read(
    github: ScriptedGitHub, reader: Reader, base: dict[str, object] | None
) -> None:
    """What is not said contradicts nothing."""
    github.patch(fact(7), lambda entry: entry.update(base=base))  # type: ignore[arg-type]  # any JSON
    pages = reader.read()
    assert numbers(pages) == list(range(1, 151))
    assert requests_of(pages) == 2


def test_first_page_that_is_empty_by_mistake_is_asked_for_again(github: ScriptedGitHub, reader: Reader) -> None:
    """Pull requests are known, so an empty list is doubted; what comes then is given out."""
    ended = reader.read()[-1].checkpoint
    github.put(fact(151))
    github.forget_requests()
    github.on(faults.lists(page=1), faults.empty_list())
    (page,) = reader.read(ended)
    assert numbers([page]) == [151, 150]
    assert page.requests == len(github.requests) == 3


def test_what_was_sent_before_counts_when_the_second_look_fails(github: ScriptedGitHub, reader: Reader) -> None:
    """The list looked moved, and then the repository is gone."""
    ended = reader.read()[-1].checkpoint
    github.forget_requests()
    github.on(faults.lists(), faults.empty_list())
    github.on(faults.resolves(), faults.answer(404))
    with pytest.raises(RepositoryUnavailableError) as caught:
        reader.read(ended)
    assert caught.value.requests == len(github.requests) == 2


def test_redirects_in_circles_end(github: ScriptedGitHub, reader: Reader) -> None:
    """After a handful of requests a try, as a fault that may pass."""
    github.on(faults.lists(), faults.redirect(f"{github.url}/elsewhere"), times=None)
    github.on(lambda request: request.path == "/elsewhere", faults.redirect(f"{github.url}/there"), times=None)
    github.on(lambda request: request.path == "/there", faults.redirect(f"{github.url}/elsewhere"), times=None)
    with pytest.raises(TransientSourceError, match="circles") as caught:
        reader.read()
    assert caught.value.requests == len(github.requests) == 25


@pytest.mark.parametrize("location", ["https://127.0.0.1/repositories/1/pulls", "http://github.invalid/x"])
def test_redirect_to_another_server_is_not_followed(github: ScriptedGitHub, reader: Reader, location: str) -> None:
    """The token must not travel there; the message says what to check."""
    github.on(faults.lists(), faults.redirect(location))
    with pytest.raises(MalformedSourceError, match="GITHUB_API_URL"):
        reader.read()
    assert len(github.requests) == 1


@pytest.mark.parametrize("page", [1, 2])
def test_unchanged_where_nobody_asked_is_a_fault(github: ScriptedGitHub, reader: Reader, page: int) -> None:
    """A 304 to a request without an etag says nothing, least of all that a walk is complete."""
    github.on(faults.lists(page=page), faults.answer(304, b""), times=None)
    with pytest.raises(TransientSourceError, match="unchanged"):
        reader.read()


@pytest.mark.parametrize(
    "fault",
    [
        faults.answer(302, headers={"Location": "/elsewhere"}),
        faults.answer(422),
        faults.answer(204, b""),
    ],
    ids=["302", "422", "204"],
)
def test_status_that_makes_no_sense_is_unavailable(github: ScriptedGitHub, reader: Reader, fault: Fault) -> None:
    """Of this repository alone, and at once."""
    github.on(faults.lists(), fault, times=None)
    with pytest.raises(RepositoryUnavailableError, match="not expected"):
        reader.read()
    assert len(github.requests) == 1


def test_list_that_moves_between_pages_loses_nothing(github: ScriptedGitHub, reader: Reader) -> None:
    """One is opened, one read already is changed, one to come merges; the walk and an increment give them all."""
    late = evolve(fact(2), title="changed behind the walk", updated_at=NOW + timedelta(seconds=1))
    github.on(faults.lists(page=2), faults.meanwhile(lambda: github.put(fact(151), late)))
    pages = reader.read()
    assert numbers(pages) == list(range(1, 152))
    assert pages[-1].checkpoint.watermark == fact(151).updated_at
    (page,) = reader.read(pages[-1].checkpoint)
    assert late in page.facts


def test_conditional_request_with_a_changed_list_is_answered_in_full(github: ScriptedGitHub, reader: Reader) -> None:
    """What changes just after the etag was given is found by the next request."""
    (settled,) = reader.read(reader.read()[-1].checkpoint)
    github.on(faults.lists(page=1), faults.afterwards(lambda: github.put(fact(151))))
    (unchanged,) = reader.read(settled.checkpoint)
    assert unchanged.facts == ()
    (page,) = reader.read(unchanged.checkpoint)
    assert numbers([page]) == [151, 150]


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Sat, 01 Jun 2024 10:00:00 GMT", NOW - timedelta(hours=2)),
        ("Sat, 01 Jun 2024 10:00:00 -0000", NOW - timedelta(hours=2)),
        ("Sat, 01 Jun 2024 10:00:00", NOW - timedelta(hours=2)),
        ("yesterday", NOW),
        ("", NOW),
    ],
)
def test_facts_are_observed_at_the_servers_time(
    github: ScriptedGitHub, reader: Reader, date: str, instant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In UTC wherever this machine stands; our own clock serves where the server tells none."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        github.on(faults.lists(), faults.with_headers({"Date": date}), times=None)
        pages = reader.read()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert {found.observed_at for page in pages for found in page.facts} == {instant}
