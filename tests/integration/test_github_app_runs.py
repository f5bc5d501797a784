"""Whole readings and runs as a GitHub App's installation: what they show, and what a new token costs."""

from collections.abc import Iterator

import pytest

from github_tracker.adapters.memory import MemoryClock
from github_tracker.adapters.postgres.database import Database
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership
from github_tracker.domain.run_report import Outcome, RunOutcome
from github_tracker.ports.errors import UnauthorisedError
from github_tracker.ports.secret_store import Secret
from tests import scripted_faults as faults
from tests.contracts.github_source import GADGETS, NOW, WIDGETS, fact
from tests.integration.canaries import all_logged, everything_told
from tests.integration.postgres_store import postgres_store
from tests.integration.rest_reader import Reader
from tests.integration.test_unchanged_run import rows_of
from tests.scripted_app import TOKEN_CANARY, ScriptedApp, app_key, pem_of
from tests.scripted_github import ScriptedGitHub
from tests.unit.examples import roster_of


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


def test_nothing_shows_key_or_token(
    github: ScriptedGitHub, app: ScriptedApp, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither logs nor errors nor what the objects say of themselves, whatever goes wrong."""
    raised: list[Exception] = []

    def fail() -> None:
        with pytest.raises(UnauthorisedError) as caught:
            reader.read()
        raised.append(caught.value)

    with all_logged(caplog):
        reader.read()
        github.on(faults.lists(), faults.meanwhile(app.end_tokens), times=2)
        fail()
        app.end_tokens()
        app.trust(app_key(2))
        fail()
    texts = [*everything_told(caplog, reader.telemetry, [], raised), f"{reader.source!r} {vars(reader.source)!r}"]
    assert any("access_tokens" in text for text in texts)
    key_line = pem_of(app_key()).splitlines()[1]
    assert [text for text in texts if TOKEN_CANARY in text or key_line in text or "Bearer ey" in text] == []


def test_new_token_costs_an_unchanged_repository_one_cheap_request(
    github: ScriptedGitHub, app: ScriptedApp, database: Database, fresh_database: Secret, clock: MemoryClock
) -> None:
    """Entity tags differ by token, so the first list after a renewal is no 304: one 200 each, and nothing written."""
    github.put_repository(GADGETS)
    github.put(*(fact(number, GADGETS.id) for number in range(1, 251)))
    store = postgres_store(database)
    reader = Reader.of_app(github.url, clock)
    collect = CollectPullRequests(
        reader.source, store.rosters, store.metrics, store.collection, store.reports, clock, reader.telemetry
    )
    SyncRoster(store.rosters, clock, reader.telemetry)(roster_of(Membership("Apps", "alice")), WantedPolicy(), "tests")

    def run() -> tuple[list[str], set[str]]:
        clock.sleep(600)
        github.forget_requests()
        before = rows_of(fresh_database)
        report = collect(CollectionPlan((WIDGETS.full_name, GADGETS.full_name)))
        assert report.outcome is RunOutcome.COMPLETE
        assert not report.with_outcome(Outcome.FAILED, Outcome.DEFERRED)
        after = rows_of(fresh_database)
        return [request.verb for request in github.requests], {name for name in after if after[name] != before[name]}

    run(), run(), run()
    facts = rows_of(fresh_database)
    assert run() == (["GET", "GET"], {"runs"})
    app.end_tokens()
    clock.sleep(3600)
    verbs, written = run()
    assert verbs == ["POST", "GET", "GET"]
    assert written <= {"runs", "collection_state"}
    verbs, written = run()
    assert (verbs, written) == (["GET", "GET"], {"runs"})
    kept = rows_of(fresh_database)
    assert {name for name in facts if facts[name] != kept[name]} <= {"runs", "collection_state"}
