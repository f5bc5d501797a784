"""What the planner's and the worker's functions must be told."""

import pytest

from github_tracker.domain.work import MOST_ATTEMPTS, pause_after
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.settings import read_planning_settings, read_working_settings
from github_tracker.entrypoints.shared_run_container import read_queue_url
from tests.unit.environments import COLLECTING, refusal_of

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/work"


def test_planner_needs_repositories_and_no_token() -> None:
    """It asks GitHub nothing, so that it is given no credential."""
    settings = read_planning_settings({"REPOSITORIES": "octo/hello"})
    assert (settings.repositories, settings.github_token) == (("octo/hello",), None)
    error = refusal_of({"GITHUB_PAT": COLLECTING["GITHUB_PAT"]}, read_planning_settings)
    assert error.faults == (Fault("REPOSITORIES", "nothing", "names such as owner/name, separated by commas"),)


def test_worker_needs_a_credential_and_no_repositories() -> None:
    """Each message names one."""
    settings = read_working_settings({"GITHUB_PAT": COLLECTING["GITHUB_PAT"]})
    assert settings.repositories == ()
    app = {"GITHUB_APP_ID": "7", "GITHUB_APP_INSTALLATION_ID": "8", "GITHUB_APP_KEY_SECRET_ID": "app-key"}
    assert read_working_settings(app).github_token is None
    error = refusal_of({"REPOSITORIES": "octo/hello"}, read_working_settings)
    assert [(fault.path, fault.found) for fault in error.faults] == [("GITHUB_PAT", "nothing")]


def test_queue_is_known_by_its_url() -> None:
    """Neither by its name nor by its ARN, which SQS's requests do not take."""
    assert read_queue_url({"WORK_QUEUE_URL": f" {URL}\n"}) == URL
    for text in ("", "work", "arn:aws:sqs:eu-central-1:123456789012:work"):
        with pytest.raises(BadInputError, match="WORK_QUEUE_URL"):
            read_queue_url({"WORK_QUEUE_URL": text})


def test_pauses_between_attempts_double() -> None:
    """A minute first; a quarter of an hour in all, so that a dead letter is seen while its run lasts."""
    minutes = [pause_after(attempt).total_seconds() / 60 for attempt in range(1, MOST_ATTEMPTS)]
    assert minutes == [1, 2, 4, 8]
    assert pause_after(1000) == pause_after(MOST_ATTEMPTS)
