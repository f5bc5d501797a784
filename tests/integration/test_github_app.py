"""The REST source as a GitHub App's installation: when tokens are asked for, by how many, and what failures say."""

import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.ports.errors import (
    LimitedSourceError,
    MalformedSourceError,
    OutOfTimeError,
    SecretUnavailableError,
    TransientSourceError,
    UnauthorisedError,
)
from github_tracker.ports.github_source import FactPage
from github_tracker.ports.secret_store import Secret, SecretName
from tests import scripted_faults as faults
from tests.contracts.github_source import NOW, WIDGETS, fact, numbers
from tests.integration.rest_reader import APP, Reader
from tests.scripted_app import TOKEN_CANARY, ScriptedApp, app_key, pem_of
from tests.scripted_github import Fault, ScriptedGitHub

KEY = SecretName.GITHUB_APP_KEY
_BEGIN, _END = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def app(clock: MemoryClock) -> ScriptedApp:
    """The App behind the installation."""
    return ScriptedApp(clock)


@pytest.fixture
def github(clock: MemoryClock, app: ScriptedApp) -> Iterator[ScriptedGitHub]:
    """A GitHub with one repository of 250 pull requests, where the App is installed."""
    with ScriptedGitHub(clock) as scripted:
        scripted.install(app)
        scripted.put_repository(WIDGETS)
        scripted.put(*map(fact, range(1, 251)))
        yield scripted


@pytest.fixture
def reader(github: ScriptedGitHub, clock: MemoryClock) -> Reader:
    """A source that has the App's key."""
    return Reader.of_app(github.url, clock)


def pages_of(reader: Reader) -> Iterator[FactPage]:
    """A walk over the repository, page by page."""
    return reader.source.pages(WIDGETS, Checkpoint())


def test_token_is_asked_for_once_and_counted(github: ScriptedGitHub, app: ScriptedApp, reader: Reader) -> None:
    """By the page that needed it."""
    pages = reader.read()
    assert numbers(pages) == list(range(1, 251))
    assert [page.requests for page in pages] == [2, 1, 1]
    assert app.given == 1
    assert [request.verb for request in github.requests] == ["POST", "GET", "GET", "GET"]
    assert {request.authorization for request in github.requests[1:]} == {f"token {TOKEN_CANARY}1"}


def test_threads_share_one_token(github: ScriptedGitHub, app: ScriptedApp, reader: Reader) -> None:
    """Eight that begin at the same moment, with nothing there yet."""
    github.on(faults.grants, faults.slow(0.3))
    together = Barrier(8)

    def read(_number: int) -> list[int]:
        together.wait()
        return numbers(reader.read())

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, range(8))) == [list(range(1, 251))] * 8
    assert app.given == 1


def test_token_is_renewed_before_its_end(app: ScriptedApp, reader: Reader, clock: MemoryClock) -> None:
    """In the middle of a walk: not a second before five minutes are left, and without a refusal."""
    pages = pages_of(reader)
    assert next(pages).requests == 2
    clock.sleep(timedelta(minutes=55).total_seconds() - 1)
    assert next(pages).requests == 1
    clock.sleep(1)
    assert next(pages).requests == 2
    assert app.given == 2


def test_clock_that_is_wrong_costs_nothing(app: ScriptedApp, github: ScriptedGitHub) -> None:
    """How long a token lasts is counted by GitHub's clock; ours may be an hour ahead."""
    ahead = Reader.of_app(github.url, MemoryClock(NOW + timedelta(hours=1)))
    assert [page.requests for page in ahead.read()] == [2, 1, 1]
    assert app.given == 1


def test_refused_token_is_replaced_in_the_middle(app: ScriptedApp, reader: Reader) -> None:
    """GitHub may take one back at any time; nothing is lost, and each time is a new one."""
    pages = pages_of(reader)
    next(pages)
    for _ in range(2):
        app.end_tokens()
        assert next(pages).requests == 3
    assert app.given == 3


def test_token_that_is_refused_again_ends_it(
    app: ScriptedApp, github: ScriptedGitHub, reader: Reader, clock: MemoryClock
) -> None:
    """One more is fetched, not more; a run some time later tries anew."""
    github.on(faults.lists(), faults.meanwhile(app.end_tokens), times=2)
    with pytest.raises(UnauthorisedError, match=r"App 4711 \(GITHUB_APP_ID\).* 8150 \(GITHUB_APP_INSTALLATION_ID\)"):
        reader.read()
    assert app.given == 2
    clock.sleep(30)
    assert len(reader.read()) == 3


def test_rotated_key_is_read_again_once(app: ScriptedApp, github: ScriptedGitHub) -> None:
    """When GitHub no longer knows the old one, which a process may have kept for days."""
    old, new = pem_of(app_key()), pem_of(app_key(2))

    class Rotated(MemorySecretStore):
        def reread(self, name: SecretName) -> Secret:
            self.replace(name, Secret(new))
            return self.read(name)

    secrets = Rotated({KEY: Secret(old)})
    source = GitHubRestSource(RestOptions(github.url, app=APP), secrets, MemoryClock(NOW), MemoryTelemetry())
    app.trust(app_key(2))
    assert next(source.pages(WIDGETS, Checkpoint())).requests == 3
    app.trust(app_key(3))
    app.end_tokens()
    github.forget_requests()
    with pytest.raises(UnauthorisedError, match="GITHUB_APP_PRIVATE_KEY") as caught:
        list(source.pages(WIDGETS, Checkpoint()))
    assert caught.value.requests == 2
    assert [request.verb for request in github.requests] == ["GET", "POST"]


def test_key_on_one_line_is_read(reader: Reader) -> None:
    """With a backslash and an n for each end of a line, as environment files have it."""
    reader.secrets.replace(KEY, Secret(pem_of(app_key()).replace("\n", "\\n")))
    assert len(reader.read()) == 3


@pytest.mark.parametrize(
    "text", ["", "canary-key", "-----BEGIN RSA PRIVATE KEY-----\ncanary-key\n-----END RSA PRIVATE KEY-----"]
)
def test_key_that_is_none_is_told_without_it(github: ScriptedGitHub, reader: Reader, text: str) -> None:
    """Before anything is sent."""
    reader.secrets.replace(KEY, Secret(text))
    with pytest.raises(UnauthorisedError, match="GITHUB_APP_PRIVATE_KEY is no private key") as caught:
        reader.read()
    told = "".join(traceback.format_exception(caught.value))
    assert ("canary" in told, "Y2FuYXJ5" in told) == (False, False)
    assert github.requests == ()


def test_key_that_is_missing_is_told(github: ScriptedGitHub, clock: MemoryClock) -> None:
    """By its name."""
    with pytest.raises(SecretUnavailableError, match="GITHUB_APP_PRIVATE_KEY"):
        Reader(github.url, clock, app=APP).read()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "signature .* GITHUB_APP_ID.* GITHUB_APP_PRIVATE_KEY"),
        (403, r"installation 8150 \(GITHUB_APP_INSTALLATION_ID\) of the App 4711 .* suspended"),
        (404, r"App 4711 \(GITHUB_APP_ID\) has no installation 8150"),
        (422, "not expected .* GITHUB_API_URL"),
        (301, "not expected .* GITHUB_API_URL"),
    ],
)
def test_refusal_of_a_token_is_told_by_its_reason(
    github: ScriptedGitHub, reader: Reader, status: int, words: str
) -> None:
    """After one request, since no other would fare better; the run stops."""
    github.on(faults.grants, faults.answer(status), times=None)
    with pytest.raises(UnauthorisedError, match=words) as caught:
        reader.read()
    assert (len(github.requests), caught.value.requests) == (1, 1)


TROUBLES: dict[str, Fault] = {
    "502": faults.answer(502),
    "cut off": faults.truncated,
    "html": faults.html(201),
    "reset": faults.reset,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_may_pass_is_tried_again(github: ScriptedGitHub, reader: Reader, trouble: Fault) -> None:
    """As with any other request, and counted."""
    github.on(faults.grants, trouble, times=2)
    assert next(pages_of(reader)).requests == 4
    github.end_faults()


def test_what_does_not_pass_is_told_by_all_threads_after_five_requests(github: ScriptedGitHub, reader: Reader) -> None:
    """Those who wait for the same token share its failure instead of asking as often themselves."""
    github.on(faults.grants, faults.answer(503), times=None)
    github.on(faults.grants, faults.slow(0.2), times=None)
    together = Barrier(8)

    def read(_number: int) -> str:
        together.wait()
        with pytest.raises(TransientSourceError, match="503, 5 times in a row") as caught:
            reader.read()
        return str(caught.value)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(read, range(8)))) == 1
    assert len(github.requests) == 5


@pytest.mark.parametrize("status", [403, 429])
def test_limit_is_waited_for(github: ScriptedGitHub, reader: Reader, clock: MemoryClock, status: int) -> None:
    """Or told, where there is no time."""
    github.on(faults.grants, faults.answer(status, headers={"Retry-After": "7"}), times=2)
    with pytest.raises(LimitedSourceError):
        next(reader.source.pages(WIDGETS, Checkpoint(), deadline=NOW + timedelta(seconds=7)))
    assert next(pages_of(reader)).requests == 3
    assert clock.now() == NOW + timedelta(seconds=7)


def test_deadline_holds_for_the_token_too(github: ScriptedGitHub, reader: Reader) -> None:
    """Whoever fetches it gives up, and so does whoever waits for that; afterwards it is fetched by the next."""
    github.on(faults.grants, faults.slow(30.0), times=None)
    deadline = NOW + timedelta(seconds=0.5)

    def read(_number: int) -> int:
        with pytest.raises(OutOfTimeError, match="access_tokens") as caught:
            next(reader.source.pages(WIDGETS, Checkpoint(), deadline))
        return caught.value.requests

    with ThreadPoolExecutor(2) as threads:
        assert 1 <= sum(threads.map(read, range(2))) <= 2
    github.end_faults()
    assert len(reader.read()) == 3


@pytest.mark.parametrize("body", [b"{}", b'{"token": 1}', b'{"token": "x", "expires_at": "soon"}', b"[]"])
def test_answer_that_is_no_token_is_malformed(github: ScriptedGitHub, reader: Reader, body: bytes) -> None:
    """It is not guessed at."""
    github.on(faults.grants, faults.answer(201, body), times=None)
    with pytest.raises(MalformedSourceError, match="no token"):
        reader.read()


def test_enterprise_server_is_asked_under_its_path(github: ScriptedGitHub, clock: MemoryClock) -> None:
    """GITHUB_API_URL ends in /api/v3 there."""
    reader = Reader.of_app(f"{github.url}/api/v3", clock)
    with pytest.raises(UnauthorisedError):
        reader.read()
    assert github.requests[0].path == "/api/v3/app/installations/8150/access_tokens"
