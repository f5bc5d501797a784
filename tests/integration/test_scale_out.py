"""The whole path: planner, SQS, workers, PostgreSQL, the API that shows the figures; and what may go wrong on it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope, mint_key
from github_tracker.domain.run_report import Outcome, RunReport
from github_tracker.entrypoints.lambda_planner import run_of
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import GADGETS, WIDGETS, Contents, Store, contents_of
from tests.integration.aws_server import AwsServer
from tests.integration.collecting_lambda import PULL_REQUESTS, collector, number_in, recent_github
from tests.integration.databases import Databases
from tests.integration.gateway_events import event_1
from tests.integration.lambda_runtime import lambda_process
from tests.integration.postgres_store import postgres_store
from tests.integration.shared_run import ATTEMPTS, SharedRun, shared_run
from tests.scripted_faults import answer, lists, meanwhile, slow
from tests.scripted_github import ScriptedGitHub
from tests.unit.examples import at

FIRST = {"schedule": "every-4-hours", "time": "2026-01-01T00:00:00Z"}
SECOND = {"schedule": "every-4-hours", "time": "2026-01-01T04:00:00Z"}
GONE = "acme/gone"
NAMES = (WIDGETS.full_name, GADGETS.full_name, GONE)
POISON = '{"version": 1, "run": "none", "repository": "acme/widgets"}'


@pytest.fixture
def github() -> Iterator[ScriptedGitHub]:
    """Two repositories with recent pull requests, of three and of one page; a third name leads nowhere."""
    with recent_github() as served:
        yield served


@pytest.fixture
def run(github: ScriptedGitHub, fresh_database: Secret, aws_server: AwsServer) -> Iterator[SharedRun]:
    """A planner and a worker, warm from their first event on."""
    with shared_run(github, fresh_database, aws_server, *NAMES) as made:
        yield made


@pytest.fixture
def store(database: Database) -> Store:
    """What they write into."""
    return postgres_store(database)


def latest(store: Store) -> RunReport:
    """Return the run that ended last."""
    report = store.collection.latest_run()
    assert report is not None
    return report


def outcomes(report: RunReport) -> dict[str, tuple[Outcome, str | None]]:
    """Return how each repository ended."""
    return {entry.name: (entry.outcome, entry.code) for entry in report.repositories}


DONE = {
    WIDGETS.full_name: (Outcome.COMPLETE, None),
    GADGETS.full_name: (Outcome.COMPLETE, None),
    GONE: (Outcome.FAILED, "unavailable"),
}


@pytest.fixture
def alone(github: ScriptedGitHub, databases: Databases) -> Iterator[Contents]:
    """What one ordinary collection of the same repositories leaves behind."""
    url = databases.create()
    with collector(github, url, REPOSITORIES=",".join(NAMES)) as process:
        process.invoke(FIRST)
    with open_database(url, pool_size=2) as opened:
        yield contents_of(postgres_store(opened))
    databases.give_back(url)
    github.forget_requests()


def assert_same(found: Contents, wanted: Contents) -> None:
    """Compare facts, shares and every figure; not when they were observed, and not the runs."""
    assert [fact for fact, _ in found.facts] == [fact for fact, _ in wanted.facts]
    assert len(found.facts) == PULL_REQUESTS
    assert found.attributions == wanted.attributions
    assert found.figures == wanted.figures
    assert found.in_force == wanted.in_force
    for one, other in zip(found.states, wanted.states, strict=True):
        assert one is not None
        assert other is not None
        assert (one.repository, one.last_outcome) == (other.repository, other.last_outcome)
        assert (one.checkpoint.watermark is None, one.checkpoint.cursor) == (False, None)


def test_whole_path_shows_the_figures_of_one_collection(
    run: SharedRun, store: Store, alone: Contents, fresh_database: Secret
) -> None:
    """Planned, sent, collected, closed as one run, told in the metrics, and shown by the API."""
    planned = run.plan(FIRST)
    assert planned.result == {"run": str(run_of(FIRST, "")), "repositories": 3, "sent": 3, "superseded": 0}
    assert latest_is_none(store)
    (worked,) = run.work_till_empty()
    assert worked.result == {"batchItemFailures": []}
    assert_same(contents_of(store), alone)
    report = latest(store)
    assert outcomes(report) == DONE
    assert alone.latest_run is not None
    assert (report.outcome, report.facts_changed) == (alone.latest_run.outcome, PULL_REQUESTS)
    assert (report.requests, report.anomalies) == (alone.latest_run.requests, alone.latest_run.anomalies)
    metrics = worked.metrics
    assert (metrics["PullRequestsProcessed"], metrics["FactsChanged"]) == ([PULL_REQUESTS], [PULL_REQUESTS])
    assert (metrics["RepositoriesComplete"], metrics["RepositoriesFailed"]) == ([2], [1])
    assert {blob["service"] for blob in worked.blobs} == {"worker"}
    assert run.work.dead_letters == []
    assert figures_left_to_compute(fresh_database) == 0
    key = mint_key(os.urandom)
    store.keys.add(KeyRecord(ApiKey(key.public_id, "tests", (Scope.METRICS_READ,), at("2024-01-01")), key.digest))
    with lambda_process("github_tracker.entrypoints.lambda_api.handler", DB_URL=fresh_database.reveal()) as api:
        shown = api.invoke(event_1("/runs/latest", "", {"x-api-key": key.reveal()})).result
        assert shown["statusCode"] == 200
        assert json.loads(shown["body"])["facts_changed"] == PULL_REQUESTS
        shown = api.invoke(event_1("/metrics/velocity", "", {"x-api-key": key.reveal()})).result
        assert "Platform" in shown["body"]


def figures_left_to_compute(url: Secret) -> int:
    """Return how many marks there are of figures that readers would wait for."""
    marks = "SELECT (SELECT count(*) FROM touched_shares) + (SELECT count(*) FROM touched_rests)"
    return int(number_in(url, marks))


def latest_is_none(store: Store) -> bool:
    """Whether no run ended yet: a planning is none."""
    return store.collection.latest_run() is None


def test_duplicates_change_nothing(run: SharedRun, store: Store, github: ScriptedGitHub) -> None:
    """Neither the same message twice, nor the same event twice: not a request more, not a row more."""
    run.plan(FIRST)
    event = run.work.receive()
    run.worker.invoke(event)
    before, requests = contents_of(store), len(github.requests)
    assert run.worker.invoke(event).result == {"batchItemFailures": []}
    assert run.plan(FIRST).result["sent"] == 0
    assert (contents_of(store), len(github.requests)) == (before, requests)


def test_event_that_comes_again_while_its_run_lasts_does_no_harm(
    run: SharedRun, store: Store, github: ScriptedGitHub
) -> None:
    """What is not done yet is sent again, for the first planner may have died in between; it is collected once."""
    run.plan(FIRST)
    assert run.plan(FIRST).result["sent"] == 3
    run.work_till_empty()
    assert (outcomes(latest(store)), latest(store).requests) == (DONE, len(github.requests))
    assert latest(store).facts_seen == PULL_REQUESTS


def test_poison_ends_among_the_dead_letters(run: SharedRun, store: Store) -> None:
    """Told in the log each time, and in the way of nothing."""
    run.plan(FIRST)
    run.work.put(POISON)
    answers = run.work_till_empty()
    assert run.work.dead_letters == [POISON]
    assert outcomes(latest(store)) == DONE
    told = [line for answer in answers for line in answer.log if "wanted a UUID" in str(line.get("message"))]
    assert [line["level"] for line in told] == ["ERROR"] * ATTEMPTS


def test_fault_of_one_repository_gives_only_it_back(run: SharedRun, store: Store, github: ScriptedGitHub) -> None:
    """The others are done; it comes again sooner than after the visibility timeout, and goes on where it was."""
    malformed = answer(200, b'[{"number": "first"}]', {"Content-Type": "application/json"})
    github.on(lists(WIDGETS.full_name, page=2), malformed, times=1)
    run.plan(FIRST)
    event = run.work.receive()
    answered = run.worker.invoke(event)
    (back,) = run.work.settle(event, answered)
    assert json.loads(back)["repository"] == WIDGETS.full_name
    assert run.work.depth == 1
    assert latest_is_none(store)
    run.work.let_time_pass()
    (again,) = run.work_till_empty()
    assert again.result == {"batchItemFailures": []}
    assert outcomes(latest(store)) == DONE


def test_walk_that_is_cut_by_the_deadline_is_sent_again(run: SharedRun, store: Store, github: ScriptedGitHub) -> None:
    """It goes on from its checkpoint, and the run counts both parts as one repository."""
    run.plan(FIRST)
    github.on(lists(WIDGETS.full_name, page=2), slow(5), times=1)
    while (answered := run.work_off(most=1, seconds=13)) is not None:
        assert answered.result == {"batchItemFailures": []}
    assert outcomes(latest(store)) == DONE
    (entry,) = [entry for entry in latest(store).repositories if entry.name == WIDGETS.full_name]
    assert (entry.facts_changed, entry.pages) == (250, 1 + 3 + 1)
    assert len(contents_of(store).facts) == PULL_REQUESTS


def test_worker_that_is_killed_leaves_its_message(
    run: SharedRun, store: Store, github: ScriptedGitHub, alone: Contents
) -> None:
    """In the middle of a walk: the message comes again, the walk goes on, and the result is the same."""
    run.plan(FIRST)
    github.on(lists(WIDGETS.full_name, page=2), meanwhile(lambda: os.kill(run.worker.pid, signal.SIGKILL)), times=1)
    with pytest.raises(AssertionError):
        run.work_off()
    run.work.let_time_pass()
    run.start_worker()
    run.work_till_empty()
    assert outcomes(latest(store)) == DONE
    assert_same(contents_of(store), alone)
    assert run.work.dead_letters == []


def test_two_workers_with_one_message_collect_it_once(
    run: SharedRun, store: Store, github: ScriptedGitHub, alone: Contents
) -> None:
    """One finds it held and sends it again for a quarter of an hour later, in case the other is killed."""
    run.plan(FIRST)
    github.on(lists(WIDGETS.full_name, page=2), slow(3), times=1)
    event = run.work.receive()
    workers = [run.worker, run.start_worker()]
    # Both are warm when they meet.
    for worker in workers:
        worker.invoke({"Records": [{**event["Records"][0], "body": POISON}]})
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda worker: worker.invoke(event), workers))
    assert [one.result for one in answers] == [{"batchItemFailures": []}] * 2
    run.work.settle(event, answers[0])
    assert outcomes(latest(store)) == DONE
    assert_same(contents_of(store), alone)
    assert latest(store).facts_changed == PULL_REQUESTS
    assert run.work.depth <= 1
    assert run.work.receive() == {"Records": []}


def test_refused_token_fails_the_batch_and_is_made_good(run: SharedRun, store: Store, github: ScriptedGitHub) -> None:
    """Loudly: Lambda is told of an error, and all messages come again."""
    run.plan(FIRST)
    github.on(lists(), answer(401), times=2)
    event = run.work.receive()
    answered = run.worker.invoke(event)
    assert answered.error["errorType"] == "HopelessError"
    assert answered.metrics["RunsFailed"] == [1]
    assert len(run.work.settle(event, answered)) == 3
    run.work.let_time_pass()
    run.work_till_empty()
    assert outcomes(latest(store)) == DONE


def test_next_planning_takes_over_what_was_left(run: SharedRun, store: Store) -> None:
    """The run before is closed with what no worker came to; the old messages are passed over."""
    run.plan(FIRST)
    assert run.plan(SECOND).result["superseded"] == 1
    assert {code for _, code in outcomes(latest(store)).values()} == {"not_reached"}
    run.work_till_empty()
    assert outcomes(latest(store)) == DONE
    assert latest(store).requests == 3 + 1 + 1


def test_event_names_its_run() -> None:
    """By schedule and time where there is one; else by the invocation, which a repeated one keeps."""
    ids = {
        run_of(FIRST, "a"),
        run_of(SECOND, "a"),
        run_of({**FIRST, "schedule": "daily"}, "a"),
        run_of({}, "a"),
        run_of(None, "b"),
    }
    assert len(ids) == 5
    assert run_of(FIRST, "b") == run_of(FIRST, "a")
    assert run_of(FIRST, "a") == UUID("fd8bfed3-038d-590c-b711-d0e470e360aa")


@pytest.mark.parametrize("event", [{}, None, [], {"Records": []}, {"schedule": "x"}])
def test_worker_refuses_what_is_no_batch(run: SharedRun, event: object) -> None:
    """With what it wanted."""
    answered = run.worker.invoke(event)
    assert answered.error["errorType"] == "NoMessagesError"
    assert "Records" in answered.error["errorMessage"]


def test_planner_only_plans(run: SharedRun, store: Store) -> None:
    """A task that is the collector's is refused, and plans nothing."""
    answered = run.plan({"task": "migrate"})
    assert answered.error["errorType"] == "UnknownTaskError"
    assert (store.planned.open_runs(), run.work.depth) == ((), 0)


def test_planner_whose_queue_is_away_is_made_good(run: SharedRun, store: Store) -> None:
    """Lambda is told of an error and tries again: the run is the same, and nothing is missing."""
    run.work.close()
    assert run.plan(FIRST).error["errorType"] == "QueueError"
    (planned,) = store.planned.open_runs()
    assert planned.pending == NAMES
    run.work.open()
    assert run.plan(FIRST).result["sent"] == 3
    run.work_till_empty()
    assert outcomes(latest(store)) == DONE


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("github_tracker.adapters.sqs", {"boto3", "botocore"}),
        ("github_tracker.entrypoints.lambda_planner", {"github", "click", "rich", "litestar", "yoyo"}),
        ("github_tracker.entrypoints.lambda_worker", {"click", "rich", "litestar", "yoyo"}),
    ],
)
def test_importing_loads_no_more_than_is_used(module: str, unwanted: set[str]) -> None:
    """A cold start pays for what it imports."""
    program = f"import sys, {module}\nprint(sorted({unwanted} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
