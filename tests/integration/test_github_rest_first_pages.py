"""The REST source over real HTTP: the first page of a list tells whose it is, and is not asked for twice."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.github_rest import first_pages
from github_tracker.adapters.memory import MemoryClock
from github_tracker.domain.pull_request import Repository
from github_tracker.ports.errors import TransientSourceError
from github_tracker.ports.github_source import ResolvedRepository
from github_tracker.ports.telemetry import RequestFailed
from tests import scripted_faults as faults
from tests.contracts.github_source import GADGETS, NOW, WIDGETS, fact, numbers
from tests.integration.rest_reader import Reader
from tests.scripted_github import Fault, Reply, Request, ScriptedGitHub

THINGS = Repository(1, "Acme/Things", "trunk")
ALL = list(range(1, 251))


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def github(clock: MemoryClock) -> Iterator[ScriptedGitHub]:
    """A GitHub with one repository of 250 pull requests, and one that has none."""
    with ScriptedGitHub(clock) as scripted:
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, ALL))
        scripted.put_repository(GADGETS)
        yield scripted


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that reads from the scripted GitHub."""
    return Reader(github.url, clock, attempts=2)


def encoded(encoding: str, pack: Callable[[bytes], bytes]) -> Fault:
    """Give the proper reply with its body packed, and named as of this encoding."""

    def fault(_request: Request, proper: Callable[[], Reply]) -> Reply:
        reply = proper()
        return evolve(reply, body=pack(reply.body), headers={**reply.headers, "Content-Encoding": encoding})

    return fault


def test_walk_over_a_new_name_takes_a_request_a_page(github: ScriptedGitHub, reader: Reader) -> None:
    """What finding out the repository took is all that its first page takes; a second walk asks for everything."""
    resolved = reader.source.resolve("acme/WIDGETS")
    assert (resolved.repository, resolved.requests) == (WIDGETS, 1)
    pages = reader.read()
    assert (numbers(pages), [page.requests for page in pages]) == (ALL, [0, 1, 1])
    assert len(github.requests) == 3
    assert [page.requests for page in reader.read()] == [1, 1, 1]


def test_empty_list_is_asked_for_once_and_does_not_tell_whose_it_is(github: ScriptedGitHub, reader: Reader) -> None:
    """So the repository itself is asked for as well."""
    resolved = reader.source.resolve("Acme/Gadgets")
    assert (resolved.repository, resolved.requests) == (GADGETS, 2)
    (page,) = reader.read(repository=GADGETS)
    assert (page.facts, page.requests, page.is_list_empty) == ((), 0, True)
    assert len(github.requests) == 2


def test_name_that_leads_elsewhere_is_told_by_what_lies_there(github: ScriptedGitHub, reader: Reader) -> None:
    """The list that a redirect leads to is another one: it tells whose it is, and is not kept."""
    github.put_repository(THINGS)
    github.put(evolve(fact(251), state=fact(251).state.OPEN, merged_at=None, closed_at=None))
    resolved = reader.source.resolve("Acme/Widgets")
    assert (resolved.repository, resolved.requests) == (THINGS, 2)
    pages = reader.read(repository=THINGS)
    assert (numbers(pages), [page.requests for page in pages]) == ([*ALL, 251], [1, 1, 1])


def test_page_that_took_over_the_name_meanwhile_is_not_given_out(github: ScriptedGitHub, reader: Reader) -> None:
    """A page is kept for the repository that it is of, under the name that it then had."""
    reader.source.resolve("Acme/Widgets")
    github.put_repository(THINGS)
    assert [page.requests for page in reader.read(repository=THINGS)] == [1, 1, 1]


def test_page_is_kept_for_a_minute_at_most(reader: Reader, clock: MemoryClock) -> None:
    """What is read later must be fresh."""
    reader.source.resolve("Acme/Widgets")
    clock.sleep(first_pages.LONGEST_KEPT.total_seconds())
    assert [page.requests for page in reader.read()] == [0, 1, 1]
    reader.source.resolve("Acme/Widgets")
    clock.sleep((first_pages.LONGEST_KEPT + timedelta(seconds=1)).total_seconds())
    assert [page.requests for page in reader.read()] == [1, 1, 1]


def test_no_page_is_asked_for_that_would_not_be_kept(
    github: ScriptedGitHub, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the repository itself tells who it is; what was given out makes room again."""
    monkeypatch.setattr(first_pages, "MOST_BYTES", 1)
    others = Repository(3, "Acme/Others", "main")
    github.put_repository(others)
    github.put(*(fact(number, 3) for number in ALL))
    for _ in range(2):
        github.forget_requests()
        assert reader.source.resolve("Acme/Widgets").requests == 1
        assert reader.source.resolve("Acme/Others") == ResolvedRepository(others, 1)
        assert [request.path for request in github.requests] == ["/repos/Acme/Widgets/pulls", "/repos/Acme/Others"]
        assert [page.requests for page in reader.read(repository=others)] == [1, 1, 1]
        assert [page.requests for page in reader.read()] == [0, 1, 1]


def test_faulty_first_page_is_told_and_asked_for_again(github: ScriptedGitHub, reader: Reader) -> None:
    """Though its beginning told whose it is."""
    github.on(faults.lists(page=1), faults.truncated)
    assert reader.source.resolve("Acme/Widgets").requests == 1
    pages = reader.read()
    assert (numbers(pages), [page.requests for page in pages]) == (ALL, [1, 1, 1])
    assert [event for event in reader.telemetry.events if isinstance(event, RequestFailed)] == [
        RequestFailed(TransientSourceError.code)
    ]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("X-GZip", gzip.compress), ("identity", bytes)],
)
def test_packed_pages_are_unpacked(
    encoding: str, pack: Callable[[bytes], bytes], github: ScriptedGitHub, reader: Reader
) -> None:
    """Also to find out whose they are; plain ones pass as they are."""
    github.on(faults.lists(), encoded(encoding, pack), times=None)
    assert reader.source.resolve("Acme/Widgets").repository == WIDGETS
    assert numbers(reader.read()) == ALL


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", bytes),
        ("gzip", lambda body: gzip.compress(body)[:-40]),
        ("gzip", lambda body: gzip.compress(body)[:-8] + bytes(8)),
        ("br", bytes),
        ("deflate", zlib.compress),
    ],
    ids=["not packed", "cut off", "wrong sum", "not asked for", "neither"],
)
def test_body_that_cannot_be_unpacked_is_tried_again(
    encoding: str, pack: Callable[[bytes], bytes], github: ScriptedGitHub, reader: Reader
) -> None:
    """And never taken for an end of the list."""
    github.on(faults.lists(page=2), encoded(encoding, pack))
    assert numbers(reader.read()) == ALL
    github.on(faults.lists(page=2), encoded(encoding, pack), times=None)
    with pytest.raises(TransientSourceError):
        reader.read()


def test_only_what_can_be_unpacked_is_asked_for(github: ScriptedGitHub, reader: Reader) -> None:
    """The library's own list of encodings depends on what else is installed."""
    reader.read()
    assert {request.accepted_encoding for request in github.requests} == {"gzip"}
