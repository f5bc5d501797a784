"""The REST source at limits, with odd headers, with odd tokens, and with a deadline."""

import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.ports.errors import (
    LimitedSourceError,
    OutOfTimeError,
    RepositoryUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.secret_store import Secret, SecretName
from github_tracker.ports.telemetry import RequestFailed, WaitingForSource
from tests import scripted_faults as faults
from tests.contracts.github_source import NOW, WIDGETS, fact, numbers
from tests.integration.rest_reader import CANARY, Reader
from tests.scripted_github import Fault, ScriptedGitHub

ABUSE = b'{"message": "You have triggered an abuse detection mechanism. Please wait a few minutes."}'
SECONDARY = b'{"message": "You have exceeded a secondary rate limit."}'


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def github(clock: MemoryClock) -> Iterator[ScriptedGitHub]:
    """A GitHub with one repository of three pull requests."""
    with ScriptedGitHub(clock) as scripted:
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, (1, 2, 3)))
        yield scripted


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that reads from the scripted GitHub."""
    return Reader(github.url, clock)


def reset_in(seconds: int) -> dict[str, str]:
    """The headers of an exhausted primary limit."""
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + seconds)}


@pytest.mark.parametrize(
    ("status", "body", "headers", "seconds"),
    [
        (403, SECONDARY, {}, 60),
        (403, ABUSE, {}, 60),
        (403, SECONDARY, reset_in(90) | {"X-RateLimit-Remaining": "17"}, 60),
        (429, b"", {"Retry-After": "Sat, 01 Jun 2024 12:01:00 GMT"}, 60),
        (429, b"", {"Retry-After": "\u00b2"}, 60),
        (429, b"", {"Retry-After": "9" * 30}, 60),
        (403, b"", {"Retry-After": "5"} | reset_in(900), 5),
        (403, b"", {"Retry-After": "0"}, 1),
        (403, b"", reset_in(-300), 1),
    ],
)
def test_limit_ends_when_github_says(
    github: ScriptedGitHub,
    reader: Reader,
    clock: MemoryClock,
    status: int,
    body: bytes,
    headers: dict[str, str],
    seconds: int,
) -> None:
    """A minute where it names no time that can be read, and never at once: it would be asked again and again."""
    github.on(faults.lists(), faults.answer(status, body, headers))
    assert numbers(reader.read()) == [1, 2, 3]
    assert clock.now() == NOW + timedelta(seconds=seconds)


def test_reset_is_understood_by_the_servers_clock(clock: MemoryClock) -> None:
    """Ours is five minutes ahead: by it the limit would seem to be over, and GitHub would be asked in vain."""
    with ScriptedGitHub(MemoryClock(NOW - timedelta(minutes=5))) as github:
        github.put_repository(WIDGETS)
        github.on(faults.lists(), faults.answer(403, headers=reset_in(-300 + 90)))
        reader = Reader(github.url, clock)
        with pytest.raises(LimitedSourceError) as caught:
            next(iter(reader.source.pages(WIDGETS, Checkpoint(), deadline=NOW + timedelta(seconds=91))))
        assert caught.value.retry_at == NOW + timedelta(seconds=91)
        assert caught.value.requests == 1


@pytest.mark.parametrize("name", ["X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Limit"])
@pytest.mark.parametrize("value", ["", "many", "inf", "\u00b2"])
def test_limits_that_make_no_sense_are_a_passing_fault(
    github: ScriptedGitHub, reader: Reader, name: str, value: str
) -> None:
    """A proxy may garble them; the page is asked for again, and nothing breaks."""
    github.on(faults.lists(), faults.with_headers({name: value}))
    pages = reader.read()
    assert numbers(pages) == [1, 2, 3]
    assert sum(page.requests for page in pages) == len(github.requests)


def test_what_remains_of_the_limit_is_told(github: ScriptedGitHub, reader: Reader) -> None:
    """With each page; None where the answer does not say."""
    github.on(faults.lists(), faults.with_headers({"X-RateLimit-Remaining": "4321"}))
    (page,) = reader.read()
    assert page.requests_left == 4321


def test_refusal_without_a_limit_is_no_limit(github: ScriptedGitHub, reader: Reader, clock: MemoryClock) -> None:
    """A 403 with requests left and no word of a limit is about the repository; nobody waits."""
    github.on(faults.lists(), faults.answer(403, headers={"X-RateLimit-Remaining": "17"}))
    with pytest.raises(RepositoryUnavailableError, match="refused"):
        reader.read()
    assert clock.now() == NOW


def test_waits_between_tries_grow(github: ScriptedGitHub, reader: Reader, clock: MemoryClock) -> None:
    """Doubling from half a second, each shortened by at most a half, so that many do not come back at once."""
    github.on(faults.lists(), faults.answer(502), times=None)
    instants = []
    github.on(faults.lists(), faults.meanwhile(lambda: instants.append(clock.now())), times=None)
    with pytest.raises(TransientSourceError, match="502, 5 times"):
        reader.read()
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]
    longest = [0.5, 1.0, 2.0, 4.0]
    assert len(waits) == 4
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    assert [event for event in reader.telemetry.events if not isinstance(event, WaitingForSource)] == [
        RequestFailed("transient")
    ] * 5


def test_fault_is_not_waited_for_past_the_deadline(github: ScriptedGitHub, reader: Reader, clock: MemoryClock) -> None:
    """It is told at once what was wrong and that there was no time."""
    github.on(faults.lists(), faults.answer(502), times=None)
    reader = Reader(github.url, clock, first_wait_seconds=20.0)
    with pytest.raises(TransientSourceError, match=r"502.*no time left") as caught:
        next(iter(reader.source.pages(WIDGETS, Checkpoint(), deadline=NOW + timedelta(seconds=10))))
    assert (clock.now(), caught.value.requests) == (NOW, 1)


def test_limit_that_never_ends_is_given_up(github: ScriptedGitHub, reader: Reader, clock: MemoryClock) -> None:
    """Told five times in a row it is deferred, even where there is no deadline."""
    github.on(faults.lists(), faults.answer(429, headers={"Retry-After": "7"}), times=None)
    with pytest.raises(LimitedSourceError) as caught:
        reader.read()
    assert caught.value.requests == len(github.requests) == 5
    assert clock.now() == NOW + timedelta(seconds=28)


@pytest.mark.parametrize("seconds", [7201, 9_999_999_999])
def test_limit_of_many_hours_is_not_waited_for(
    github: ScriptedGitHub, reader: Reader, clock: MemoryClock, seconds: int
) -> None:
    """GitHub's own end within the hour; this one is told at once, with its end."""
    github.on(faults.lists(), faults.answer(429, headers={"Retry-After": str(seconds)}), times=None)
    with pytest.raises(LimitedSourceError) as caught:
        reader.read()
    assert (caught.value.retry_at, clock.now()) == (NOW + timedelta(seconds=seconds), NOW)


@pytest.mark.parametrize(
    "fault",
    [
        faults.slow(60),
        faults.trickling("headers"),
        faults.trickling("body"),
        faults.trickling("headers", is_closing=True),
        faults.trickling("body", is_closing=True),
    ],
    ids=["nothing comes", "headers", "body", "headers, closing", "body without a length"],
)
def test_whole_reply_has_a_limit(github: ScriptedGitHub, clock: MemoryClock, fault: Fault) -> None:
    """However steadily its bytes come; then it is asked for again, and in the end it is a passing fault."""
    reader = Reader(github.url, clock, timeout_seconds=0.4, attempts=2)
    github.on(faults.lists(), fault, times=2)
    with pytest.raises(TransientSourceError, match="the reply took too long, 2 times"):
        reader.read()
    pages = reader.read()
    assert (numbers(pages), len(github.requests)) == ([1, 2, 3], 3)


@pytest.mark.parametrize("fault", [faults.slow(60), faults.trickling("body")], ids=["nothing", "trickling"])
def test_reply_is_not_waited_for_past_the_deadline(github: ScriptedGitHub, reader: Reader, fault: Fault) -> None:
    """It is given up as a want of time and not as a fault: with more of it, the reply might have come."""
    github.on(faults.lists(), fault, times=None)
    github.on(faults.resolves(), fault, times=None)
    near = NOW + timedelta(seconds=0.3)
    for ask in (
        lambda: list(reader.source.pages(WIDGETS, Checkpoint(), near)),
        lambda: reader.source.resolve("Acme/Widgets", near),
    ):
        with pytest.raises(OutOfTimeError, match="before the deadline") as caught:
            ask()
        assert caught.value.requests == 1


def test_nothing_is_sent_at_the_deadline(github: ScriptedGitHub, reader: Reader) -> None:
    """There is no time in which an answer could come."""
    with pytest.raises(OutOfTimeError):
        reader.source.resolve("Acme/Widgets", NOW)
    assert github.requests == ()


def test_single_sign_on_is_told(github: ScriptedGitHub, reader: Reader) -> None:
    """Whoever reads it knows what to do, and does not see the address, which has a secret of its own in it."""
    header = {"X-GitHub-SSO": f"required; url=https://github.com/orgs/acme/sso?authorization_request={CANARY}"}
    github.on(faults.lists(), faults.answer(403, headers=header), times=None)
    with pytest.raises(RepositoryUnavailableError, match="single sign-on") as caught:
        reader.read()
    assert CANARY not in str(caught.value)


def test_answer_that_is_still_being_made_is_asked_for_again(github: ScriptedGitHub, reader: Reader) -> None:
    """By our own measure: PyGithub would sleep for real, and without an end."""
    github.on(faults.lists(), faults.answer(202), times=2)
    (page,) = reader.read()
    assert (len(page.facts), page.requests) == (3, 3)


@pytest.mark.parametrize("token", ["", f"{CANARY} {CANARY}", f"{CANARY}\n", f"{CANARY}\u00e9", f"\t{CANARY}"])
def test_token_that_no_header_can_carry_is_told_without_it(
    github: ScriptedGitHub, clock: MemoryClock, token: str
) -> None:
    """Nothing is sent, and the whole traceback does not show it: libraries quote the header they refuse."""
    with pytest.raises(UnauthorisedError, match="GITHUB_PAT") as caught:
        Reader(github.url, clock, token).read()
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert github.requests == ()


def test_rotated_token_is_reread_once_for_all_threads(github: ScriptedGitHub, clock: MemoryClock) -> None:
    """Eight threads are refused at about the same time; all of them go on with the new token."""

    class Counting(MemorySecretStore):
        rereads = 0

        def reread(self, name: SecretName) -> Secret:  # noqa: ARG002  # the port's; there is one
            self.rereads += 1
            return Secret("new")

    secrets = Counting({SecretName.GITHUB_TOKEN: Secret(CANARY)})
    source = GitHubRestSource(RestOptions(github.url), secrets, clock, MemoryTelemetry())
    github.accept_only("new")
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(lambda _: list(source.pages(WIDGETS, Checkpoint())), range(8)))
    assert [numbers(pages) for pages in read] == [[1, 2, 3]] * 8
    assert secrets.rereads == 1
