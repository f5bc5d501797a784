"""The collector under AWS's own runtime client: events go in, results, log lines and metrics come out."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from attrs import evolve

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.migrations import migration_names
from github_tracker.entrypoints.run_document import run_document
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import GADGETS, WIDGETS, contents_of
from tests.integration.canaries import TOKEN
from tests.integration.collecting_lambda import (
    NAMES,
    PULL_REQUESTS,
    SCHEDULED,
    collector,
    number_in,
    recent_github,
    sessions,
)
from tests.integration.lambda_runtime import Answer
from tests.integration.own_server import own_server
from tests.integration.postgres_store import postgres_store
from tests.scripted_faults import answer, lists, looks_up, slow
from tests.scripted_github import ScriptedGitHub

NAMES_OF_METRICS = {
    "PullRequestsProcessed": "Count",
    "FactsChanged": "Count",
    "Requests": "Count",
    "RequestsLeft": "Count",
    "RepositoriesComplete": "Count",
    "RepositoriesFailed": "Count",
    "RepositoriesDeferred": "Count",
    "RunsFailed": "Count",
    "UnattributedRatio": "None",
    "DatabaseQueryDuration": "Milliseconds",
    "DatabaseErrors": "Count",
    "RunDuration": "Seconds",
    "ApiErrorsLimited": "Count",
    "ApiErrorsTransient": "Count",
    "ApiErrorsUnauthorised": "Count",
    "ApiErrorsUnavailable": "Count",
    "ApiErrorsMalformed": "Count",
    "AnomalyNoPullRequests": "Count",
    "AnomalyUnattributedJumped": "Count",
    "AnomalyNotCompared": "Count",
}


@pytest.fixture
def github() -> Iterator[ScriptedGitHub]:
    """Two repositories with recent pull requests."""
    with recent_github() as served:
        yield served


def outcomes(given: Answer) -> dict[str, str]:
    """Return how each repository ended."""
    return {entry["name"]: entry["outcome"] for entry in given.result["repositories"]}


def told_run(given: Answer) -> dict[str, object]:
    """Return the one run report in the log."""
    (line,) = [line for line in given.log if "run" in line]
    run: dict[str, object] = line["run"]
    return run


def test_cold_and_warm_invocations_tell_what_each_did(
    github: ScriptedGitHub, fresh_database: Secret, database: Database
) -> None:
    """The store holds what the metrics say; the second starts from zero, over the connections of the first."""
    with collector(github, fresh_database) as process:
        cold = process.invoke(SCHEDULED)
        held = sessions(fresh_database)
        warm = process.invoke(SCHEDULED)
        assert held & sessions(fresh_database)
    assert (cold.error, warm.error) == (None, None)
    assert [{line["cold_start"] for line in each.lines} for each in (cold, warm)] == [{True}, {False}]
    assert [each.ids for each in (cold, warm)] == [{cold.request_id}, {warm.request_id}]

    assert cold.units == NAMES_OF_METRICS
    assert {line["service"] for line in cold.lines} == {"collector"}
    values = {name: found[0] for name, found in cold.metrics.items() if len(found) == 1}
    assert values["PullRequestsProcessed"] == values["FactsChanged"] == PULL_REQUESTS
    assert number_in(fresh_database, "SELECT count(*) FROM pull_requests") == PULL_REQUESTS
    rest = "SELECT sum(weighted_prs_merged) FROM view_unattributed_velocity"
    earned = "SELECT sum(weighted_prs_merged) FROM view_team_velocity"
    ratio = number_in(fresh_database, rest) / (number_in(fresh_database, rest) + number_in(fresh_database, earned))
    assert 0.2 < ratio < 0.5
    assert values["UnattributedRatio"] == pytest.approx(ratio)
    assert values["Requests"] == cold.result["requests"] == 4
    assert values["RequestsLeft"] == min(entry["requests_left"] for entry in cold.result["repositories"])
    assert (values["RepositoriesComplete"], values["RunsFailed"], values["DatabaseErrors"]) == (2, 0, 0)
    assert len(cold.metrics["DatabaseQueryDuration"]) > 6
    # Readers wait for nothing that the run has left to be computed.
    assert number_in(fresh_database, "SELECT count(*) FROM touched_shares") == 0
    assert number_in(fresh_database, "SELECT count(*) FROM rolled_up_team_weeks") > 0
    assert min(cold.metrics["DatabaseQueryDuration"]) > 0

    again = {name: found[0] for name, found in warm.metrics.items()}
    assert (again["FactsChanged"], again["Requests"], again["RepositoriesComplete"]) == (0, 2, 2)
    assert again["RequestsLeft"] < values["RequestsLeft"]
    assert "UnattributedRatio" not in again
    kept = postgres_store(database).collection.latest_run()
    assert kept is not None
    assert warm.result == run_document(kept)
    assert warm.result.items() <= told_run(warm).items()


def test_same_event_twice_changes_nothing(github: ScriptedGitHub, fresh_database: Secret, database: Database) -> None:
    """Lambda delivers at least once; the second delivery leaves its report and nothing else."""
    store = postgres_store(database)
    with collector(github, fresh_database) as process:
        contents = []
        for _ in range(3):
            assert process.invoke(SCHEDULED, request_id="the-same").error is None
            contents.append(evolve(contents_of(store, NAMES), latest_run=None))
    assert contents[1] == contents[2]
    assert contents[0].facts == contents[1].facts
    assert contents[0].history == contents[2].history


def test_odd_event_starts_a_run_like_any_other(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """Whatever is in it."""
    events: tuple[object, ...] = (None, 7, "x", [], [{}], {}, {"task": ["migrate"]}, {"task": None, "deep": [[]]})
    with collector(github, fresh_database) as process:
        for event in events:
            given = process.invoke(event)
            assert (given.error, given.result["outcome"]) == (None, "complete")


def test_refused_token_fails_the_run_and_the_next_one_goes_on(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """The error tells what came of the run, and so does the log; metrics are written nevertheless."""
    github.accept_only("another")
    with collector(github, fresh_database) as process:
        refused = process.invoke(SCHEDULED)
        github.accept_only(TOKEN)
        accepted = process.invoke(SCHEDULED)
    assert refused.error["errorType"] == "CollectionFailedError"
    assert refused.error["errorMessage"].startswith("the run failed: 2 of 2 repositories failed, 0 were deferred. ")
    assert "(unauthorised): GitHub refuses the token (401)" in refused.error["errorMessage"]
    assert told_run(refused)["outcome"] == "failed"
    assert (refused.metrics["RunsFailed"], refused.metrics["RepositoriesFailed"]) == ([1], [2])
    assert refused.metrics["ApiErrorsUnauthorised"][0] >= 1
    assert refused.ids == {refused.request_id}
    assert outcomes(accepted) == dict.fromkeys(NAMES, "complete")
    assert (accepted.metrics["RunsFailed"], accepted.metrics["ApiErrorsUnauthorised"]) == ([0], [0])


def test_partial_run_is_no_error(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """One repository is missing, one answer fails and is asked for again: the metrics tell both."""
    github.on(looks_up(GADGETS.full_name), answer(404), times=None)
    github.on(lists(WIDGETS.full_name, page=2), answer(502))
    with collector(github, fresh_database) as process:
        given = process.invoke(SCHEDULED)
    assert (given.error, given.result["outcome"]) == (None, "partial")
    assert outcomes(given) == {WIDGETS.full_name: "complete", GADGETS.full_name: "failed"}
    metrics = given.metrics
    assert (metrics["RepositoriesComplete"], metrics["RepositoriesFailed"], metrics["RunsFailed"]) == ([1], [1], [0])
    assert (metrics["ApiErrorsUnavailable"], metrics["ApiErrorsTransient"]) == ([1], [1])
    (line,) = [line for line in given.log if line.get("repository") == GADGETS.full_name]
    assert (line["level"], line["outcome"], line["code"]) == ("WARNING", "failed", "unavailable")
    assert told_run(given)["repositories"][0]["code"] == "unavailable"  # type: ignore[index]  # decoded JSON


def test_run_ends_before_its_deadline_and_the_next_one_goes_on(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """The second page does not come in time: the first one is kept with its checkpoint, and not asked for again."""
    github.on(lists(WIDGETS.full_name, page=2), slow(60))
    with collector(github, fresh_database) as process:
        process.invoke({"task": "migrate"})  # so that the importing takes no time of the run's
        cut = process.invoke(SCHEDULED, seconds=16)
        kept = number_in(fresh_database, "SELECT count(*) FROM pull_requests WHERE repository_id = 1")
        github.forget_requests()
        rest = process.invoke(SCHEDULED)
    assert (cut.error, cut.result["outcome"]) == (None, "partial")
    assert outcomes(cut) == {WIDGETS.full_name: "deferred", GADGETS.full_name: "complete"}
    assert (cut.metrics["RepositoriesDeferred"], cut.metrics["RepositoriesFailed"], kept) == ([1], [0], 100)
    assert outcomes(rest)[WIDGETS.full_name] == "complete"
    assert number_in(fresh_database, "SELECT count(*) FROM pull_requests") == PULL_REQUESTS


def test_bad_settings_are_refused_all_at_once(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """Before any work; told as a failed run, since nothing else would tell that nothing is collected."""
    with collector(github, fresh_database, REPOSITORIES="no-name", COLLECT_CONCURRENCY="many") as process:
        given = process.invoke(SCHEDULED)
    assert given.error["errorType"] == "BadInputError"
    assert "REPOSITORIES: found 'no-name'" in given.error["errorMessage"]
    assert "COLLECT_CONCURRENCY: found 'many'" in given.error["errorMessage"]
    assert given.metrics == {"RunsFailed": [1]}
    (line,) = [line for line in given.log if line.get("exception_name")]
    assert (line["level"], line["code"], line["exception_name"]) == ("ERROR", "bad_input", "BadInputError")
    assert given.ids == {given.request_id}
    assert github.requests == ()


def test_database_that_is_away_is_tried_again_by_the_next_event(github: ScriptedGitHub) -> None:
    """The container is not built until it is there; the alarm's metric tells."""
    with own_server() as server:
        url = server.create_database()
        server.kill()
        with collector(github, url) as process:
            away = process.invoke(SCHEDULED)
            server.start()
            back = process.invoke(SCHEDULED)
    assert away.error["errorType"] == "StorageUnavailableError"
    assert (away.metrics["DatabaseErrors"], away.metrics["RunsFailed"]) == ([1], [1])
    assert away.ids == {away.request_id}
    assert outcomes(back) == dict.fromkeys(NAMES, "complete")
    assert (back.metrics["DatabaseErrors"], back.metrics["RunsFailed"]) == ([0], [0])


def test_migrations_are_applied_on_request(github: ScriptedGitHub, empty_database: Secret) -> None:
    """A run before them fails and says what to do; after them, one goes through."""
    with collector(github, empty_database) as process:
        without = process.invoke(SCHEDULED)
        first, second = (process.invoke({"task": "migrate"}) for _ in range(2))
        after = process.invoke(SCHEDULED)
    assert without.error["errorType"] == "SchemaError"
    assert "db migrate" in without.error["errorMessage"]
    assert first.result == {"task": "migrate", "applied": list(migration_names())}
    assert second.result == {"task": "migrate", "applied": []}
    assert first.ids == {first.request_id}
    assert outcomes(after) == dict.fromkeys(NAMES, "complete")


def test_log_speaks_from_the_level_that_is_set(github: ScriptedGitHub, fresh_database: Secret) -> None:
    """Every library included, each line is JSON under the id; at DEBUG no secret shows either."""
    github.on(lists(GADGETS.full_name), answer(404), times=2)
    with collector(github, fresh_database, LOG_LEVEL="DEBUG") as process:
        talkative = process.invoke(SCHEDULED)
    with collector(github, fresh_database, LOG_LEVEL="ERROR") as process:
        quiet = process.invoke(SCHEDULED)
    assert {"DEBUG", "INFO", "WARNING"} == {line["level"] for line in talkative.log}
    assert (talkative.ids, quiet.ids) == ({talkative.request_id}, {quiet.request_id})
    assert quiet.result["outcome"] == "partial"
    assert quiet.log == []


def test_importing_the_collector_loads_github_and_nothing_that_it_may_not_need() -> None:
    """A cold start pays for what it imports; what lies in S3 or Secrets Manager is paid for by those who use it."""
    program = (
        "import sys, github_tracker.entrypoints.lambda_collector\n"
        "unwanted = {'boto3', 'botocore.session', 'click', 'rich', 'yoyo', 'litestar', 'pyarrow'}\n"
        "print(sorted(unwanted & sys.modules.keys()), 'github' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"
